import type { Spool, SpoolFile } from '../../lib/switch/spool.js';

/** A spool whose files are in memory and whose disk works when the test says so. */
export class MemorySpool implements Spool {
  /** Octets that fit; beyond, writing fails. */
  room = Number.POSITIVE_INFINITY;
  /** Files opened so far, and those not yet closed. */
  opened = 0;
  unclosed = 0;
  /** Octets written so far. */
  written = 0;
  #waiting: (() => void)[] = [];

  open(): SpoolFile {
    this.opened++;
    this.unclosed++;
    return new MemoryFile(this);
  }

  later(work: () => void): void {
    this.#waiting.push(work);
  }

  /** Does what waits, and what comes of that; returns whether there was any. */
  work(): boolean {
    const busy = this.#waiting.length > 0;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    return busy;
  }
}

class MemoryFile implements SpoolFile {
  readonly #spool: MemorySpool;
  #octets = Buffer.alloc(0);
  #closed = false;

  constructor(spool: MemorySpool) {
    this.#spool = spool;
  }

  write(position: number, octets: readonly Buffer[], done: (error: Error | null) => void): void {
    this.#spool.later(() => {
      const all = Buffer.concat([...octets]);
      if (this.#spool.written + all.length > this.#spool.room) return done(new Error('full'));
      this.#spool.written += all.length;
      const end = position + all.length;
      if (end > this.#octets.length)
        this.#octets = Buffer.concat([this.#octets], Math.max(end, this.#octets.length * 2));
      all.copy(this.#octets, position);
      done(null);
    });
  }

  read(position: number, length: number, done: (error: Error | null, octets: Buffer) => void): void {
    this.#spool.later(() => done(null, Buffer.from(this.#octets.subarray(position, position + length))));
  }

  close(): void {
    if (this.#closed) throw new Error('closed twice');
    this.#closed = true;
    this.#spool.unclosed--;
  }
}

/** Temporary files for what slow readers still need of large messages (`switch/spool.ts`), bounded in total. */
import { close, open, read, unlink, writev } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type Logger, silent } from '../util/log.js';

/** What of it can change while there are files. */
export interface DiskSpoolBounds {
  /** Where the files are made. They have no name while they are in use, so that none outlives the process. @defaultValue the system's directory for temporary files */
  directory?: string;
  /** Octets of all files. @defaultValue 4294967296 */
  maxBytes?: number;
}

export interface DiskSpoolOptions extends DiskSpoolBounds {
  /** Files at once. @defaultValue 1024 */
  maxFiles?: number;
  /** @defaultValue silent */
  log?: Logger;
}

const MAX_BYTES = 4_294_967_296;

export class DiskSpool {
  #directory: string;
  #maxBytes: number;
  readonly #maxFiles: number;
  readonly #log: Logger;
  readonly #budget: { free: number };
  #files = 0;

  constructor(options: DiskSpoolOptions = {}) {
    this.#directory = options.directory ?? tmpdir();
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#maxFiles = options.maxFiles ?? 1024;
    this.#log = options.log ?? silent;
    this.#budget = { free: this.#maxBytes };
  }

  /** Other bounds, for files from now on; those there are stay where they are. */
  adjust({ directory = tmpdir(), maxBytes = MAX_BYTES }: DiskSpoolBounds): void {
    this.#directory = directory;
    this.#budget.free += maxBytes - this.#maxBytes;
    this.#maxBytes = maxBytes;
  }

  /** Octets that may still be written. */
  get free(): number {
    return this.#budget.free;
  }

  /** Files in use. */
  get files(): number {
    return this.#files;
  }

  /** A new file, made with its first octets; undefined when there are too many. */
  open(): DiskSpoolFile | undefined {
    if (this.#files >= this.#maxFiles) return undefined;
    this.#files++;
    const path = join(this.#directory, `drachtio-chatroom-${randomUUID()}`);
    return new DiskSpoolFile(path, this.#budget, {
      failed: (error) => this.#log.warn({ error, directory: this.#directory }, 'cannot spool for slow readers'),
      closed: () => {
        this.#files--;
      },
    });
  }
}

interface FileEvents {
  failed(error: Error): void;
  closed(): void;
}

type Then = (error: Error | null, descriptor: number) => void;

export class DiskSpoolFile {
  readonly #path: string;
  readonly #budget: { free: number };
  readonly #events: FileEvents;
  #descriptor: number | undefined;
  /** Calls under way: the file is closed after the last. */
  #busy = 0;
  #closed = false;
  #size = 0;

  constructor(path: string, budget: { free: number }, events: FileEvents) {
    this.#path = path;
    this.#budget = budget;
    this.#events = events;
  }

  /** `done` gets the system's error, or ours when all files together would be too large. */
  write(position: number, octets: readonly Buffer[], done: (error: Error | null) => void): void {
    const length = octets.reduce((sum, piece) => sum + piece.length, 0);
    const finish = this.#begin(done);
    if (length > this.#budget.free) return process.nextTick(finish, new Error('the spool is full'));
    this.#budget.free -= length;
    this.#size += length;
    this.#opened((error, descriptor) => {
      if (error) return finish(error);
      writev(descriptor, octets, position, (failure, written) =>
        finish(failure ?? (written === length ? null : new Error('the disk is full'))),
      );
    });
  }

  read(position: number, length: number, done: (error: Error | null, octets: Buffer) => void): void {
    // Handed on to sockets, which take it at their pace: a buffer of its own.
    const octets = Buffer.allocUnsafe(length);
    const finish = this.#begin((error) => done(error, octets));
    this.#opened((error, descriptor) => {
      if (error) return finish(error);
      read(descriptor, octets, 0, length, position, (failure, count) =>
        finish(failure ?? (count === length ? null : new Error('the file is shorter than was written'))),
      );
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#budget.free += this.#size;
    if (this.#busy === 0) this.#release();
  }

  #begin(done: (error: Error | null) => void): (error: Error | null) => void {
    this.#busy++;
    return (error) => {
      if (error) this.#events.failed(error);
      done(error);
      this.#busy--;
      if (this.#closed && this.#busy === 0) this.#release();
    };
  }

  #opened(then: Then): void {
    if (this.#descriptor !== undefined) return then(null, this.#descriptor);
    // Nobody else may read what is private; `wx` follows no link that somebody put there.
    open(this.#path, 'wx+', 0o600, (error, descriptor) => {
      if (error) return then(error, -1);
      this.#descriptor = descriptor;
      unlink(this.#path, (failure) => then(failure, descriptor));
    });
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return this.#events.closed();
    close(descriptor, () => this.#events.closed());
  }
}

/**
 * The octets of one message on its way to many readers, each with a place of its own. What all have taken is let go at
 * once; what only some still need stays in memory up to a window, and beyond it in a file.
 */
import { Backlog } from './backlog.js';
import type { Spool, SpoolFile } from './spool.js';

export interface ContentOptions {
  /** Octets kept in memory for readers that lag before older ones go to the spool. @defaultValue 1048576 */
  window: number;
  /** Without one everything stays in memory: who uses the readers bounds how far they lag. */
  spool: Spool | undefined;
  /** Sums up what all contents hold in memory. @defaultValue nothing does */
  meter?: Meter;
}

export interface Meter {
  octets: number;
}

/** Pieces below this are copied together: a peer that sends octet by octet must not cost an object for each. */
const SMALL = 1024;
/** Octets written to the spool, and read from it, at once. */
const BATCH = 262_144;
const READ = 131_072;
/** In windows: above the first the sender should wait for the spool, above the second the spool has failed. */
const SLOW_SPOOL = 4;
const STUCK_SPOOL = 16;
const NOTHING = Buffer.alloc(0);

interface Piece {
  bytes: Buffer;
  /** The whole of a buffer that more may be copied into; undefined for a piece taken over. */
  readonly room: Buffer | undefined;
  readonly start: number;
  next: Piece | undefined;
  /** How many readers stand in it. */
  readers: number;
  /** It is no longer in memory: its readers go on in the file. */
  dropped: boolean;
}

/** A reader's place; only `Content` changes it. */
export class Reader {
  /** Octets taken. */
  position = 0;
  /** What comes next for it is gone. */
  lost = false;
  /** It needs nothing any more. */
  left = false;
  /** In memory; undefined: in the file. */
  piece: Piece | undefined;
  offset = 0;
  /** Read from the file, not taken. */
  loaded: Buffer = NOTHING;
  loading = false;
  readonly wake: () => void;

  constructor(wake: () => void) {
    this.wake = wake;
  }
}

export class Content {
  /** Octets there so far. */
  length = 0;
  /** Full while the spool is slower than the sender. */
  readonly backlog: Backlog;
  readonly #options: ContentOptions;
  readonly #readers = new Set<Reader>();
  #head = pieceAt(0, NOTHING);
  #tail = this.#head;
  #held = 0;
  #file: SpoolFile | undefined;
  /** The file has all up to here that a reader may need. */
  #written = 0;
  #writing = false;
  /** Readers whose place is not in memory. */
  #inFile = 0;
  #failed = false;

  constructor(options: ContentOptions) {
    this.#options = options;
    this.backlog = new Backlog(options.window * SLOW_SPOOL, options.window * (SLOW_SPOOL / 2));
  }

  /** Octets in memory. */
  get held(): number {
    return this.#held;
  }

  /** Whether what readers lag behind goes to the spool. */
  get spooled(): boolean {
    return this.#options.spool !== undefined && !this.#failed;
  }

  /** `bytes` must not change any more. */
  append(bytes: Buffer): void {
    // Whoever needs it was there before it: all of them have left, or nobody came.
    if (this.#readers.size === 0) {
      this.length += bytes.length;
      return this.#clear();
    }
    const tail = this.#tail;
    const used = tail.bytes.length;
    if (tail.room && bytes.length <= tail.room.length - used) {
      bytes.copy(tail.room, used);
      tail.bytes = tail.room.subarray(0, used + bytes.length);
    } else {
      const next = bytes.length < SMALL ? roomAt(this.length, bytes) : pieceAt(this.length, bytes);
      tail.next = next;
      this.#tail = next;
    }
    this.length += bytes.length;
    this.#grow(bytes.length);
    this.#trim();
    this.#spill();
  }

  /**
   * A reader that begins beside another one, or with the oldest octet in memory. `wake` is called when octets were read
   * from the spool for it, and when the spool failed.
   */
  reader(wake: () => void, beside?: Reader): Reader {
    const reader = new Reader(wake);
    this.#readers.add(reader);
    if (beside) {
      this.#settle(beside);
      reader.position = beside.position;
      reader.lost = beside.lost;
      reader.piece = beside.piece;
      reader.offset = beside.offset;
    } else reader.piece = this.#head;
    if (reader.piece) reader.piece.readers++;
    else if (!reader.lost) this.#inFile++;
    return reader;
  }

  /** Octets that `take` gives without waiting. */
  atHand(reader: Reader): number {
    if (reader.lost || reader.left) return 0;
    if (reader.loaded.length > 0) return reader.loaded.length;
    return reader.position >= this.#head.start ? this.length - reader.position : 0;
  }

  /** The next octets, at most `limit`; undefined when none are at hand. */
  take(reader: Reader, limit: number): Buffer | undefined {
    if (reader.lost || reader.left) return undefined;
    this.#settle(reader);
    const taken = reader.piece ? this.#fromMemory(reader, reader.piece, limit) : reader.loaded.subarray(0, limit);
    if (taken === undefined || taken.length === 0) return undefined;
    reader.position += taken.length;
    if (!reader.piece) {
      reader.loaded = reader.loaded.subarray(taken.length);
      if (reader.loaded.length === 0) this.#settle(reader);
    }
    return taken;
  }

  /** Reads ahead for a reader that wants to go on and has nothing at hand. */
  fetch(reader: Reader): void {
    if (reader.lost || reader.left || reader.loading) return;
    this.#settle(reader);
    const file = this.#file;
    if (reader.piece || reader.loaded.length > 0 || !file) return;
    reader.loading = true;
    const length = Math.min(READ, this.#head.start - reader.position);
    file.read(reader.position, length, (error, octets) => {
      reader.loading = false;
      if (reader.lost || reader.left) return;
      if (error) return this.#fail();
      reader.loaded = octets;
      reader.wake();
    });
  }

  /** The reader needs nothing any more. */
  leave(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    reader.left = true;
    if (reader.piece && !reader.piece.dropped) reader.piece.readers--;
    else if (!reader.lost) this.#inFile--;
    reader.piece = undefined;
    reader.loaded = NOTHING;
    if (this.#readers.size === 0) this.#clear();
    else this.#trim();
  }

  #fromMemory(reader: Reader, piece: Piece, limit: number): Buffer | undefined {
    const current = reader.offset < piece.bytes.length ? piece : this.#advance(reader, piece);
    if (!current) return undefined;
    const taken = current.bytes.subarray(reader.offset, reader.offset + limit);
    reader.offset += taken.length;
    if (reader.offset === current.bytes.length) this.#advance(reader, current);
    return taken;
  }

  /** Into the next piece, when there is one. */
  #advance(reader: Reader, from: Piece): Piece | undefined {
    const { next } = from;
    if (!next) return undefined;
    from.readers--;
    next.readers++;
    reader.piece = next;
    reader.offset = 0;
    if (from === this.#head && from.readers === 0) this.#trim();
    return next;
  }

  /** Where a reader is: its piece may have been dropped, or its place in the file be one in memory by now. */
  #settle(reader: Reader): void {
    if (reader.piece?.dropped) reader.piece = undefined;
    if (reader.piece || reader.lost || reader.loaded.length > 0 || reader.position < this.#head.start) return;
    let piece = this.#head;
    while (piece.next && piece.next.start <= reader.position) piece = piece.next;
    this.#inFile--;
    piece.readers++;
    reader.piece = piece;
    reader.offset = reader.position - piece.start;
    this.#trim();
  }

  /** Lets go of what nobody needs, and of what the file has beyond the window. */
  #trim(): void {
    for (let head = this.#head; head.next; head = this.#head) {
      const isWritten = this.#file !== undefined && endOf(head) <= this.#written;
      const isNeeded = head.readers > 0 || (this.#inFile > 0 && !isWritten);
      if (isNeeded && (this.#held <= this.#options.window || !isWritten)) return;
      this.#inFile += head.readers;
      head.dropped = true;
      this.#head = head.next;
      this.#grow(-head.bytes.length);
    }
  }

  /** Writes the oldest octets beyond the window to the file, one batch at a time. */
  #spill(): void {
    const { spool, window } = this.#options;
    if (!spool || this.#failed || this.#held <= window) return;
    if (this.#held > window * STUCK_SPOOL) return this.#fail();
    if (this.#writing) return;
    // Without a reader in the file nobody needs what was before.
    if (this.#inFile === 0) this.#written = Math.max(this.#written, this.#head.start);
    const from = this.#written;
    const batch: Buffer[] = [];
    let to = from;
    for (let piece: Piece | undefined = this.#head; piece?.next && to - from < BATCH; piece = piece.next) {
      if (endOf(piece) <= to) continue;
      batch.push(piece.bytes.subarray(to - piece.start));
      to = endOf(piece);
    }
    if (batch.length === 0) return;
    this.#file ??= spool.open();
    if (!this.#file) return this.#fail();
    this.#writing = true;
    this.#file.write(from, batch, (error) => {
      this.#writing = false;
      if (this.#failed || this.#readers.size === 0) return;
      if (error) return this.#fail();
      this.#written = to;
      this.#trim();
      this.#spill();
    });
  }

  /** The spool does not help any more: who needs what is only there has lost it. */
  #fail(): void {
    this.#failed = true;
    this.#file?.close();
    this.#file = undefined;
    const lost = [...this.#readers].filter((reader) => !inMemory(reader));
    for (const reader of lost) {
      reader.lost = true;
      reader.piece = undefined;
      reader.loaded = NOTHING;
    }
    this.#inFile = 0;
    this.#trim();
    // Nobody waits for a spool that is no more.
    this.backlog.update(0);
    // All readers: how far those in memory lag now counts in full. Some leave when they are told.
    for (const reader of Array.from(this.#readers)) reader.wake();
  }

  #clear(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#head = pieceAt(this.length, NOTHING);
    this.#tail = this.#head;
    this.#grow(-this.#held);
  }

  #grow(octets: number): void {
    this.#held += octets;
    const { meter } = this.#options;
    if (meter) meter.octets += octets;
    this.backlog.update(this.#held);
  }
}

const endOf = (piece: Piece): number => piece.start + piece.bytes.length;
const inMemory = (reader: Reader): boolean => reader.piece !== undefined && !reader.piece.dropped;

const pieceAt = (start: number, bytes: Buffer): Piece => ({
  bytes,
  room: undefined,
  start,
  next: undefined,
  readers: 0,
  dropped: false,
});

function roomAt(start: number, bytes: Buffer): Piece {
  const room = Buffer.allocUnsafe(SMALL);
  bytes.copy(room);
  return { ...pieceAt(start, room.subarray(0, bytes.length)), room };
}

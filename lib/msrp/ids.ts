/** Identifiers: transaction ids and Message-IDs (RFC 4975 §7.1, 64 random bits), session-ids (§14.1, 80 random bits). */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of base 62 from a CSPRNG; 11 of them hold 65 bits, 14 hold 83. */
export function randomId(length: number): string {
  const codes: number[] = [];
  while (codes.length < length) {
    const byte = randomByte();
    // 248 is the largest multiple of 62 in a byte: above it the first letters would be likelier.
    if (byte < 248) codes.push(ALPHABET.charCodeAt(byte % 62));
  }
  // In one piece: the id is kept as long as its session, and parts put together letter by letter as well.
  return String.fromCharCode(...codes);
}

/** Octets drawn at a time: each call to the system takes as long as many of them. */
const pool = new Uint8Array(1024);
let drawn = pool.length;

function randomByte(): number {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  return pool[drawn++];
}

/** 4975-14.1-01. */
export const newSessionId = (): string => randomId(16);
/** 4975-7.1.1-01. */
export const newMessageId = (): string => randomId(14);

const PREFIX = 12;
const COUNTER = 6;

/**
 * Transaction ids of one sender: a secret prefix (71 random bits, 4975-7.1-01) and a counter, always 18 characters.
 * The fixed shape lets a connection recognise the responses to its own requests without parsing them.
 */
export class TransactionIds {
  readonly prefix = randomId(PREFIX);
  #count = 0;
  #unconfirmed = 0;

  static readonly LENGTH = PREFIX + COUNTER;
  static readonly PREFIX_LENGTH = PREFIX;
  /** The upper half of what the counter can say: 28,400,117,792. */
  static readonly UNCONFIRMED = 62 ** COUNTER / 2;

  /** How many were made, but for those `UNCONFIRMED`. */
  get count(): number {
    return this.#count;
  }

  next(): string {
    return this.idAt(this.#count++);
  }

  /**
   * Makes one without writing it down; returns its count.
   *
   * @param unconfirmed for a request to which no response is due: counted from `UNCONFIRMED` on, so that the counts of
   * those that are answered have no gaps
   */
  take(unconfirmed = false): number {
    return unconfirmed ? TransactionIds.UNCONFIRMED + this.#unconfirmed++ : this.#count++;
  }

  idAt(count: number): string {
    return this.prefix + encodeCount(count);
  }

  /** The how manieth `id` was, from 0; -1 for one that was not made here. */
  countOf(id: string): number {
    if (id.length !== TransactionIds.LENGTH || !id.startsWith(this.prefix)) return -1;
    const count = countIn(id);
    const { UNCONFIRMED } = TransactionIds;
    const made = count < UNCONFIRMED ? this.#count : UNCONFIRMED + this.#unconfirmed;
    return count < made ? count : -1;
  }
}

export function encodeCount(count: number): string {
  let text = '';
  let rest = count;
  for (let i = 0; i < COUNTER; i++) {
    text = ALPHABET[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

const LETTERS = Buffer.from(ALPHABET, 'latin1');
const HALF = 62 ** (COUNTER / 2);

/** Overwrites the counter of the transaction id that starts at `at`. */
export function stampCount(bytes: Uint8Array, at: number, count: number): void {
  // In halves, which are small integers to V8 however far the counter is.
  stampHalf(bytes, at + PREFIX, Math.floor(count / HALF));
  stampHalf(bytes, at + PREFIX + COUNTER / 2, count % HALF);
}

function stampHalf(bytes: Uint8Array, at: number, half: number): void {
  const rest = (half / 62) | 0;
  bytes[at] = LETTERS[(rest / 62) | 0];
  bytes[at + 1] = LETTERS[rest % 62];
  bytes[at + 2] = LETTERS[half % 62];
}

const VALUES = new Int8Array(256).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** The counter in the transaction id that starts at `at`, or -1 when it is none of ours. */
export function decodeCount(bytes: Buffer, at: number): number {
  let count = 0;
  for (let i = at + PREFIX; i < at + PREFIX + COUNTER; i++) {
    const value = VALUES[bytes[i]];
    if (value < 0) return -1;
    count = count * 62 + value;
  }
  return count;
}

/** The same of an id as text. */
function countIn(id: string): number {
  let count = 0;
  for (let i = PREFIX; i < PREFIX + COUNTER; i++) {
    const code = id.charCodeAt(i);
    const value = code < VALUES.length ? VALUES[code] : -1;
    if (value < 0) return -1;
    count = count * 62 + value;
  }
  return count;
}

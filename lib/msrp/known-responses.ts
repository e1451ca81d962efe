/**
 * The 200s to our own requests, told apart from everything else without parsing or allocating (D8): on one session they
 * differ only in the transaction id, so one that was parsed shows what the others look like.
 */
import { decodeCount, TransactionIds } from './ids.js';
import type { Response } from './message.js';
import type { Session } from './session.js';

/** Of the ids of our own requests. */
const TID_LENGTH = TransactionIds.LENGTH;
/** `MSRP ` stands in front of it. */
const TID_AT = 5;
/** Octets of a transaction id that are the key to its session: 30 bits, a small integer to V8. */
const KEY_LENGTH = 5;
/** `$` CRLF, the end of the end-line. */
const DOLLAR = 0x24;
/** The end-line from its transaction id on. */
const END_LENGTH = TID_LENGTH + 3;
const CR = 0x0d;
const LF = 0x0a;

/** Kept as long as its session, and made in the first moment of load for all who are there, so it is one small object. */
interface Template {
  session: Session;
  key: number;
  /** Octets from behind the transaction id to the one in the end-line. */
  fixed: number;
  /** First `PREFIX_WORDS` for the start of the frame up to the counter in the transaction id, then the fixed octets. */
  words: Int32Array;
}

/** Octets are compared four at a time; where they are no multiple of that, the last four overlap those before. */
const WORD = 4;
const wordsIn = (octets: number): number => (octets + WORD - 1) >> 2;
/** From the start of the frame to the counter. */
const PREFIX_LENGTH = TID_AT + TransactionIds.PREFIX_LENGTH;
const PREFIX_WORDS = wordsIn(PREFIX_LENGTH);

/** Never changed. */
const NONE = new Map<number, Template>();

export class KnownResponses {
  /** Made with the first one: who only listens to an idle room never answers anything. */
  #byKey = NONE;
  /** Of the response taken last: most connections carry one session. */
  #last: Template | undefined;
  #taken = 0;

  /** Responses handed on so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether `response`, a 200, would not have been recognised. */
  misses(session: Session): boolean {
    return this.#byKey.get(keyOf(session))?.session !== session;
  }

  /** Takes this 200 to a request of the session as the model of those that follow. */
  learn(session: Session, response: Response): void {
    const comment = response.comment === null ? '' : ` ${response.comment}`;
    const headers = response.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const text = Buffer.from(`MSRP ${session.ids.prefix} 200${comment}\r\n${headers}-------`, 'utf8');
    const fixed = text.length - PREFIX_LENGTH;
    const words = new Int32Array(PREFIX_WORDS + wordsIn(fixed));
    copyWords(text, 0, PREFIX_LENGTH, words, 0);
    copyWords(text, PREFIX_LENGTH, fixed, words, PREFIX_WORDS);
    const key = keyOf(session);
    this.#last = { session, key, fixed, words };
    if (this.#byKey === NONE) this.#byKey = new Map();
    this.#byKey.set(key, this.#last);
  }

  forget(session: Session): void {
    if (!this.misses(session)) this.#byKey.delete(keyOf(session));
    if (this.#last?.session === session) this.#last = undefined;
  }

  clear(): void {
    this.#byKey.clear();
    this.#last = undefined;
  }

  /** Hands the 200s at `from` to their sessions; returns where they end. */
  take(bytes: Buffer, from: number): number {
    if (this.#byKey.size === 0) return from;
    const words = viewOf(bytes);
    let at = from;
    while (at + TID_AT + TID_LENGTH < bytes.length) {
      const template = this.#templateAt(bytes, at + TID_AT);
      if (!template || !matches(template, bytes, words, at)) break;
      const count = decodeCount(bytes, at + TID_AT);
      if (count < 0) break;
      this.#taken++;
      at += TID_AT + TID_LENGTH + template.fixed + END_LENGTH;
      template.session.handler.response(count, 200);
    }
    return at;
  }

  #templateAt(bytes: Buffer, tidAt: number): Template | undefined {
    const key = keyAt(bytes, tidAt);
    if (this.#last?.key !== key) this.#last = this.#byKey.get(key) ?? this.#last;
    return this.#last?.key === key ? this.#last : undefined;
  }
}

/** Whether a response like the template, to its last octet, is at `at`. */
function matches({ fixed, words }: Template, bytes: Buffer, view: DataView, at: number): boolean {
  const first = at + TID_AT;
  const second = first + TID_LENGTH + fixed;
  const flag = second + TID_LENGTH;
  if (flag + 2 >= bytes.length) return false;
  if (bytes[flag] !== DOLLAR || bytes[flag + 1] !== CR || bytes[flag + 2] !== LF) return false;
  const place = at + bytes.byteOffset;
  if (!isThere(words, 0, PREFIX_LENGTH, view, place)) return false;
  if (!isThere(words, PREFIX_WORDS, fixed, view, place + TID_AT + TID_LENGTH)) return false;
  for (let i = 0; i < TID_LENGTH; i++) if (bytes[first + i] !== bytes[second + i]) return false;
  return true;
}

/** Whether `length` octets at `place` are those kept in `words` from `from` on. */
function isThere(words: Int32Array, from: number, length: number, view: DataView, place: number): boolean {
  const last = from + wordsIn(length) - 1;
  for (let i = from, octet = place; i < last; i++, octet += WORD) {
    if (view.getInt32(octet, true) !== words[i]) return false;
  }
  return view.getInt32(place + length - WORD, true) === words[last];
}

function copyWords(text: Buffer, at: number, length: number, words: Int32Array, to: number): void {
  const last = wordsIn(length) - 1;
  for (let i = 0; i < last; i++) words[to + i] = text.readInt32LE(at + i * WORD);
  words[to + last] = text.readInt32LE(at + length - WORD);
}

let view: DataView = new DataView(new ArrayBuffer(0));

/** All of the memory that `bytes` is a part of: for what is read from sockets always the same. */
function viewOf({ buffer }: Buffer): DataView {
  if (view.buffer !== buffer) view = new DataView(buffer);
  return view;
}

/** Six bits each suffice to tell random letters apart; what two sessions have in common goes the slow way. */
function keyAt(bytes: Buffer, at: number): number {
  let key = 0;
  for (let i = at; i < at + KEY_LENGTH; i++) key = (key << 6) | (bytes[i] & 0x3f);
  return key;
}

function keyOf({ ids }: Session): number {
  let key = 0;
  for (let i = 0; i < KEY_LENGTH; i++) key = (key << 6) | (ids.prefix.charCodeAt(i) & 0x3f);
  return key;
}

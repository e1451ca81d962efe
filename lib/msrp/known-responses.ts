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

interface Template {
  session: Session;
  key: number;
  /** Start of the frame up to the counter in the transaction id. */
  prefix: Octets;
  /** From behind the transaction id to the one in the end-line. */
  fixed: Octets;
}

/** Octets to compare with, four at a time; those left over one by one. */
interface Octets {
  length: number;
  words: Int32Array;
  rest: Buffer;
}

export class KnownResponses {
  readonly #byKey = new Map<number, Template>();
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
    const fixed = octetsOf(Buffer.from(` 200${comment}\r\n${headers}-------`, 'utf8'));
    const prefix = octetsOf(Buffer.from(`MSRP ${session.ids.prefix}`, 'latin1'));
    const key = keyOf(session);
    this.#last = { session, key, prefix, fixed };
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
      at += TID_AT + TID_LENGTH + template.fixed.length + END_LENGTH;
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
function matches({ prefix, fixed }: Template, bytes: Buffer, words: DataView, at: number): boolean {
  const first = at + TID_AT;
  const second = first + TID_LENGTH + fixed.length;
  const flag = second + TID_LENGTH;
  if (flag + 2 >= bytes.length) return false;
  if (bytes[flag] !== DOLLAR || bytes[flag + 1] !== CR || bytes[flag + 2] !== LF) return false;
  if (!isThere(prefix, bytes, words, at) || !isThere(fixed, bytes, words, first + TID_LENGTH)) return false;
  for (let i = 0; i < TID_LENGTH; i++) if (bytes[first + i] !== bytes[second + i]) return false;
  return true;
}

function isThere({ words, rest }: Octets, bytes: Buffer, view: DataView, at: number): boolean {
  let place = at + bytes.byteOffset;
  for (let i = 0; i < words.length; i++, place += 4) if (view.getInt32(place, true) !== words[i]) return false;
  place -= bytes.byteOffset;
  for (let i = 0; i < rest.length; i++) if (bytes[place + i] !== rest[i]) return false;
  return true;
}

function octetsOf(octets: Buffer): Octets {
  const words = Int32Array.from({ length: octets.length >> 2 }, (_, i) => octets.readInt32LE(i * 4));
  return { length: octets.length, words, rest: octets.subarray(words.length * 4) };
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

const keyOf = ({ ids }: Session): number => keyAt(Buffer.from(ids.prefix, 'latin1'), 0);

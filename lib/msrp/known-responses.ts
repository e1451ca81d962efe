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
const CR = 0x0d;
const LF = 0x0a;

interface Template {
  session: Session;
  /** Start of the frame up to the counter in the transaction id. */
  prefix: Buffer;
  /** From behind the transaction id to the one in the end-line. */
  fixed: Buffer;
}

/** Never changed. */
const NONE = new Map<number, Template>();

export class KnownResponses {
  /** Made with the first one: who only listens to an idle room never answers anything. */
  #byKey = NONE;
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
    const fixed = Buffer.from(` 200${comment}\r\n${headers}-------`, 'utf8');
    const prefix = Buffer.from(`MSRP ${session.ids.prefix}`, 'latin1');
    if (this.#byKey === NONE) this.#byKey = new Map();
    this.#byKey.set(keyOf(session), { session, prefix, fixed });
  }

  forget(session: Session): void {
    if (!this.misses(session)) this.#byKey.delete(keyOf(session));
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** Hands the 200s at `from` to their sessions; returns where they end. */
  take(bytes: Buffer, from: number): number {
    let at = from;
    while (this.#byKey.size > 0 && at + TID_AT + TID_LENGTH < bytes.length) {
      const template = this.#byKey.get(keyAt(bytes, at + TID_AT));
      const end = template ? endOfMatch(template, bytes, at) : -1;
      if (!template || end < 0) break;
      this.#taken++;
      template.session.handler.response(decodeCount(bytes, at + TID_AT), 200);
      at = end;
    }
    return at;
  }
}

/** Where the response at `at` ends, or -1 when it is not all there or not like the template. */
function endOfMatch({ prefix, fixed }: Template, bytes: Buffer, at: number): number {
  const first = at + TID_AT;
  const second = first + TID_LENGTH + fixed.length;
  const flag = second + TID_LENGTH;
  if (flag + 2 >= bytes.length) return -1;
  if (bytes[flag] !== DOLLAR || bytes[flag + 1] !== CR || bytes[flag + 2] !== LF) return -1;
  if (!sameOctets(bytes, at, prefix) || !sameOctets(bytes, first + TID_LENGTH, fixed)) return -1;
  for (let i = 0; i < TID_LENGTH; i++) if (bytes[first + i] !== bytes[second + i]) return -1;
  return decodeCount(bytes, first) < 0 ? -1 : flag + 3;
}

function sameOctets(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** Six bits each suffice to tell random letters apart; what two sessions have in common goes the slow way. */
function keyAt(bytes: Buffer, at: number): number {
  let key = 0;
  for (let i = at; i < at + KEY_LENGTH; i++) key = (key << 6) | (bytes[i] & 0x3f);
  return key;
}

const keyOf = ({ ids }: Session): number => keyAt(Buffer.from(ids.prefix, 'latin1'), 0);

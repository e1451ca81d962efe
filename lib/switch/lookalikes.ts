/**
 * Which of our transaction ids a message's octets hold behind seven hyphens: with one of those its chunk could be taken
 * for ended (4975-7.1-10). Kept in a filter of fixed size, which may say yes wrongly and never no: asked long after the
 * octets are gone, and safe against a message made of nothing else.
 */
import { TransactionIds } from '../msrp/index.js';

const HYPHENS = '-------';
const HYPHEN = 0x2d;
const ID_LENGTH = TransactionIds.LENGTH;
/** Octets of one lookalike but the last: what two pieces must share so that none is missed. */
const EDGE = HYPHENS.length + ID_LENGTH - 1;
const BITS = 65_536;
const HASHES = 4;
const NOTHING = Buffer.alloc(0);

export class Lookalikes {
  /** Made with the first one: ordinary messages have none. */
  #bits: Uint8Array | undefined;
  #edge: Buffer = NOTHING;

  /** Looks through octets that follow those before. */
  scan(piece: Buffer): void {
    if (this.#edge.length > 0) this.#search(Buffer.concat([this.#edge, piece.subarray(0, EDGE)]));
    this.#search(piece);
    const tail = piece.length >= EDGE ? piece : Buffer.concat([this.#edge, piece]);
    this.#edge = Buffer.from(tail.subarray(-EDGE));
  }

  get any(): boolean {
    return this.#bits !== undefined;
  }

  /** Whether the octets so far may hold seven hyphens and this id. */
  has(id: string): boolean {
    const bits = this.#bits;
    if (!bits) return false;
    return places(id).every((place) => (bits[place >> 3] & (1 << (place & 7))) !== 0);
  }

  #search(octets: Buffer): void {
    let at = octets.indexOf(HYPHENS, 0, 'latin1');
    while (at >= 0) {
      let id = at + HYPHENS.length;
      // Of a longer row the last seven count.
      while (octets[id] === HYPHEN) id++;
      if (isId(octets, id)) this.#add(octets.toString('latin1', id, id + ID_LENGTH));
      at = octets.indexOf(HYPHENS, id, 'latin1');
    }
  }

  #add(id: string): void {
    const bits = (this.#bits ??= new Uint8Array(BITS / 8));
    for (const place of places(id)) bits[place >> 3] |= 1 << (place & 7);
  }
}

function isId(octets: Buffer, at: number): boolean {
  if (at + ID_LENGTH > octets.length) return false;
  for (let i = at; i < at + ID_LENGTH; i++) {
    const octet = octets[i];
    const isLetter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
    if (!isLetter && (octet < 0x30 || octet > 0x39)) return false;
  }
  return true;
}

/** Where in the filter an id is noted: FNV-1a, twice. */
function places(id: string): number[] {
  let first = 0x811c9dc5;
  let second = 0x01000193;
  for (let i = 0; i < id.length; i++) {
    const octet = id.charCodeAt(i);
    first = Math.imul(first ^ octet, 0x01000193);
    second = Math.imul(second ^ octet, 0x85ebca6b);
  }
  return Array.from({ length: HASHES }, (_, i) => ((first ^ (first >>> 15)) + i * (second | 1)) & (BITS - 1));
}

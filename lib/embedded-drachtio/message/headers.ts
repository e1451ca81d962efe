import { ownText } from '../../util/own-text.js';
import { splitOutside } from './grammar.js';

/** Compact forms, IANA registry "SIP Header Fields". */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Spellings that capitalising each word does not give. */
const SPECIAL: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'www-authenticate': 'WWW-Authenticate',
  'min-se': 'Min-SE',
  rack: 'RAck',
  rseq: 'RSeq',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
  'mime-version': 'MIME-Version',
};

/** The long form of a compact name; another name is returned as written. */
export const expandName = (name: string): string => (name.length === 1 ? (COMPACT[name.toLowerCase()] ?? name) : name);

/** Spellings that were asked for; of names that nobody sends twice there may be any number. */
const spellings = new Map<string, string>();
const MAX_SPELLINGS = 1000;

/** The usual spelling: long form, Each-Word-Capitalised; `X-` names stay as written. */
export function canonicalName(name: string): string {
  const known = spellings.get(name);
  if (known !== undefined) return known;
  const spelling = usualSpelling(name);
  if (spellings.size < MAX_SPELLINGS) spellings.set(ownText(name), ownText(spelling));
  return spelling;
}

function usualSpelling(name: string): string {
  const long = expandName(name);
  if (/^x-/i.test(long)) return long;
  const lower = long.toLowerCase();
  return SPECIAL[lower] ?? lower.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
}

/** As names are compared; names that were asked for, of which nobody sends twice there may be any number. */
const keys = new Map<string, string>();

function keyOf(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = expandName(name).toLowerCase();
  if (keys.size < MAX_SPELLINGS) keys.set(ownText(name), ownText(key));
  return key;
}

/**
 * The header fields of a message: an ordered list in which a name may occur more than once.
 * Names compare without case and with their compact forms (RFC 3261 §7.3.1, §7.3.3).
 */
export class Headers implements Iterable<readonly [name: string, value: string]> {
  #fields: { key: string; name: string; value: string }[] = [];

  constructor(fields: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of fields) this.add(name, value);
  }

  get size(): number {
    return this.#fields.length;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The value of the first field of that name, as written. */
  get(name: string): string | undefined {
    const key = keyOf(name);
    for (const field of this.#fields) if (field.key === key) return field.value;
    return undefined;
  }

  /** The values of all fields of that name, one entry a line. */
  getAll(name: string): string[] {
    const key = keyOf(name);
    return this.#fields.filter((field) => field.key === key).map((field) => field.value);
  }

  /** The elements of a comma-separated header, over all its lines (not for Date or the authentication headers). */
  list(name: string): string[] {
    return this.getAll(name).flatMap((value) => splitOutside(value, ','));
  }

  /** Appends a field; compact names are expanded. */
  add(name: string, value: string): this {
    this.#fields.push({ key: keyOf(name), name: expandName(name), value });
    return this;
  }

  /** Puts a field before all others. */
  prepend(name: string, value: string): this {
    this.#fields.unshift({ key: keyOf(name), name: expandName(name), value });
    return this;
  }

  /** Replaces all fields of that name by one, in the place of the first. */
  set(name: string, value: string): this {
    const key = keyOf(name);
    const at = this.#fields.findIndex((field) => field.key === key);
    if (at === -1) return this.add(name, value);
    this.#fields = this.#fields.filter((field, i) => field.key !== key || i === at);
    this.#fields[at] = { key, name: expandName(name), value };
    return this;
  }

  /** Replaces the first field of that name only. */
  setFirst(name: string, value: string): this {
    const key = keyOf(name);
    const field = this.#fields.find((candidate) => candidate.key === key);
    if (!field) return this.prepend(name, value);
    field.value = value;
    return this;
  }

  delete(name: string): this {
    const key = keyOf(name);
    this.#fields = this.#fields.filter((field) => field.key !== key);
    return this;
  }

  clone(): Headers {
    return new Headers(this);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }
}

import type { Address, ContentHeader, CpimError, OtherHeader, Subject } from './envelope.js';
import { CORE_NAMESPACE, isName, MAX_HEADER_LINES, unescape } from './grammar.js';

/** The CPIM headers of a message, without the MIME headers of its content. */
export interface HeaderBlock {
  from: Address | null;
  to: Address[];
  /** Line number of the first To, from 0; -1 without one. */
  toLine: number;
  cc: Address[];
  dateTime: string | null;
  subject: Subject[];
  require: string[];
  other: OtherHeader[];
  /** Members of `other` that look like MIME headers of the content, by the header they would be. */
  contentLike: Map<OtherHeader, ContentHeader>;
}

/**
 * Parses the CPIM headers in front of the first CRLFCRLF.
 *
 * @param bytes the block without its final blank line and without the CRLF of its last line
 */
export function parseHeaderBlock(bytes: Buffer): HeaderBlock | CpimError {
  const text = decode(bytes);
  if (typeof text !== 'string') return text.error;
  const lines = text.split('\r\n');
  if (lines.length > MAX_HEADER_LINES) return 'too-many-headers';

  const reader = new BlockReader();
  for (const [index, line] of lines.entries()) {
    const error = reader.line(line);
    if (error) return error;
    if (reader.block.toLine < 0 && reader.block.to.length > 0) reader.block.toLine = index;
  }
  return reader.block;
}

/** 3862-2.2-03: "Octets 0-31 and 127 must not occur raw in headers; non-UTF-8 is invalid." */
function decode(bytes: Buffer): string | { error: CpimError } {
  let control = false;
  let ascii = true;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte >= 0x80) ascii = false;
    else if (byte === 0x0d && bytes[i + 1] === 0x0a) i++;
    else if (byte < 0x20 || byte === 0x7f) control = true;
  }
  const text = ascii ? bytes.toString('latin1') : decodeUtf8(bytes);
  if (text === null) return { error: 'utf8' };
  return control ? { error: 'control-byte' } : text;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

/** `Name:;param=value value`, taken apart. */
interface HeaderLine {
  prefix: string | null;
  name: string;
  lang: string | null;
  /** Raw value. */
  value: string;
}

/** Reads one line after the other; the namespaces declared so far are its state (RFC 3862 §3.4). */
class BlockReader {
  readonly block: HeaderBlock = {
    from: null,
    to: [],
    toLine: -1,
    cc: [],
    dateTime: null,
    subject: [],
    require: [],
    other: [],
    contentLike: new Map(),
  };
  #defaultNamespace = CORE_NAMESPACE;
  #prefixes: Map<string, string> | null = null;

  line(text: string): CpimError | null {
    const header = splitLine(text);
    if (!header) return 'header-syntax';
    const { prefix, name } = header;
    // An unprefixed NS always declares: were it subject to the default namespace, no message could change that back.
    if (prefix === null && name === 'NS') return this.#declare(header.value);
    // 3862-3.4-01: a prefix used before its declaration is unknown.
    const namespace = prefix === null ? this.#defaultNamespace : (this.#prefixes?.get(prefix) ?? null);
    // 3862-3.4-03: any prefix bound to the core namespace makes `p.To` a To.
    if (namespace === CORE_NAMESPACE) return this.#core(header);
    this.#keep(header, namespace, namespace === null ? `${prefix}.${name}` : name);
    return null;
  }

  /** 4975-13-03: the headers with a meaning. 3862-2.2-02: names are case-sensitive, so `to` is an unknown one. */
  #core(header: HeaderLine): CpimError | null {
    const { block } = this;
    switch (header.name) {
      case 'From': {
        // 4975-13-05: From may not repeat.
        if (block.from) return 'duplicate-from';
        block.from = parseAddress(header.value);
        return block.from ? null : 'address';
      }
      case 'To':
        return addAddress(block.to, header.value);
      case 'cc':
        return addAddress(block.cc, header.value);
      case 'DateTime':
        block.dateTime ??= header.value;
        return null;
      case 'Subject':
        block.subject.push({ lang: header.lang, text: unescape(header.value) });
        return null;
      case 'Require':
        for (const name of header.value.split(',')) if (name.trim() !== '') block.require.push(name.trim());
        return null;
      case 'NS':
        return this.#declare(header.value);
      default:
        this.#keep(header, CORE_NAMESPACE, header.name);
        return null;
    }
  }

  #keep(header: HeaderLine, namespace: string | null, name: string): void {
    const other: OtherHeader = { namespace, name, value: unescape(header.value) };
    this.block.other.push(other);
    if (header.prefix === null && /^(?:content-|mime-version$)/i.test(name)) {
      this.block.contentLike.set(other, { name, value: header.value.trim() });
    }
  }

  /** `NS: prefix <uri>` or `NS: <uri>`; the space before `<` may be missing. */
  #declare(value: string): CpimError | null {
    const open = value.indexOf('<');
    const trimmed = value.trimEnd();
    if (open < 0 || !trimmed.endsWith('>') || trimmed.length - open < 3) return 'header-syntax';
    const prefix = value.slice(0, open).trim();
    const uri = trimmed.slice(open + 1, -1);
    if (prefix === '') {
      // 3862-3.4-02: a later `To:` is then not the CPIM To.
      this.#defaultNamespace = uri;
      return null;
    }
    if (!isName(prefix)) return 'header-syntax';
    this.#prefixes ??= new Map();
    this.#prefixes.set(prefix, uri);
    return null;
  }
}

/** 3862-2.2-01: no folding, so a line that starts with white space has no valid name and fails here. */
function splitLine(text: string): HeaderLine | null {
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  const written = text.slice(0, colon);
  const dot = written.indexOf('.');
  const prefix = dot < 0 ? null : written.slice(0, dot);
  const name = dot < 0 ? written : written.slice(dot + 1);
  if (!isName(name) || (prefix !== null && !isName(prefix))) return null;

  let at = colon + 1;
  let lang: string | null = null;
  while (text[at] === ';') {
    const parameter = PARAMETER.exec(text.slice(at));
    if (!parameter) return null;
    if (parameter[1] === 'lang') lang ??= parameter[2];
    at += parameter[0].length;
  }
  // "Header-name ":" *( ";" Parameter ) SP Header-value"; only a value that is empty may lack the SP as well.
  if (at < text.length && text[at] !== ' ') return null;
  return { prefix, name, lang, value: text.slice(at + 1) };
}

/** 3862-3.3-01: Parameter = Name "=" ( Token / Number / String ). */
const PARAMETER = /^;([A-Za-z0-9!#$%&'*+\-^_`|~]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)/;

function addAddress(list: Address[], value: string): CpimError | null {
  const address = parseAddress(value);
  if (!address) return 'address';
  list.push(address);
  return null;
}

/**
 * 3862-4.1-01: an optional formal name, then the URI in angle brackets. A quoted name may touch the bracket; any other
 * text before `<` is taken as the name, because SIP SIMPLE clients write names without quotes.
 */
export function parseAddress(value: string): Address | null {
  const text = value.trim();
  let open = -1;
  let name: string | null = null;
  const quoted = /^("(?:[^"\\]|\\.)*")\s*(?=<)/.exec(text);
  if (quoted) {
    open = quoted[0].length;
    name = unescape(quoted[1].slice(1, -1));
  } else {
    open = text.indexOf('<');
    if (open < 0) return null;
    name = unescape(text.slice(0, open).trim());
  }
  const uri = text.slice(open + 1, -1);
  if (!text.endsWith('>') || uri === '' || uri.includes('<') || uri.includes('>')) return null;
  return { name: name === '' ? null : name, uri };
}

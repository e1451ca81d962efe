import { quote, splitOutside, unquote } from './grammar.js';
import { formatParams, type Params, param, parseParams } from './params.js';

/** `[ display-name ] "<" URI ">" *( ";" param )`, the value of From, To, Contact, Route, Refer-To … */
export interface NameAddr {
  /** Without quotes; undefined if there is none. */
  displayName: string | undefined;
  uri: string;
  /** Header parameters; those inside the angle brackets belong to the URI. */
  params: Params;
}

/** Parses one name-addr or addr-spec; undefined if there is no URI in it. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const value = text.trim();
  const open = openingBracket(value);
  if (open === -1) {
    // RFC 3261 §20.10: without angle brackets all parameters after the URI are header parameters.
    const semicolon = value.indexOf(';');
    const uri = (semicolon === -1 ? value : value.slice(0, semicolon)).trim();
    if (!isUri(uri)) return undefined;
    return { displayName: undefined, uri, params: parseParams(semicolon === -1 ? '' : value.slice(semicolon)) };
  }
  const close = value.indexOf('>', open);
  if (close === -1) return undefined;
  const uri = value.slice(open + 1, close).trim();
  if (!isUri(uri)) return undefined;
  const name = unquote(value.slice(0, open).trim());
  return { displayName: name === '' ? undefined : name, uri, params: parseParams(value.slice(close + 1)) };
}

/** Parses a comma-separated list of name-addrs; entries that make no sense are left out. */
export function parseNameAddrs(text: string): NameAddr[] {
  return splitOutside(text, ',').flatMap((part) => parseNameAddr(part) ?? []);
}

export function formatNameAddr({ displayName, uri, params }: NameAddr): string {
  const name = displayName === undefined ? '' : `${quote(displayName)} `;
  return `${name}<${uri}>${formatParams(params)}`;
}

/** A From or To as nearly everybody writes it, whose tag, if any, is the only parameter behind the brackets. */
const USUAL = /^(?:[^"<>;,]*|"[^"\\]*" ?)<[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+>(?:;tag=([A-Za-z0-9\-.!%*_+`'~]+))?$/;

/** The tag of a From or To value; undefined if there is none. */
export function tagOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const usual = USUAL.exec(value);
  if (usual) return usual[1];
  const parsed = parseNameAddr(value);
  return parsed && param(parsed.params, 'tag');
}

/** A From or To value with `tag` set (or, if undefined, removed); everything else stays as written. */
export function withTag(value: string, tag: string | undefined): string {
  const parsed = parseNameAddr(value);
  if (!parsed) return value;
  const open = openingBracket(value);
  const bare = open === -1 ? `<${parsed.uri}>` : value.slice(0, value.indexOf('>', open) + 1).trim();
  parsed.params.delete('tag');
  const params = formatParams(parsed.params);
  return tag === undefined ? bare + params : `${bare}${params};tag=${tag}`;
}

/** absoluteURI needs a scheme. */
const isUri = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+$/.test(text);

/** Index of the "<" that opens the URI, skipping a quoted display name; -1 if there is none. */
function openingBracket(value: string): number {
  let i = 0;
  if (value.trimStart().startsWith('"')) {
    i = value.indexOf('"') + 1;
    while (i < value.length && value[i] !== '"') i += value[i] === '\\' ? 2 : 1;
  }
  return value.indexOf('<', i);
}

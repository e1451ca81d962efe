import { parseHostPort, unbracketed } from './grammar.js';
import { formatParams, type Params, parseParams } from './params.js';

/** A SIP or SIPS URI (RFC 3261 §19.1.1). Userinfo and URI headers stay escaped, as on the wire. */
export interface SipUri {
  scheme: 'sip' | 'sips';
  /** Userinfo without `@`, a password included; undefined if there is none. */
  user: string | undefined;
  /** IPv6 in brackets. */
  host: string;
  port: number | undefined;
  params: Params;
  /** The part after `?`. */
  headers: string | undefined;
}

/** Parses a SIP or SIPS URI; undefined for another scheme or nonsense. */
export function parseUri(text: string): SipUri | undefined {
  const scheme = /^(sips?):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  if (/[\s<>"]/.test(text)) return undefined;
  let rest = text.slice(scheme.length + 1);

  // The userinfo may hold ";", "?" and "/" unescaped (user-unreserved), so it is cut off first, at the last "@".
  let user: string | undefined;
  const at = rest.lastIndexOf('@');
  if (at !== -1) {
    user = rest.slice(0, at);
    rest = rest.slice(at + 1);
    if (user === '') return undefined;
  }
  let headers: string | undefined;
  const question = rest.indexOf('?');
  if (question !== -1) {
    headers = rest.slice(question + 1);
    rest = rest.slice(0, question);
  }
  const semicolon = rest.indexOf(';');
  const hostport = parseHostPort(semicolon === -1 ? rest : rest.slice(0, semicolon));
  if (!hostport) return undefined;
  return {
    scheme,
    user,
    host: hostport.host,
    port: hostport.port,
    params: parseParams(semicolon === -1 ? '' : rest.slice(semicolon)),
    headers,
  };
}

export function formatUri(uri: SipUri): string {
  const user = uri.user === undefined ? '' : `${uri.user}@`;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`;
  return `${uri.scheme}:${user}${uri.host}${port}${formatParams(uri.params)}${headers}`;
}

/** The host as a socket wants it: an IPv6 address without brackets. */
export const uriHost = (uri: SipUri): string => unbracketed(uri.host);

/** MSRP URIs: RFC 4975 §6, comparison §6.1, RFC 4976 §8. */
import { isDigit, isSessionIdByte, isToken } from './grammar.js';

/** An MSRP URI in its parts (RFC 4975 §6). */
export interface MsrpUri {
  scheme: 'msrp' | 'msrps';
  /** As written; an IPv6 literal keeps its brackets. */
  host: string;
  port: number | null;
  sessionId: string | null;
  /** Lower case; `tcp`, `ws`, or one this node does not know. */
  transport: string;
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const HOST = /^(?:[A-Za-z0-9\-._~!$&'()*+,=]|%[0-9A-Fa-f]{2})+$/;
const USERINFO = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*$/;

/**
 * Parses `msrp://[userinfo@]host[:port][/session-id];transport[;param]…` (4975-6-01); null when malformed.
 * The first ";" after the authority starts the transport, although RFC 3986 allows ";" in a host (4975-6-08, A-03).
 * Any transport is taken: whoever connects to that URI has to know it (7977-5.2-01).
 */
export function parseMsrpUri(text: string): MsrpUri | null {
  const schemeEnd = text.indexOf('://');
  if (schemeEnd < 0) return null;
  const scheme = text.slice(0, schemeEnd).toLowerCase();
  if (scheme !== 'msrp' && scheme !== 'msrps') return null;

  const rest = text.slice(schemeEnd + 3);
  const at = rest.indexOf('@');
  const firstDelimiter = rest.search(/[/;]/);
  // 4975-6.1-03: userinfo is checked and then takes no part in anything.
  const hasUserinfo = at >= 0 && (firstDelimiter < 0 || at < firstDelimiter);
  if (hasUserinfo && !USERINFO.test(rest.slice(0, at))) return null;
  const afterUser = hasUserinfo ? rest.slice(at + 1) : rest;

  const authorityEnd = afterUser.search(/[/;]/);
  // 4975-6-02: a URI without any transport parameter is malformed.
  if (authorityEnd < 0) return null;
  const authority = parseAuthority(afterUser.slice(0, authorityEnd));
  if (!authority) return null;

  const tail = afterUser.slice(authorityEnd);
  const semicolon = tail.indexOf(';');
  if (semicolon < 0) return null;
  let sessionId: string | null = null;
  if (tail.startsWith('/')) {
    sessionId = tail.slice(1, semicolon);
    // 4975-6-04: one or more unreserved / "+" / "=" / "/"; no escapes.
    if (sessionId.length === 0) return null;
    for (let i = 0; i < sessionId.length; i++) if (!isSessionIdByte(sessionId.charCodeAt(i))) return null;
  }
  const [transport, ...parameters] = tail.slice(semicolon + 1).split(';');
  if (!transport || !/^[A-Za-z0-9]+$/.test(transport)) return null;
  if (!parameters.every(isParameter)) return null;
  return { scheme, ...authority, sessionId, transport: transport.toLowerCase() };
}

function parseAuthority(text: string): { host: string; port: number | null } | null {
  let host = text;
  let port: number | null = null;
  const bracket = text.lastIndexOf(']');
  const colon = text.indexOf(':', bracket < 0 ? 0 : bracket);
  if (colon >= 0) {
    host = text.slice(0, colon);
    port = parsePort(text.slice(colon + 1));
    if (port === null) return null;
  }
  if (host.startsWith('[')) {
    if (!host.endsWith(']') || canonicalIpv6(host.slice(1, -1)) === null) return null;
    // 4975-6-03: a numeric authority must have a port.
    return port === null ? null : { host, port };
  }
  if (!HOST.test(host) || (IPV4.test(host) && port === null)) return null;
  return { host, port };
}

function parsePort(text: string): number | null {
  if (text.length === 0 || text.length > 8) return null;
  for (let i = 0; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return null;
  const port = Number(text);
  return port >= 1 && port <= 65_535 ? port : null;
}

function isParameter(text: string): boolean {
  const equals = text.indexOf('=');
  return isToken(equals < 0 ? text : text.slice(0, equals)) && (equals < 0 || isToken(text.slice(equals + 1)));
}

/** The eight groups of an IPv6 address in lower-case hex joined by ":", or null when it is none. */
function canonicalIpv6(text: string): string | null {
  const zone = text.split('::');
  if (zone.length > 2) return null;
  const groups = zone.map(ipv6Groups);
  if (groups.some((g) => g === null)) return null;
  const head = groups[0]!;
  const tail = zone.length === 2 ? groups[1]! : [];
  const missing = 8 - head.length - tail.length;
  if (zone.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array.from({ length: missing }, () => '0'), ...tail].join(':');
}

function ipv6Groups(part: string): string[] | null {
  if (part === '') return [];
  const groups: string[] = [];
  const pieces = part.split(':');
  for (const [i, piece] of pieces.entries()) {
    if (i === pieces.length - 1 && IPV4.test(piece)) {
      const octets = piece.split('.').map(Number);
      if (octets.some((o) => o > 255)) return null;
      groups.push(((octets[0] << 8) | octets[1]).toString(16), ((octets[2] << 8) | octets[3]).toString(16));
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(piece)) {
      groups.push(Number.parseInt(piece, 16).toString(16));
    } else {
      return null;
    }
  }
  return groups;
}

/** 4975-6.1-02: addresses by value, names without case after decoding escapes of unreserved characters. */
function canonicalHost(host: string): string {
  if (host.startsWith('[')) return canonicalIpv6(host.slice(1, -1)) ?? host.toLowerCase();
  if (!host.includes('%')) return host.toLowerCase();
  return host
    .replace(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return /[A-Za-z0-9\-._~]/.test(character) ? character : escape;
    })
    .toLowerCase();
}

/**
 * A string that is equal for two URIs exactly when RFC 4975 §6.1 calls them equal: the key of session tables. Schemes
 * without case (4975-6.1-01), ports as numbers, none unlike any (4975-6.1-04), session-id octet for octet
 * (4975-6.1-05), transport without case and further parameters not at all (4975-6.1-06, A-04).
 */
export function uriKey(uri: MsrpUri): string {
  return `${uri.scheme}://${canonicalHost(uri.host)}:${uri.port ?? ''}/${uri.sessionId ?? ''};${uri.transport}`;
}

/** RFC 4975 §6.1; a URI that does not parse equals nothing. */
export function urisEqual(a: string, b: string): boolean {
  const left = parseMsrpUri(a);
  const right = parseMsrpUri(b);
  return left !== null && right !== null && uriKey(left) === uriKey(right);
}

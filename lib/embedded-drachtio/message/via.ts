import { parseHostPort, splitOutside } from './grammar.js';
import type { Headers } from './headers.js';
import { formatParams, type Params, param, parseParams } from './params.js';

/** RFC 3261 §8.1.1.7: the branch of a conforming client "MUST always begin with the characters "z9hG4bK"". */
export const MAGIC_COOKIE = 'z9hG4bK';

/** One Via value: `SIP/2.0/UDP host:port;branch=…`. */
export interface Via {
  /** In upper case, e.g. UDP, TCP, TLS, WS, WSS. */
  transport: string;
  /** The sent-by host, IPv6 in brackets. */
  host: string;
  port: number | undefined;
  params: Params;
}

export function parseVia(text: string): Via | undefined {
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+([^;]+)(;.*)?$/is.exec(text.trim());
  if (!match) return undefined;
  const sentBy = parseHostPort(match[2].trim());
  if (!sentBy) return undefined;
  return { transport: match[1].toUpperCase(), ...sentBy, params: parseParams(match[3] ?? '') };
}

export function formatVia({ transport, host, port, params }: Via): string {
  return `SIP/2.0/${transport} ${host}${port === undefined ? '' : `:${port}`}${formatParams(params)}`;
}

/** The first Via value; undefined if there is none or it makes no sense. */
export function topVia(headers: Headers): Via | undefined {
  const line = headers.get('Via');
  const first = line === undefined ? undefined : splitOutside(line, ',')[0];
  return first === undefined ? undefined : parseVia(first);
}

/** Puts `via` in the place of the first Via value, leaving those behind it alone. */
export function replaceTopVia(headers: Headers, via: Via): void {
  const line = headers.get('Via') ?? '';
  headers.setFirst('Via', [formatVia(via), ...splitOutside(line, ',').slice(1)].join(', '));
}

export const branchOf = (via: Via): string | undefined => param(via.params, 'branch');

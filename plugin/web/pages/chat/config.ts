import { percentDecoded } from '../../../../lib/util/percent-decoded.js';

/** What the page needs to know of the server that it comes from. */
export interface PageConfig {
  /** Where rooms are whose address is not typed. */
  domain: string;
  /** `digest`: a user name and a password are asked for. */
  auth: 'open' | 'digest';
  /** WebSocket URL of SIP. */
  sip: string;
  /** WebSocket URL of MSRP, in which `{port}` stands for the port that the room names; undefined: all as the room says. */
  msrp: string | undefined;
  title: string | undefined;
  /** Octets of the largest message that is taken. */
  maxMessageSize: number;
}

const MAX_MESSAGE = 50 * 1024 * 1024;

/** Why one cannot chat here: the server has no SIP for pages, or wants TLS, without which this page came. */
export type Obstacle = 'sip' | 'tls';

/**
 * Reads `/config.json`; what is missing there is what a server on this host is likely to have.
 * @param location of the page
 */
export async function readConfig(
  location: URL,
  fetchJson: (path: string) => Promise<unknown>,
): Promise<PageConfig | Obstacle> {
  const given = await fetchJson('/config.json').catch(() => ({}));
  return completeConfig(given, location);
}

export async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  return response.json();
}

export function completeConfig(given: unknown, location: URL): PageConfig | Obstacle {
  const { domain, auth, sip, msrp, title, maxMessageSize, plain } = (
    typeof given === 'object' && given !== null ? given : {}
  ) as Record<string, unknown>;
  if (sip === null) return 'sip';
  // 7977-5.1-02: without TLS our offer would be refused, in words that name no cause.
  if (plain === false && location.protocol === 'http:') return 'tls';
  return {
    domain: textOf(domain) ?? location.hostname,
    auth: auth === 'digest' ? 'digest' : 'open',
    sip: webSocketUrl(textOf(sip) ?? '/sip', location),
    msrp: msrp === null ? undefined : webSocketUrl(textOf(msrp) ?? '/msrp', location),
    title: textOf(title),
    maxMessageSize: typeof maxMessageSize === 'number' && maxMessageSize > 0 ? maxMessageSize : MAX_MESSAGE,
  };
}

/** Path or URL, seen from the page: a page that came over TLS talks over TLS. */
function webSocketUrl(text: string, location: URL): string {
  const url = new URL(text, location);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  return url.href;
}

/** Where the transport of MSRP connects, as its option. */
export const mediaUrl = (msrp: string | undefined): { url?: (target: { port: number }) => string } =>
  msrp === undefined ? {} : { url: ({ port }) => msrp.replaceAll(/\{port\}|%7Bport%7D/gi, String(port)) };

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The room that the address of the page names: `/?room=lobby` or `/#lobby`. */
export function roomOf(location: URL): string {
  return (location.searchParams.get('room') ?? percentDecoded(location.hash.slice(1))).trim();
}

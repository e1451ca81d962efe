/** Which pages of browsers may open a WebSocket to us: to a browser any page may, so that the server has to look (RFC 6455 §10.2). */

/** What a request says of the page it comes from, and whom it takes us for. */
export interface PageHeaders {
  origin?: string | undefined;
  host?: string | undefined;
}

/**
 * Whether who asks is let in: no page at all, as only browsers send Origin; a page that we served, by the name it knows us
 * by; or one of `origins`, like `https://chat.example.com`.
 */
export function isOwnPage({ origin, host }: PageHeaders, origins: readonly string[] = []): boolean {
  if (origin === undefined) return true;
  const page = readOrigin(origin);
  if (page === undefined) return false;
  return origins.includes(page.origin) || (host !== undefined && page.host === withoutPort(host, page.protocol));
}

/** Undefined for `null`, of pages that have none, and for what is none of the web. */
function readOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** A proxy may write out the port that a browser leaves out. */
function withoutPort(host: string, protocol: string): string {
  const usual = protocol === 'https:' ? ':443' : ':80';
  return host.toLowerCase().replace(new RegExp(`${usual}$`), '');
}

/** A page that TLS protects: its WebSocket is protected likewise, as a browser takes no other from it. */
export const isSecurePage = ({ origin }: PageHeaders): boolean => origin?.startsWith('https://') ?? false;

/**
 * Whether `Host` means this machine, or one of the hosts of `origins`. A name of elsewhere that leads to 127.0.0.1 is how
 * pages of elsewhere get at servers that listen there (DNS rebinding).
 */
export function isKnownHost(host: string | undefined, origins: readonly string[] = []): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase().replace(/:\d+$/, '');
  return LOOPBACK_NAME.test(name) || origins.some((origin) => new URL(origin).hostname === name);
}

const LOOPBACK_NAME = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|(?:[\w-]+\.)*localhost)$/;

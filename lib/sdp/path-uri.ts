/** An MSRP URI inside `a=path`, as far as SDP needs it (RFC 4975 §6; the full grammar is lib/msrp's). */
export interface PathUri {
  readonly secure: boolean;
  /** Name or address, IPv6 in brackets, as written. */
  readonly host: string;
  readonly port: number;
  readonly sessionId: string | null;
  /** In lower case: `tcp`, `ws`. */
  readonly transport: string;
}

const PATH_URI =
  /^(msrps?):\/\/(?:[^@/[\]\s]*@)?(\[[0-9a-f:.]+\]|[a-z0-9._~%!$&'()*+,=-]+):(\d{1,5})(?:\/([a-z0-9._~+=/-]+))?;([a-z0-9]+)(?:;[^;=\s][^;\s]*)*$/i;

/** 4975-8.2-02, 4976-8-01: "URIs with explicit ports"; null when the text is no such MSRP URI. */
export function parsePathUri(text: string): PathUri | null {
  const match = PATH_URI.exec(text);
  if (!match) return null;
  const [, scheme, host, digits, sessionId, transport] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535 || (host.startsWith('[') && !URL.canParse(`http://${host}`))) return null;
  return {
    secure: scheme.toLowerCase() === 'msrps',
    host,
    port,
    sessionId: sessionId ?? null,
    transport: transport.toLowerCase(),
  };
}

/**
 * The hops of a path; null when one of them is no MSRP URI, or the last one names no session
 * (4975-8.2-03: "Rightmost URI = the peer's session").
 */
export function parsePathUris(path: readonly string[]): PathUri[] | null {
  const uris: PathUri[] = [];
  for (const text of path) {
    const uri = parsePathUri(text);
    if (!uri) return null;
    uris.push(uri);
  }
  return uris.at(-1)?.sessionId == null ? null : uris;
}

/** `msrp://host:port/session;tcp`; an IPv6 address gets its brackets (4975-6-03). */
export function formatPathUri(uri: PathUri & { readonly sessionId: string }): string {
  const authority = uri.host.includes(':') && !uri.host.startsWith('[') ? `[${uri.host}]` : uri.host;
  return `${uri.secure ? 'msrps' : 'msrp'}://${authority}:${uri.port}/${uri.sessionId};${uri.transport}`;
}

/** 6714-4.4-01: "compare IPv6 canonically"; names compare without case. */
export const sameHost = (a: string, b: string): boolean => canonicalHost(a) === canonicalHost(b);

function canonicalHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '');
  if (!bare.includes(':')) return bare.toLowerCase();
  return URL.canParse(`http://[${bare}]`) ? new URL(`http://[${bare}]`).hostname : bare.toLowerCase();
}

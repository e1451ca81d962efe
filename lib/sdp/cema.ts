import type { AcceptableLine, Target } from './peer.js';
import type { MediaLine } from './media.js';
import type { PathUri } from './path-uri.js';

type SameHost = (a: string, b: string) => boolean;

/** Does the c/m address equal the one of this URI? Without a c-line there is nothing to differ. */
function matches(line: MediaLine, uri: PathUri, sameHost: SameHost): boolean {
  if (line.connection === null) return true;
  // 6135-4.2-05: an active endpoint writes port 9, which says nothing.
  const samePort = line.port === uri.port || line.port === 9;
  return samePort && sameHost(line.connection, uri.host);
}

const matchesAny = (line: MediaLine, hops: readonly PathUri[], sameHost: SameHost): boolean =>
  hops.some((uri) => matches(line, uri, sameHost));

function anchor(line: MediaLine, acceptable: AcceptableLine): Target | null {
  const address = line.connection;
  if (address === null) return null;
  const host = address.includes(':') ? `[${address}]` : address;
  return { host, port: line.port, tls: acceptable.hops[0].secure };
}

/** Answerer, RFC 6714 §4.3 (6714-4.3-01): `refuse`, plain RFC 4975, or CEMA with the address to connect to if we become active. */
export function cemaOfOffer(
  line: MediaLine,
  acceptable: AcceptableLine,
  sameHost: SameHost,
): 'refuse' | { cema: boolean; target: Target | null } {
  const { hops, msrp } = acceptable;
  if (!msrp.cema) {
    // "does not contain an SDP 'msrp-cema' attribute, and the SDP c/m-line address information ... does not match the
    // information in the MSRP URI": the answerer MUST reject.
    return matchesAny(line, hops, sameHost) ? { cema: false, target: null } : 'refuse';
  }
  // §4.3 case 2: "The offerer uses a relay ... and will become active": fall back to RFC 4975.
  const offererActive = msrp.setup === 'active' || msrp.setup === null || msrp.setup === 'holdconn';
  if (hops.length > 1 && offererActive) return { cema: false, target: null };
  return { cema: true, target: anchor(line, acceptable) };
}

/** Offerer without a relay, RFC 6714 §4.2: where to connect, or that a new offer without `msrp-cema` has to follow. */
export function cemaOfAnswer(
  line: MediaLine,
  acceptable: AcceptableLine,
  active: boolean,
  sameHost: SameHost,
): 'new-offer' | { target: Target | null } {
  const { hops, msrp } = acceptable;
  const matched = matchesAny(line, hops, sameHost);
  if (!active) return msrp.cema || matched ? { target: null } : 'new-offer';
  if (hops.length === 1) return { target: anchor(line, acceptable) };
  if (matched) return { target: null };
  return msrp.cema ? { target: anchor(line, acceptable) } : 'new-offer';
}

import { isLoopbackSource } from '../util/source.js';
import { reachableHost } from '../transport/reachable.js';
import type { SessionEnds } from './media-plane.js';
import type { Address, Listening, MsrpOptions } from './options.js';

/** What peers are to connect to, of an address listened on. */
export function advertisedHost({ advertise }: MsrpOptions, { host }: Address): string {
  return unbracketed(advertise ?? reachableHost(host));
}

/** Our ends for peers of new sessions, of what is listened on. */
export function ownEnds(msrp: MsrpOptions, { tcp, tls, ws, wss, sharedWs }: Listening): SessionEnds {
  const advertised = (address: Address): Address => ({ host: advertisedHost(msrp, address), port: address.port });
  const shared = sharedWs && { ...sharedWs, host: unbracketed(reachableHost(sharedWs.host)) };
  return {
    tcp: advertised(tcp),
    // Where there is a listener for it alone, its address is the one that peers find without knowing a path.
    ...(shared && {
      ws: { ...shared, tlsElsewhere: true },
      ...((msrp.sharedWs?.plain ?? isThisMachine(shared.host)) && { plainWs: shared }),
    }),
    ...(tls && { tls: advertised(tls) }),
    // For peers that open a WebSocket.
    ...(wss && { ws: msrp.wss?.advertise ?? advertised(wss) }),
    ...(ws && (msrp.ws?.advertise ? { ws: { ...msrp.ws.advertise, tlsElsewhere: true } } : { plainWs: ws })),
  };
}

/** In SDP an IPv6 address stands without brackets, in a URI it gets them (4975-6-03). */
const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

const isThisMachine = (host: string): boolean => host === 'localhost' || isLoopbackSource(host);

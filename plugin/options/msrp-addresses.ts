import type { Listening } from '../../lib/chat-server.js';
import { hostPortText } from '../sip/host-port.js';

/** Where MSRP listens: `HOST:PORT`, `msrps` where TLS is spoken, `ws` and `wss` over WebSocket. */
export interface MsrpAddresses {
  msrp: string;
  msrps?: string;
  ws?: string;
  wss?: string;
}

/** As programs see what is listened on. */
export const addresses = ({ tcp, tls, ws, wss }: Listening): MsrpAddresses => ({
  msrp: hostPortText(tcp),
  ...(tls && { msrps: hostPortText(tls) }),
  ...(ws && { ws: hostPortText(ws) }),
  ...(wss && { wss: hostPortText(wss) }),
});

import type { Listening } from '../lib/chat-server.js';

/** Where MSRP listens: `HOST:PORT`, `msrps` where TLS is spoken, `ws` and `wss` over WebSocket. */
export interface MsrpAddresses {
  msrp: string;
  msrps?: string;
  ws?: string;
  wss?: string;
}

/** As programs see what is listened on. */
export const addresses = ({ tcp, tls, ws, wss }: Listening): MsrpAddresses => ({
  msrp: hostAndPort(tcp),
  ...(tls && { msrps: hostAndPort(tls) }),
  ...(ws && { ws: hostAndPort(ws) }),
  ...(wss && { wss: hostAndPort(wss) }),
});

const hostAndPort = ({ host, port }: { host: string; port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

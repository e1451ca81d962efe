import { randomId } from '../../msrp/index.js';
import type { LocalSession } from '../../sdp/index.js';

/** RFC 4975 §15.4; nobody listens there on a host that does not exist. */
const MSRP_PORT = 2855;

/**
 * 7977-5.2-02, RFC 7977 Appendix A: who opens a WebSocket cannot be reached, and a browser does not even know its address,
 * so that the host is made up.
 */
export function webSocketEnd(secure: boolean): Pick<LocalSession, 'ws' | 'plainWs'> {
  const listener = { host: `${randomId(12).toLowerCase()}.invalid`, port: MSRP_PORT };
  return secure ? { ws: listener } : { plainWs: listener };
}

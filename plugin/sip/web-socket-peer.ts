import type { IncomingMessage } from 'node:http';
import type { UpgradeRequest } from '../../lib/chat-server.js';
import { isSecurePage } from '../../lib/util/page-origin.js';

/** Whose WebSocket it is, where a proxy stands in front. */
export interface WebSocketPeer {
  /** IP address. @defaultValue that of the socket */
  address?: string | undefined;
  /** TLS protects it. @defaultValue whether the page's origin is of https */
  secure?: boolean;
}

export function webSocketPeer({ headers, socket }: IncomingMessage, peer: WebSocketPeer = {}): UpgradeRequest['peer'] {
  const { address = socket.remoteAddress, secure = isSecurePage(headers) } = peer;
  return { kind: secure ? 'wss' : 'ws', address };
}

/** The WebSockets of pages: `/sip` and `/msrp`. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isOwnPage } from '../../lib/util/page-origin.js';
import { refuseUpgrade } from '../../lib/util/refuse-upgrade.js';
import type { Visitor, Visitors } from './visitor.js';

export interface SocketRules {
  visitors: Visitors;
  /** Origins of pages let in beside our own. @defaultValue none */
  origins?: readonly string[];
}

export type TakeSocket = (
  upgrade: { request: IncomingMessage; socket: Duplex; head: Buffer },
  visitor: Visitor,
) => void;

/** Lets in programs that are no browsers, our own pages and those of `origins`; others get 403. */
export function guarded(
  take: TakeSocket,
  { visitors, origins }: SocketRules,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    const { headers } = request;
    if (!visitors.meansUs(headers.host)) return refuseUpgrade(socket, '403 Forbidden', UNKNOWN_HOST);
    if (!isOwnPage(headers, origins))
      return refuseUpgrade(socket, '403 Forbidden', 'pages of this origin are not let in');
    take({ request, socket, head }, visitors.of(request));
  };
}

export const UNKNOWN_HOST = 'not known under this name; see http.web.origins';

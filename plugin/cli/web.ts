/** What browsers find at the HTTP port: pages, and the SIP and MSRP of these. */
import type { IncomingMessage } from 'node:http';
import type { SipUpgrade } from '../../lib/embedded-drachtio/index.js';
import { AddressRanges, MAX_MESSAGE_SIZE } from '../../lib/chat-server.js';
import { refuseUpgrade } from '../../lib/util/refuse-upgrade.js';
import type { HttpServer } from '../api/http-server.js';
import { isLoopback } from '../sip/host-port.js';
import type { Chatrooms, ChatroomsOptions } from '../index.js';
import type { WebOptions } from '../web/options.js';
import { addWeb, type PageConfig } from '../web/serve.js';
import { guarded, type TakeSocket } from '../web/sockets.js';
import { Visitors } from '../web/visitor.js';
import { version } from './version.js';

/** Title, trusted peers and the largest message are looked at each time they are needed. */
export interface BrowserSide {
  web: WebOptions;
  /** Where the HTTP port listens. */
  host: string;
  domains: readonly string[];
  auth: ChatroomsOptions['auth'];
  trustedPeers: readonly string[];
  /** Threads of MSRP. */
  workers: number;
  /** Octets. @defaultValue that of the rooms */
  maxMessageSize: number | undefined;
  /** @defaultValue that of the package */
  directory?: string;
  rooms: Pick<Chatrooms, 'upgradeMsrp'>;
  /** SIP of ours, undefined while it does not listen; null with a drachtio-server. */
  sip: (() => { upgrade(asked: SipUpgrade): void } | undefined) | null;
}

/**
 * Who asks for something, where it is not seen by what name.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION` for what is no address block
 */
export function addressBehind(proxies: readonly string[] = []): (request: IncomingMessage) => string | undefined {
  const visitors = new Visitors({ proxies, names: [], onlyKnownHosts: false });
  return (request) => visitors.of(request).address;
}

/** @throws ChatroomsError `CHAT_ERR_OPTION` */
export function addBrowserSide(http: HttpServer, side: BrowserSide): void {
  const { web, host, domains, auth = 'open', rooms, sip, directory } = side;
  const { origins, proxies } = web;
  const isOpen = [auth].flatMap((mode) => (typeof mode === 'string' ? mode : Object.values(mode))).includes('open');
  const visitors = new Visitors({ origins, proxies, names: domains, onlyKnownHosts: isOpen && isLoopback(host) });
  // Behind a trusted proxy nobody is anybody who does not come through it.
  const own = sip !== null && auth !== 'trusted-proxy' ? sip : null;
  const plain = web.plain ?? isLoopback(host);
  const config = (): PageConfig => ({
    title: side.web.title ?? 'Chat rooms',
    version: version(),
    domain: domains[0],
    domains,
    maxMessageSize: side.maxMessageSize ?? MAX_MESSAGE_SIZE,
    plain,
    auth: isOpen ? 'open' : 'digest',
    sip: web.sip ?? (own && '/sip'),
    // Of several workers each has a part of the sessions, and its port in our SDP tells which.
    msrp: side.workers === 1 ? '/msrp' : '/msrp?port={port}',
  });
  const pages = {
    get config() {
      return config();
    },
    visitors,
    directory,
  };
  addWeb(http.app, pages);

  const msrp: TakeSocket = ({ request, socket, head }, peer) => rooms.upgradeMsrp(request, socket, head, peer);
  const sipSocket = own && sipOf(own, side);
  const sockets: Record<string, TakeSocket> = { '/msrp': msrp };
  if (sipSocket) sockets['/sip'] = sipSocket;
  // Neither SDP nor a SIP URI can name a path: who goes by them alone comes to the root.
  sockets['/'] = (upgrade, visitor) => {
    const isSip = upgrade.request.headers['sec-websocket-protocol']?.toLowerCase() === 'sip';
    (isSip && sipSocket ? sipSocket : msrp)(upgrade, visitor);
  };
  for (const [path, take] of Object.entries(sockets)) http.upgrades.set(path, guarded(take, { visitors, origins }));
}

/**
 * What comes by the address of a proxy in front of us would be believed everything that a trusted peer says (RFC 3325 §5), if
 * the same address is one.
 */
function sipOf(sip: NonNullable<BrowserSide['sip']>, side: Pick<BrowserSide, 'trustedPeers'>): TakeSocket {
  return (upgrade, { address }) => {
    // Few come here, and the list may change.
    const trusted = new AddressRanges(side.trustedPeers, 'trustedPeers');
    if (address !== undefined && trusted.has(address)) {
      return refuseUpgrade(
        upgrade.socket,
        '403 Forbidden',
        'trusted peers do not come by WebSocket; see http.web.proxies',
      );
    }
    const endpoint = sip();
    if (endpoint) endpoint.upgrade({ ...upgrade, address });
    else refuseUpgrade(upgrade.socket, '503 Service Unavailable', 'starting or stopping');
  };
}

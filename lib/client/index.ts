/**
 * A participant of MSRP chat rooms: RFC 7701 over RFC 4975, RFC 3862 envelopes, the roster of RFC 4575. This entry is
 * for Node; `ChatParticipant`, with other signalling and transport behind its interfaces, runs anywhere.
 */
import { NodeSignalling } from './node/signalling.js';
import { NodeTransport, type NodeTransportOptions } from './node/transport.js';
import { NodeWebSocketTransport } from './node/web-socket-transport.js';
import { ChatParticipant } from './participant.js';
import { userPart } from './roster.js';
import type { Credentials } from '../msrp/index.js';
import type { SessionSettings } from './session-opener.js';
import type { SipTransport } from './sip/agent.js';
import type { Clock } from '../util/clock.js';
import type { Logger } from '../util/log.js';
import { percentDecoded } from '../util/percent-decoded.js';

export * from './browser.js';
export type { ListenOptions, StreamListener } from './msrp/byte-stream.js';
export type { Endpoint, StreamFactory, TransportName } from '../embedded-drachtio/sip.js';
export { NodeSignalling, type NodeSignallingOptions } from './node/signalling.js';
export { type FileOptions, saveContent, sendFile } from './node/file.js';
export { NodeTransport, type NodeTransportOptions, type SrvRecord } from './node/transport.js';
export { NodeWebSocketTransport, type NodeWebSocketTransportOptions } from './node/web-socket-transport.js';
export type { RelayAccount } from './msrp/relay-access.js';
export type { SipTransport } from './sip/agent.js';

/** What `createParticipant` is given; only `uri` has to be. */
export interface ParticipantSettings extends SessionSettings, Pick<NodeTransportOptions, 'certificate' | 'ca'> {
  /** Own URI, `sip:alice@localhost`. */
  uri: string;
  /** Hide who we are: see `ParticipantOptions`; TLS does not show the `certificate` either. @defaultValue false */
  anonymous?: boolean;
  /** For rooms and proxies that ask for it (digest, MD5 or SHA-256). @defaultValue none: they refuse us */
  password?: string;
  /** The name that goes with it. @defaultValue the user part of `uri` */
  username?: string;
  /** Tell senders who ask for it that their messages arrived: see `ParticipantOptions`. @defaultValue false */
  deliveryNotifications?: boolean;
  /** Where SIP goes. @defaultValue host of the room, port of its URI or 5060, over TLS 5061 */
  proxy?: { host: string; port: number };
  /**
   * SIP transport; `udp` sends by TCP what does not fit into a datagram, over TLS the certificate has to name the proxy's host.
   * @defaultValue `tls` for a SIPS URI, else `udp`
   */
  transport?: SipTransport;
  /** MSRP over TCP, or over WebSocket (RFC 7977); with `secure` both over TLS. @defaultValue `tcp` */
  msrp?: 'tcp' | 'ws';
  /** Octets of one message that is accepted. @defaultValue 10485760 */
  maxMessageSize?: number;
  /** @defaultValue the clock of the machine */
  clock?: Clock;
  /** @defaultValue silent */
  log?: Logger;
}

/**
 * A participant with SIP over UDP, TCP or TLS and MSRP over TCP or WebSocket, with or without TLS. Opens nothing before `join`.
 * @throws ChatroomsError `CHAT_ERR_USAGE` for a `ca` that is none
 */
export function createParticipant(settings: ParticipantSettings): ChatParticipant {
  return new ChatParticipant({
    ...settings,
    signalling: new NodeSignalling({ ...settings, credentials: credentialsOf(settings) }),
    transport: settings.msrp === 'ws' ? new NodeWebSocketTransport(settings) : new NodeTransport(settings),
  });
}

function credentialsOf({ uri, username, password }: ParticipantSettings): Credentials | undefined {
  return password === undefined ? undefined : { username: username ?? percentDecoded(userPart(uri)), password };
}

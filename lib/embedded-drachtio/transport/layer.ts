import { randomBytes } from 'node:crypto';
import { Emitter } from '../../util/events.js';
import { refuseUpgrade } from '../../util/refuse-upgrade.js';
import {
  createResponse,
  isAnswerable,
  type ParseFailure,
  replaceTopVia,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
  serializeOnce,
  topVia,
  unbracketed,
} from '../message/index.js';
import {
  type Addresses,
  DEFAULT_PORTS,
  endpointKey,
  type Flow,
  type Hop,
  isTransportName,
  type TransportName,
} from './flow.js';
import { contextOf, type TransportContext, type TransportOptions } from './options.js';
import type { Receiver } from './receiver.js';
import { type Dns, resolve, systemDns } from './resolver.js';
import { StreamTransport } from './stream-transport.js';
import { tlsStreams } from './tls.js';
import { UdpTransport } from './udp.js';
import { type SipUpgrade, WsTransport } from './ws.js';

interface TransportEvents {
  request: [request: SipRequest, flow: Flow, size: number];
  response: [response: SipResponse, flow: Flow, size: number];
  /** A connection ended; requests waiting on it will get no answer there. */
  closed: [flow: Flow];
}

/** RFC 3261 §18.1.1: a request "larger than 1300 bytes" with an unknown path MTU MUST go over a congestion controlled transport. */
export const MAX_DATAGRAM = 1300;

/** Milliseconds a UDP peer is given to accept a TCP connection for a large request. */
const PROBE_TIMEOUT = 1_000;
/** Milliseconds for which a peer found without TCP is not asked again. */
const PROBE_MEMORY = 300_000;
/** Peers remembered so. */
const PROBE_ENTRIES = 4_096;
/** Ports tried before UDP and TCP are found free on the same one. */
const BIND_ATTEMPTS = 20;

/** RFC 3261 §18: listeners, connections, and the choice among them. */
export class TransportLayer extends Emitter<TransportEvents> {
  readonly context: TransportContext;
  readonly #dns: Dns;
  #udp: UdpTransport | undefined;
  #tcp: StreamTransport | undefined;
  #tls: StreamTransport | undefined;
  #ws: WsTransport | undefined;
  #sharedWs = false;
  /** UDP peers that took no TCP connection, and until when we believe it. */
  readonly #withoutTcp = new Map<string, number>();
  readonly #probes = new Map<string, Promise<Flow>>();

  private constructor(context: TransportContext, dns: Dns) {
    super();
    this.context = context;
    this.#dns = dns;
  }

  /**
   * Opens the listeners. Rejects with Node's error (`code`, `address`, `port`) of the first that fails, and its `listener`;
   * none is left open.
   */
  static async listen(options: TransportOptions, dns: Dns = systemDns): Promise<TransportLayer> {
    const layer = new TransportLayer(contextOf(options), dns);
    try {
      await layer.#bind(options);
      return layer;
    } catch (error) {
      await layer.close();
      throw error;
    }
  }

  /** The bound addresses. */
  get addresses(): Addresses {
    const addresses: Addresses = {};
    if (this.#udp) addresses.udp = this.#udp.local;
    if (this.#tcp?.local) addresses.tcp = this.#tcp.local;
    if (this.#tls?.local) addresses.tls = this.#tls.local;
    if (this.#ws?.local) addresses.ws = this.#ws.local;
    return addresses;
  }

  /** What transports requests can leave on, the preferred first. */
  get usable(): TransportName[] {
    return [
      ...(this.#udp ? ['udp' as const] : []),
      ...(this.#tcp ? ['tcp' as const] : []),
      ...(this.#tls ? ['tls' as const] : []),
      ...(this.#ws ? ['ws' as const] : []),
    ];
  }

  /**
   * The flow for a request of about `size` bytes to `uri`, trying the hops of RFC 3263 in turn.
   * Rejects when the name does not resolve, no hop can be connected, or the transport is not ours.
   */
  async flowTo(uri: SipUri, size: number): Promise<Flow> {
    let last: unknown = new Error('no hop');
    for (const hop of await resolve(uri, this.usable, this.context.clock, this.#dns)) {
      try {
        return await this.#connect(hop, size);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  /** As `flowTo`, for a UDP peer already known: switches a large request to TCP if the peer takes it (SUB-19). */
  flowFor(flow: Flow, size: number): Promise<Flow> {
    if (flow.transport !== 'udp') return Promise.resolve(flow);
    return this.#connect({ transport: 'udp', ...flow.remote }, size);
  }

  /**
   * Sends a response where RFC 3261 §18.2.2 wants it: back over the connection the request came on, else to the
   * address of the top Via.
   */
  respond(response: SipResponse, flow: Flow, failed: (error: Error) => void = () => {}): void {
    const bytes = serializeOnce(response);
    if (flow.transport === 'udp' || !flow.closed) {
      flow.send(bytes, failed);
      return;
    }
    // "If that connection is no longer open, the server SHOULD open a connection to the IP address in the "received"
    // parameter, if present, using the port in the "sent-by" value". A browser cannot be called back.
    const via = topVia(response.headers);
    const streams = flow.transport === 'tcp' ? this.#tcp : flow.transport === 'tls' ? this.#tls : undefined;
    if (!via || !streams) {
      failed(new Error('connection closed'));
      return;
    }
    const name = unbracketed(via.host);
    const host = via.params.get('received') ?? name;
    const named = flow.transport === 'tls' && name !== host && { name };
    streams.flowTo({ host, port: via.port ?? DEFAULT_PORTS[flow.transport], ...named }).then(
      (other) => other.send(bytes, failed),
      (error: Error) => failed(error),
    );
  }

  /** A connection of an HTTP server that is not ours asks for SIP over WebSocket; it is answered here. */
  upgrade(asked: SipUpgrade): void {
    if (this.#ws && this.#sharedWs) this.#ws.upgrade(asked);
    else refuseUpgrade(asked.socket, '404 Not Found', 'no SIP over WebSocket here');
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp?.close(), this.#tcp?.close(), this.#tls?.close(), this.#ws?.close()]);
  }

  async #bind({ udp, tcp, tls, ws, sharedWs = false, streams }: TransportOptions): Promise<void> {
    const receiver = this.#receiver();
    this.#sharedWs = sharedWs;
    if (ws || sharedWs) this.#ws = new WsTransport(this.context, receiver);
    if (ws) await this.#ws?.bind(ws).catch(failedAt('ws'));
    if (tls) {
      const secure = tlsStreams(tls, this.context);
      this.#tls = tls.listen
        ? await StreamTransport.bind(tls.listen, this.context, receiver, secure).catch(failedAt('tls'))
        : new StreamTransport(this.context, receiver, secure);
    }
    for (let attempt = 1; ; attempt++) {
      if (tcp) this.#tcp = await StreamTransport.bind(tcp, this.context, receiver, streams).catch(failedAt('tcp'));
      if (!udp) return;
      // One port for both, so that a URI without a transport parameter reaches us either way.
      const shared = udp.port === 0 && tcp?.port === 0 && this.#tcp?.local;
      try {
        const address = shared ? { host: udp.host, port: shared.port } : udp;
        this.#udp = await UdpTransport.bind(address, this.context, receiver).catch(failedAt('udp'));
        return;
      } catch (error) {
        if (!shared || attempt === BIND_ATTEMPTS || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        await this.#tcp?.close();
      }
    }
  }

  async #connect(hop: Hop, size: number): Promise<Flow> {
    switch (hop.transport) {
      case 'udp':
        if (this.#udp) return this.#datagramOrTcp(this.#udp, hop, size);
        break;
      case 'tcp':
        if (this.#tcp) return this.#tcp.flowTo(hop);
        break;
      case 'tls':
        if (this.#tls) return this.#tls.flowTo(hop);
        break;
      case 'ws':
        if (this.#ws) return this.#ws.flowTo(hop);
        break;
      default:
        break;
    }
    throw new UnsupportedTransport(hop.transport);
  }

  /**
   * RFC 3261 §18.1.1: "If a request is within 200 bytes of the path MTU, or if it is larger than 1300 bytes and the path
   * MTU is unknown, the request MUST be sent using an RFC 2914 congestion controlled transport protocol, such as TCP.
   * … If an attempt to open a connection fails, … the client SHOULD retry the request, using UDP."
   */
  async #datagramOrTcp(udp: UdpTransport, hop: Hop, size: number): Promise<Flow> {
    const key = endpointKey(hop);
    const datagram = udp.flowTo({ host: hop.host, port: hop.port });
    const probing = this.#probes.get(key);
    // Requests behind a large one wait for it, or they would overtake it and their CSeq be out of order.
    if (probing) return size > MAX_DATAGRAM ? probing : probing.then(() => datagram);
    if (size <= MAX_DATAGRAM || !this.#tcp || (this.#withoutTcp.get(key) ?? 0) > this.context.clock.now())
      return datagram;
    const probe = this.#tcp
      .flowTo(hop, PROBE_TIMEOUT)
      .catch(() => {
        this.#remember(key);
        return datagram;
      })
      .finally(() => this.#probes.delete(key));
    this.#probes.set(key, probe);
    return probe;
  }

  #remember(key: string): void {
    const oldest = this.#withoutTcp.keys().next();
    if (this.#withoutTcp.size >= PROBE_ENTRIES && !oldest.done) this.#withoutTcp.delete(oldest.value);
    this.#withoutTcp.delete(key);
    this.#withoutTcp.set(key, this.context.clock.now() + PROBE_MEMORY);
  }

  #receiver(): Receiver {
    return {
      message: (message, flow, octets) => this.#received(message, flow, octets),
      refused: (failure, flow) => this.#refused(failure, flow),
      closed: (flow) => void this.emit('closed', flow),
    };
  }

  #received(message: SipMessage, flow: Flow, octets: Buffer): void {
    this.context.received(flow, octets);
    if (message.kind === 'response') {
      this.emit('response', message, flow, octets.length);
      return;
    }
    stampVia(message, flow);
    this.emit('request', message, flow, octets.length);
  }

  #refused({ message, status, reason }: ParseFailure, flow: Flow): void {
    this.context.log.debug({ reason, remote: flow.remote }, 'SIP message refused');
    // RFC 3261 §18.3: a bad response is discarded, a bad request answered 400.
    if (message?.kind !== 'request' || !isAnswerable(message)) return;
    stampVia(message, flow);
    try {
      this.respond(createResponse(message, status, { reason, toTag: randomBytes(8).toString('hex') }), flow);
    } catch (error) {
      this.context.log.debug({ error }, 'the refused message cannot be answered either');
    }
  }
}

/** Says of Node's error which listener could not be had. */
const failedAt =
  (listener: keyof Addresses) =>
  (error: Error): never => {
    throw Object.assign(error, { listener });
  };

/** The URI wants a transport this endpoint does not have. */
export class UnsupportedTransport extends Error {
  constructor(transport: string) {
    super(`requested protocol/transport not available: ${transport}`);
    this.name = 'UnsupportedTransport';
  }
}

/** The Via transport token as a flow name; undefined for one we do not know. */
export function viaTransport(token: string): TransportName | undefined {
  const name = token.toLowerCase();
  return isTransportName(name) ? name : undefined;
}

/**
 * RFC 3261 §18.2.1: if the sent-by host differs from the source address, "the server MUST add a "received" parameter";
 * RFC 3581 §4: with `rport`, "the server MUST set the value of the parameter to the source port" (and add received).
 */
function stampVia(request: SipRequest, flow: Flow): void {
  const via = topVia(request.headers);
  if (!via) return;
  const source = flow.remote.host.replace(/^::ffff:(?=\d)/, '');
  const wantsPort = via.params.has('rport');
  via.params.delete('received');
  if (unbracketed(via.host) !== source) via.params.set('received', source);
  if (wantsPort || flow.transport === 'udp') via.params.set('rport', String(flow.remote.port));
  replaceTopVia(request.headers, via);
}

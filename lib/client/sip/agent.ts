import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import {
  bracketed,
  EMPTY,
  type Flow,
  formatNameAddr,
  Headers,
  type NextHop,
  parseUri,
  randomToken,
  type SipRequest,
  type SipResponse,
  type SipUri,
  type StreamFactory,
  TransactionLayer,
  TransportLayer,
} from '../../embedded-drachtio/sip.js';
import type { Clock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type { Logger } from '../../util/log.js';
import { userPart } from '../roster.js';
import type { Credentials } from '../../msrp/index.js';
import { SipAuthentication } from './authentication.js';
import type { Call } from './signalling.js';

/** What SIP goes over. */
export type SipTransport = 'udp' | 'tcp' | 'tls';

export interface SipAgentOptions {
  /** Where requests outside dialogs go: a proxy, or the room's server itself. Host without brackets. */
  proxy: { host: string; port: number };
  /** `udp` means: for what fits into a datagram (RFC 3261 §18.1.1). */
  transport: SipTransport;
  /** PEM of the authorities that vouch for servers, over TLS. @defaultValue those of Node */
  ca?: string | undefined;
  /** In place of UDP and TCP; the proxy's host is numeric then, and ours the same. @defaultValue the sockets of Node */
  streams?: StreamFactory | undefined;
  /** For rooms and proxies that ask for a password. @defaultValue none: they refuse us */
  credentials?: Credentials | undefined;
  clock: Clock;
  log: Logger;
}

export interface FinalResponse {
  /** What was answered: with the credentials that were asked for meanwhile. */
  request: SipRequest;
  response: SipResponse;
  flow: Flow;
}

export interface NewRequest {
  method: string;
  uri: string;
  callId: string;
  localTag: string;
  headers: Iterable<readonly [string, string]>;
  body?: Buffer;
}

/** Methods we answer other than with 405. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, UPDATE';

function unreachable(where: string, cause: unknown): ChatroomsError {
  const refused = cause instanceof Error && cause.message.includes('ECONNREFUSED');
  const detail = refused ? 'nobody listens there' : cause instanceof Error ? cause.message : String(cause);
  const text = `the SIP server ${where} cannot be reached: ${detail}; is it running? proxy (--proxy HOST:PORT) names another`;
  return new ChatroomsError('CHAT_ERR_SIP_UNREACHABLE', text, { cause });
}

/** What Node says of a certificate that it does not believe: `DEPTH_ZERO_SELF_SIGNED_CERT`, `ERR_TLS_CERT_ALTNAME_INVALID`, … */
const DISBELIEVED = /CERT|ISSUER|SIGNATURE/;

/** A SIP server that cannot be reached over TLS: mostly one whose certificate nobody vouches for. */
function insecure(where: string, cause: unknown): ChatroomsError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (!DISBELIEVED.test(code)) return unreachable(where, cause);
  const hint = 'name its host as the certificate does, and with --ca (option ca) the authority behind it, in PEM';
  const text = `the certificate of the SIP server ${where} is not to be trusted: ${message}; ${hint}`;
  return new ChatroomsError('CHAT_ERR_SIP_UNREACHABLE', text, { cause });
}

/** The sockets and transactions of one small user agent, and the headers all its requests share. */
export class SipAgent {
  readonly call: Call;
  readonly clock: Clock;
  readonly transactions: TransactionLayer;
  readonly authentication: SipAuthentication;
  /** Address and port others reach us at. */
  readonly local: { host: string; port: number };
  /** Our Contact, angle brackets included. */
  readonly contact: string;
  readonly #transport: TransportLayer;
  readonly #next: NextHop;
  readonly #where: string;
  readonly #probe: Way;

  /** @throws ChatroomsError `CHAT_ERR_SIP_UNREACHABLE` */
  static async open(call: Call, options: SipAgentOptions): Promise<SipAgent> {
    const { proxy, transport, streams, clock, log } = options;
    if (transport === 'tls' && !streams) return SipAgent.#openSecure(call, options);
    const where = `${bracketed(proxy.host)}:${proxy.port}`;
    try {
      const address = streams ? proxy.host : await resolve(proxy.host);
      const udp = transport === 'udp' && !streams;
      const probe = streams ? besideTheNetwork(address) : await Probe.towards(address, proxy.port, udp);
      const endpoint = { host: probe.localAddress, port: 0 };
      const layer = await TransportLayer.listen({
        ...(udp ? { udp: endpoint } : {}),
        // RFC 3261 §18: large requests come by TCP, whatever we prefer
        tcp: endpoint,
        ...(streams ? { streams } : {}),
        clock,
        log,
      });
      const { udp: datagrams, tcp = endpoint } = layer.addresses;
      const local = { host: probe.localAddress, port: (datagrams ?? tcp).port };
      const suffix = udp ? '' : ';transport=tcp';
      const next = uriOf(`sip:${bracketed(address)}:${proxy.port}${suffix}`);
      return new SipAgent(call, options, layer, { way: probe, local, suffix, next });
    } catch (cause) {
      throw unreachable(where, cause);
    }
  }

  /**
   * Over TLS there is one connection, which the room's requests come by as well: whoever has no certificate cannot listen. It
   * is opened at once, since only then our Contact is known.
   */
  static async #openSecure(call: Call, options: SipAgentOptions): Promise<SipAgent> {
    const { proxy, ca, clock, log } = options;
    const where = `${bracketed(proxy.host)}:${proxy.port}`;
    const client = createSecureContext({ ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' });
    const layer = await TransportLayer.listen({ tls: { credentials: { client } }, clock, log });
    try {
      const next = uriOf(`sip:${where};transport=tls`);
      const { local } = await layer.flowTo(next, 0);
      return new SipAgent(call, options, layer, {
        way: besideTheNetwork(local.host),
        local,
        suffix: ';transport=tls',
        next,
      });
    } catch (cause) {
      await layer.close();
      throw insecure(where, cause);
    }
  }

  private constructor(call: Call, options: SipAgentOptions, transport: TransportLayer, place: Place) {
    const { proxy, clock } = options;
    const { way, local, suffix, next } = place;
    this.call = call;
    this.clock = clock;
    this.#transport = transport;
    this.#probe = way;
    this.#where = `${bracketed(proxy.host)}:${proxy.port}`;
    this.transactions = new TransactionLayer(transport);
    this.authentication = new SipAuthentication(options.credentials);
    this.local = local;
    // RFC 3261 §8.1.1.8: "If the Request-URI … contains a SIPS URI, the Contact header field MUST contain a SIPS URI as well."
    const scheme = /^sips:/i.test(call.room) ? 'sips' : 'sip';
    this.contact = `<${scheme}:${userPart(call.from)}@${bracketed(local.host)}:${local.port}${suffix}>`;
    this.#next = { uri: next };
  }

  /** Where requests outside dialogs go. */
  get next(): NextHop {
    return this.#next;
  }

  /** Calls back once if the network says that nobody listens there; silence proves nothing. */
  onRefused(refused: (error: ChatroomsError) => void): void {
    this.#probe.onRefused((cause) => refused(this.unreachable(cause)));
  }

  /** A request could not be sent. */
  unreachable(cause: unknown): ChatroomsError {
    return unreachable(this.#where, cause);
  }

  /** No answer came in time. */
  timedOut(): ChatroomsError {
    return new ChatroomsError(
      'CHAT_ERR_SIP_TIMEOUT',
      `the SIP server ${this.#where} does not answer; proxy (--proxy HOST:PORT) names another`,
    );
  }

  /** A request that begins a dialog. */
  createRequest({ method, uri, callId, localTag, headers, body = EMPTY }: NewRequest): SipRequest {
    const { from, displayName, anonymous } = this.call;
    const fields = new Headers([
      ['Max-Forwards', '70'],
      ['From', formatNameAddr({ displayName, uri: from, params: new Map([['tag', localTag]]) })],
      ['To', `<${uri}>`],
      ['Call-ID', callId],
      ['CSeq', `1 ${method}`],
      ['Contact', this.contact],
      ['Allow', ALLOW],
      ['User-Agent', 'drachtio-chatroom'],
    ]);
    // 7701-5.2-09: "or request privacy (Privacy header) from a trusted focus"
    if (anonymous) fields.add('Privacy', 'id');
    for (const [name, value] of headers) fields.add(name, value);
    return { kind: 'request', method, uri, headers: fields, body };
  }

  newCallId(): string {
    return randomToken();
  }

  newTag(): string {
    return randomToken();
  }

  /**
   * Sends a request other than INVITE, with a password if that is asked for.
   * @returns its final response, whatever it says
   * @throws ChatroomsError `CHAT_ERR_SIP_TIMEOUT`, `CHAT_ERR_SIP_UNREACHABLE`
   */
  send(request: SipRequest, next: NextHop = this.#next): Promise<FinalResponse> {
    return new Promise((resolve, reject) => {
      this.transactions
        .request(request, next)
        .on('response', (response, flow) => {
          if (response.status < 200) return;
          const again = this.authentication.retry(request, response);
          if (again) this.send(again, next).then(resolve, reject);
          else resolve({ request, response, flow });
        })
        .on('timeout', () => reject(this.timedOut()))
        .on('transportError', (error) => reject(this.unreachable(error)));
    });
  }

  /** The proxy has answered: it is there. */
  answered(): void {
    this.#probe.close();
  }

  close(): void {
    this.#probe.close();
    this.transactions.close();
    // nobody waits for sockets to close; what they still hold has been given up
    this.#transport.close().catch(() => {});
  }
}

/** Where an agent stands, and which way its requests go. */
interface Place {
  way: Way;
  local: { host: string; port: number };
  /** Parameters of its Contact. */
  suffix: string;
  next: SipUri;
}

function uriOf(text: string): SipUri {
  const uri = parseUri(text);
  if (!uri) throw new Error(`${text} is not an address`);
  return uri;
}

/** The address to try for a host, IPv4 first: a server on `localhost` mostly listens there. */
async function resolve(host: string): Promise<string> {
  const addresses = await lookup(host, { all: true, verbatim: false });
  const [first] = addresses;
  if (!first) throw new Error(`${host} has no address`);
  return first.address;
}

/** The way to the server, as far as the network tells. */
interface Way {
  readonly localAddress: string;
  /** Calls back when nobody listens there. */
  onRefused(listener: (error: Error) => void): void;
  close(): void;
}

/** Streams that are no sockets say themselves whether somebody is there. */
const besideTheNetwork = (localAddress: string): Way => ({ localAddress, onRefused: () => {}, close: () => {} });

/**
 * A UDP socket connected to the server: it tells which of our addresses the server sees, and, as a connected one, hears of
 * ICMP "port unreachable". It sends one keep-alive (RFC 5626 §3.5.1), which SIP servers ignore.
 */
class Probe implements Way {
  readonly localAddress: string;
  readonly #socket: Socket;
  #refused: Error | undefined;
  #listener: ((error: Error) => void) | undefined;
  #closed = false;

  static towards(address: string, port: number, ask: boolean): Promise<Probe> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.connect(port, address, () => {
        socket.removeAllListeners('error');
        const probe = new Probe(socket);
        if (ask) socket.send('\r\n\r\n');
        resolve(probe);
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.localAddress = socket.address().address;
    socket.on('error', (error) => {
      this.#refused ??= error;
      this.#listener?.(error);
      this.close();
    });
  }

  onRefused(listener: (error: Error) => void): void {
    if (this.#refused) listener(this.#refused);
    else this.#listener = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

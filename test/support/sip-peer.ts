import { randomUUID } from 'node:crypto';
import {
  type ClientTransaction,
  Dialog,
  formatUri,
  Headers,
  type NextHop,
  parseUri,
  randomToken,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  TransactionLayer,
  TransportLayer,
  type TransportOptions,
} from '../../lib/embedded-drachtio/sip.js';
import { onFreePort } from './free-port.js';

export interface PeerRequestOptions {
  headers?: [string, string][];
  body?: Buffer | string;
}

/** What it listens for. */
export type PeerTransport = 'udp' | 'tcp' | 'tls' | 'ws';

/** A SIP user agent for tests, made of the stack's lower layers alone. */
export class SipPeer {
  readonly #inbox: ServerTransaction[] = [];
  readonly #waiting: ((transaction: ServerTransaction) => void)[] = [];
  /** Those to 2xx that have arrived, each once. */
  readonly acks: SipRequest[] = [];
  /** Where all requests go, whatever their URI says; an outbound proxy. */
  proxy: string | undefined;
  #ackWaiting: (() => void)[] = [];

  private constructor(
    readonly transport: TransportLayer,
    readonly transactions: TransactionLayer,
    private readonly name: PeerTransport,
  ) {
    transactions.on('request', (transaction) => {
      const waiter = this.#waiting.shift();
      if (waiter) waiter(transaction);
      else this.#inbox.push(transaction);
    });
    transactions.on('ack', (ack) => {
      // Who is late with its ACK gets the 2xx again, and acknowledges that too (RFC 3261 §13.2.2.4).
      if (this.acks.some((other) => isAgain(ack, other))) return;
      this.acks.push(ack);
      for (const waiter of this.#ackWaiting.splice(0)) waiter();
    });
  }

  /** @param options over TLS with `tls`, which says where to listen, too */
  static async start(name: PeerTransport = 'udp', options: TransportOptions = {}): Promise<SipPeer> {
    const transport = await listen(name, options);
    return new SipPeer(transport, new TransactionLayer(transport), name);
  }

  /** `sip:alice@127.0.0.1:port`, with `;transport=tcp` where due. */
  get uri(): string {
    const { port } = this.transport.addresses[this.name] ?? { port: 0 };
    return `sip:alice@127.0.0.1:${port}${this.name === 'udp' ? '' : `;transport=${this.name}`}`;
  }

  /** Requests that have arrived and were not asked for. */
  get unread(): number {
    return this.#inbox.length;
  }

  /** The next request that arrives, or has arrived. */
  next(): Promise<ServerTransaction> {
    const transaction = this.#inbox.shift();
    return transaction ? Promise.resolve(transaction) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when `count` ACKs to 2xx have arrived in all. */
  async acked(count: number): Promise<void> {
    while (this.acks.length < count) await new Promise<void>((resolve) => this.#ackWaiting.push(resolve));
  }

  compose(method: string, uri: string, { headers = [], body = '' }: PeerRequestOptions = {}): SipRequest {
    const all = new Headers([
      ['Max-Forwards', '70'],
      ['From', `<${this.uri}>;tag=${randomToken()}`],
      ['To', `<${uri}>`],
      ['Call-ID', randomUUID()],
      ['CSeq', `1 ${method}`],
      ['Contact', `<${this.uri}>`],
    ]);
    for (const [name, value] of headers) all.set(name, value);
    return { kind: 'request', method, uri, headers: all, body: Buffer.from(body) };
  }

  send(request: SipRequest, dialog?: Dialog): ClientTransaction {
    return this.transactions.request(request, this.#hop(request, dialog));
  }

  #hop(request: SipRequest, dialog?: Dialog): NextHop {
    if (this.proxy === undefined && dialog) return dialog.nextHop();
    const uri = parseUri(this.proxy ?? request.uri);
    if (!uri) throw new Error(`not a SIP URI: ${this.proxy ?? request.uri}`);
    return { uri };
  }

  /** Sends in or out of a dialog and resolves with the final response. */
  exchange(request: SipRequest, dialog?: Dialog): Promise<SipResponse> {
    return finalOf(this.send(request, dialog));
  }

  /** INVITE, 200, ACK. */
  async call(uri: string, options: PeerRequestOptions = {}): Promise<{ dialog: Dialog; response: SipResponse }> {
    return this.invite(this.compose('INVITE', uri, options));
  }

  /** SUBSCRIBE, 2xx; NOTIFYs arrive at `next`. */
  async subscribe(uri: string, headers: [string, string][]): Promise<{ dialog: Dialog; response: SipResponse }> {
    const request = this.compose('SUBSCRIBE', uri, { headers });
    const transaction = this.send(request);
    const response = await finalOf(transaction);
    if (response.status > 299 || !transaction.flow) throw new Error(`SUBSCRIBE: ${response.status} ${response.reason}`);
    return { dialog: Dialog.fromResponse(request, response, transaction.flow), response };
  }

  /** As `call`, with an INVITE made before; `answer` to the offer of the 200 goes into the ACK. */
  async invite(request: SipRequest, answer?: string): Promise<{ dialog: Dialog; response: SipResponse }> {
    const transaction = this.send(request);
    const response = await finalOf(transaction);
    if (response.status !== 200 || !transaction.flow) throw new Error(`INVITE: ${response.status} ${response.reason}`);
    const dialog = Dialog.fromResponse(request, response, transaction.flow);
    await this.acknowledge(request, dialog, answer);
    return { dialog, response };
  }

  /** ACK to the 2xx of `invite`. */
  async acknowledge(invite: SipRequest, dialog: Dialog, answer?: string): Promise<void> {
    const sdp = {
      headers: [['Content-Type', 'application/sdp']] as [string, string][],
      body: Buffer.from(answer ?? ''),
    };
    const ack = dialog.createAck(invite, answer === undefined ? {} : sdp);
    await this.transactions.acknowledge(ack, this.#hop(ack, dialog));
  }

  async close(): Promise<void> {
    this.transactions.close();
    await this.transport.close();
  }
}

const isAgain = ({ headers }: SipRequest, { headers: before }: SipRequest): boolean =>
  ['Call-ID', 'From', 'To', 'CSeq'].every((name) => headers.get(name) === before.get(name));

/**
 * Who is reached over UDP is sent what is large over TCP, if somebody takes it (RFC 3261 §18.1.1): there is to be nobody at
 * the TCP port of the same number.
 */
function listen(name: PeerTransport, options: TransportOptions): Promise<TransportLayer> {
  const on = (port: number): Promise<TransportLayer> => {
    const listener = name === 'tls' ? {} : { [name]: { host: '127.0.0.1', port } };
    return TransportLayer.listen({ ...listener, ...options });
  };
  return name === 'udp' && !options.udp ? onFreePort(on) : on(0);
}

/** The final response; rejects on a time-out or a transport error. */
export function finalOf(transaction: ClientTransaction): Promise<SipResponse> {
  return new Promise((resolve, reject) => {
    transaction.on('response', (response) => {
      if (response.status >= 200) resolve(response);
    });
    transaction.on('timeout', () => reject(new Error('timeout')));
    transaction.on('transportError', reject);
  });
}

/** The URI of a listener, with a transport parameter unless it is UDP. */
export const listenerUri = (user: string, { host, port }: { host: string; port: number }, transport = 'udp'): string =>
  formatUri({
    scheme: 'sip',
    user,
    host,
    port,
    params: new Map(transport === 'udp' ? [] : [['transport', transport]]),
    headers: undefined,
  });

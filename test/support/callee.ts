import {
  Dialog,
  Headers,
  randomToken,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type TransportOptions,
} from '../../lib/embedded-drachtio/sip.js';
import { CHATROOM, lines, newPath } from './caller.js';
import { FakeMsrpPeer, type Frame } from './fake-msrp-peer.js';
import { finalOf, SipPeer } from './sip-peer.js';

type HeaderLines = [string, string][];

/** SDP answer of a plain RFC 7701 client to the offer of a room. */
export const answer = (
  path: string,
  setup: 'active' | 'passive' = 'active',
  attributes: string[] = [CHATROOM],
): string =>
  lines(
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=message ${/:(\d+)\//.exec(path)?.[1]} TCP/MSRP *`,
    `a=path:${path}`,
    'a=accept-types:message/cpim text/plain',
    'a=accept-wrapped-types:*',
    `a=setup:${setup}`,
    ...attributes,
  );

/** The SDP in an INVITE, whether or not it comes with a list. */
export const sdpOf = (invite: SipRequest): string => /v=0[\s\S]*?(?=\r\n--|$)/.exec(invite.body.toString())?.[0] ?? '';

/** Path of the room in its offer. */
export const pathIn = (sdp: string): string => /^a=path:(\S+)/m.exec(sdp)?.[1] ?? '';

/** Those whom a room calls: the outbound proxy of the server under test, behind which they all are. */
export class Callees {
  /** CANCELs that came, with what they were for. */
  readonly cancels: SipRequest[] = [];
  readonly #cancelled: ((cancel: SipRequest) => void)[] = [];

  private constructor(readonly sip: SipPeer) {
    sip.transactions.on('cancel', ({ request }) => {
      const waiting = this.#cancelled.shift();
      if (waiting) waiting(request);
      else this.cancels.push(request);
    });
  }

  static async start(transport: 'udp' | 'tcp' | 'tls' = 'udp', options: TransportOptions = {}): Promise<Callees> {
    return new Callees(await SipPeer.start(transport, options));
  }

  /** For the option `outboundProxy`. */
  get proxy(): string {
    return this.sip.uri.replace('alice@', '');
  }

  /** The next INVITE. */
  async invited(): Promise<Invited> {
    for (;;) {
      const transaction = await this.sip.next();
      if (transaction.request.method === 'INVITE') return new Invited(this.sip, transaction);
      transaction.reply(200);
    }
  }

  /** The next CANCEL. */
  cancelled(): Promise<SipRequest> {
    const cancel = this.cancels.shift();
    return cancel ? Promise.resolve(cancel) : new Promise((resolve) => this.#cancelled.push(resolve));
  }

  /** The next request that is no INVITE, answered 200. */
  async request(): Promise<SipRequest> {
    const transaction = await this.sip.next();
    transaction.reply(200);
    return transaction.request;
  }

  close(): Promise<void> {
    return this.sip.close();
  }
}

/** One INVITE of the room, at whom it was for. */
export class Invited {
  readonly tag = randomToken();

  constructor(
    private readonly sip: SipPeer,
    private readonly transaction: ServerTransaction,
  ) {}

  get request(): SipRequest {
    return this.transaction.request;
  }

  header(name: string): string | undefined {
    return this.request.headers.get(name);
  }

  get sdp(): string {
    return sdpOf(this.request);
  }

  /** Any response without body. */
  reply(status: number, headers: HeaderLines = [], reason?: string): void {
    this.transaction.reply(status, { toTag: this.tag, headers, ...(reason !== undefined && { reason }) });
  }

  /** 200, and what the room answers to it is the ACK. */
  async accept(body: string, headers: HeaderLines = [], tag = this.tag): Promise<Callee> {
    const acks = this.sip.acks.length;
    const contact: HeaderLines = [['Contact', `<${this.sip.uri}>`]];
    const all: HeaderLines = [...contact, ['Content-Type', 'application/sdp'], ...headers];
    const records = this.request.headers
      .getAll('Record-Route')
      .map((value): [string, string] => ['Record-Route', value]);
    this.transaction.reply(200, { toTag: tag, headers: [...records, ...all], body: Buffer.from(body) });
    const response = this.#response(tag);
    await this.sip.acked(acks + 1);
    return new Callee(this.sip, Dialog.fromRequest(this.request, response, this.transaction.flow), this.sdp);
  }

  /** As `accept`, with a session that connects to the room and is bound. */
  async join(): Promise<Callee> {
    const path = newPath();
    const callee = await this.accept(answer(path));
    await callee.connect(path);
    return callee;
  }

  get over(): boolean {
    return this.transaction.answered;
  }

  #response(tag: string): SipResponse {
    const headers = new Headers([['To', `${this.header('To') ?? ''};tag=${tag}`]]);
    return { kind: 'response', status: 200, reason: 'OK', headers, body: Buffer.alloc(0) };
  }
}

/** Who accepted: one dialog, and a session once connected. */
export class Callee {
  msrp!: FakeMsrpPeer;

  constructor(
    private readonly sip: SipPeer,
    readonly dialog: Dialog,
    private readonly offer: string,
  ) {}

  /** Connects to the room, as the active side, and binds the session. */
  async connect(path: string): Promise<Frame> {
    this.msrp = await FakeMsrpPeer.connect(pathIn(this.offer), path);
    this.msrp.send(undefined, { range: '1-0/0' });
    return this.msrp.frameOf('200');
  }

  /** A request of his in the dialog. */
  async request(method: string, headers: HeaderLines = [], body = ''): Promise<SipResponse> {
    const extra: HeaderLines = [['Contact', `<${this.sip.uri}>`], ...headers];
    const request = this.dialog.createRequest(method, { headers: extra, body: Buffer.from(body) });
    const response = await finalOf(this.sip.send(request, this.dialog));
    if (method === 'INVITE' && response.status < 300) await this.sip.acknowledge(request, this.dialog);
    return response;
  }

  async bye(): Promise<void> {
    await this.request('BYE');
    await this.msrp?.close();
  }
}

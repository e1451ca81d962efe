import type { ConnectionOptions } from 'node:tls';
import type { ClientTransaction, Dialog, SipRequest, SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { FakeMsrpPeer, type Frame } from './fake-msrp-peer.js';
import type { ServerUnderTest } from './server.js';
import { finalOf, type PeerRequestOptions, SipPeer } from './sip-peer.js';

/** What is called: where it is, and who tidies up. */
export type CalledServer = Pick<ServerUnderTest, 'proxy' | 'onClose'>;

let sessions = 0;

/** MSRP URI of a session of ours to which nobody will connect. */
export const newPath = (port = 9, scheme: 'msrp' | 'msrps' = 'msrp'): string =>
  `${scheme}://127.0.0.1:${port}/call${++sessions}aB9;tcp`;

export interface OfferOptions {
  path?: string;
  setup?: 'active' | 'passive' | 'actpass';
  /** Attribute lines of the message line, without those above. */
  attributes?: string[];
  /** @defaultValue as the scheme of `path` says */
  proto?: 'TCP/MSRP' | 'TCP/TLS/MSRP';
}

export const CHATROOM = 'a=chatroom:nickname private-messages';

/** SDP of a plain RFC 7701 client. */
export function offer({
  path = newPath(),
  setup = 'active',
  attributes = [CHATROOM],
  proto,
}: OfferOptions = {}): string {
  const transport = proto ?? (path.startsWith('msrps:') ? 'TCP/TLS/MSRP' : 'TCP/MSRP');
  return lines(
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=message ${/:(\d+)\//.exec(path)?.[1]} ${transport} *`,
    `a=path:${path}`,
    'a=accept-types:message/cpim text/plain',
    'a=accept-wrapped-types:*',
    `a=setup:${setup}`,
    ...attributes,
  );
}

export const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`;

export interface CallOptions extends PeerRequestOptions {
  /** Address of record. @defaultValue `sip:caller@example.com` */
  uri?: string;
  transport?: 'udp' | 'tcp';
  /** Session URI named in `body`. */
  path?: string;
}

/** One endpoint made by hand: SIP requests and MSRP frames are those the test writes. */
export class Caller {
  private constructor(
    readonly sip: SipPeer,
    readonly dialog: Dialog,
    /** The 200 to the INVITE. */
    readonly response: SipResponse,
    readonly path: string,
  ) {}

  #ended = false;

  /** The connection of its MSRP session, once `connect` was called. */
  msrp!: FakeMsrpPeer;

  /** A user agent that sends all to the server. */
  static async agent(server: CalledServer, transport: 'udp' | 'tcp' = 'udp'): Promise<SipPeer> {
    const sip = await SipPeer.start(transport);
    sip.proxy = server.proxy(transport);
    server.onClose(() => sip.close());
    return sip;
  }

  /** INVITE, 200, ACK; no MSRP yet. */
  static async call(server: CalledServer, room: string, options: CallOptions = {}): Promise<Caller> {
    const { transport, path = newPath(), uri = 'sip:caller@example.com', headers = [], body } = options;
    const sip = await Caller.agent(server, transport);
    const invite = inviteFrom(sip, room, { uri, headers, body: body ?? offer({ path }) });
    const { dialog, response } = await sip.invite(invite);
    const caller = new Caller(sip, dialog, response, path);
    server.onClose(() => caller.close());
    // JOIN-17: the others see him once his ACK is there, and what comes after it comes later.
    await finalOf(caller.request('OPTIONS'));
    return caller;
  }

  /** As `call`, then the MSRP connection and the SEND that binds the session. */
  static async join(server: CalledServer, room: string, options: CallOptions = {}): Promise<Caller> {
    const caller = await Caller.call(server, room, options);
    await caller.connect();
    return caller;
  }

  /** Path of the room in its answer. */
  get roomPath(): string {
    return /^a=path:(\S+)/m.exec(this.response.body.toString())?.[1] ?? '';
  }

  /** @param tls of a session over TLS: its certificate */
  async connect(tls?: ConnectionOptions): Promise<Frame> {
    this.msrp = await FakeMsrpPeer.connect(this.roomPath, this.path, tls);
    this.msrp.send(undefined, { range: '1-0/0' });
    return this.msrp.frameOf('200');
  }

  /** Sends a SEND and resolves with its response; all that comes before it is dropped. */
  async exchange(body: string | undefined, options?: Parameters<FakeMsrpPeer['send']>[1]): Promise<Frame> {
    const tid = this.msrp.send(body, options);
    for (;;) {
      const frame = await this.msrp.frame();
      if (frame.tid === tid) return frame;
    }
  }

  /** A request in the INVITE dialog. */
  request(method: string, { headers, body = '' }: PeerRequestOptions = {}): ClientTransaction {
    const extra: [string, string][] = [['Contact', `<${this.sip.uri}>`], ...(headers ?? [])];
    const request = this.dialog.createRequest(method, { headers: extra, body: Buffer.from(body) });
    return this.sip.send(request, this.dialog);
  }

  async reinvite(body: string): Promise<SipResponse> {
    const headers: [string, string][] = [
      ['Contact', `<${this.sip.uri}>`],
      ['Content-Type', 'application/sdp'],
    ];
    const request = this.dialog.createRequest('INVITE', { headers, body: Buffer.from(body) });
    const response = await this.sip.exchange(request, this.dialog);
    if (response.status < 300) await this.sip.acknowledge(request, this.dialog);
    return response;
  }

  bye(): Promise<SipResponse> {
    this.#ended = true;
    return finalOf(this.request('BYE'));
  }

  /** The next request of the room, answered 200. */
  async answered(method: string): Promise<SipRequest> {
    const transaction = await this.sip.next();
    transaction.reply(200);
    if (method === 'BYE') this.#ended = true;
    expect(transaction.request.method).toBe(method);
    return transaction.request;
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.bye();
    await this.msrp?.close();
  }
}

export function inviteFrom(
  sip: SipPeer,
  room: string,
  { uri, headers = [], body }: { uri: string; headers?: [string, string][]; body: Buffer | string },
): SipRequest {
  const request = sip.compose('INVITE', room, {
    headers: [['Content-Type', 'application/sdp'], ...headers],
    body,
  });
  request.headers.set('From', (request.headers.get('From') ?? '').replace(/<[^>]*>/, `<${uri}>`));
  for (const [name, value] of headers) request.headers.set(name, value);
  return request;
}

/** message/cpim with one text. */
export const cpim = (from: string, to: string, text: string, extra: string[] = []): string =>
  [`From: <${from}>`, `To: <${to}>`, ...extra, '', 'Content-Type: text/plain;charset=utf-8', '', text].join('\r\n');

import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { EventLog } from '../../lib/client/testing.js';
import { ChatParticipant } from '../../lib/client/participant.js';
import type { Call, InviteAnswer, LocalSide, Signalling, SignallingDelegate } from '../../lib/client/sip/signalling.js';
import { type BrowserWebSocket, WebSocketTransport } from '../../lib/client/web/web-socket-transport.js';
import {
  createResponse,
  Headers,
  parseMessage,
  parseNameAddr,
  randomToken,
  serialize,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../lib/embedded-drachtio/sip.js';

const HOST = 'page.invalid';

/** SIP over a WebSocket as a page speaks it (RFC 7118): one call and one subscription, by hand. */
class PageSignalling implements Signalling {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #waiting = new Map<string, (response: SipResponse) => void>();
  #socket: WebSocket | undefined;
  #call: Call | undefined;
  #delegate: SignallingDelegate | undefined;
  /** Ours is of the dialog; theirs is known when it is there. */
  readonly #tag = randomToken();
  #onClosed: ((code: number) => void) | undefined;
  #remote = '';
  #target = '';
  #sequence = 0;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** RFC 6455 §7.1.5; resolves when the connection has ended. */
  readonly closed = new Promise<number>((resolve) => {
    this.#onClosed = resolve;
  });

  async open(call: Call, delegate: SignallingDelegate): Promise<LocalSide> {
    this.#call = call;
    this.#delegate = delegate;
    const socket = new WebSocket(this.#url, 'sip', this.#options);
    this.#socket = socket;
    socket.on('message', (bytes: Buffer) => this.#receive(bytes));
    socket.on('close', (code) => this.#onClosed?.(code));
    await once(socket, 'open');
    return { host: HOST };
  }

  async invite(offer: string): Promise<InviteAnswer> {
    const room = this.#call?.room ?? '';
    const response = await this.#ask('INVITE', room, [['Content-Type', 'application/sdp']], offer);
    const contact = parseNameAddr(response.headers.get('Contact') ?? '');
    this.#remote = response.headers.get('To') ?? '';
    this.#target = contact?.uri ?? '';
    const { sequence } = this.#request('ACK', this.#target, [], '', this.#remote, this.#sequence);
    this.#sequence = sequence;
    if (response.status !== 200) throw new Error(`${response.status} ${response.reason}`);
    return { sdp: response.body.toString(), contact: this.#target, isFocus: contact?.params.has('isfocus') ?? false };
  }

  async subscribe(): Promise<void> {
    const headers: [string, string][] = [
      ['Event', 'conference'],
      ['Accept', 'application/conference-info+xml'],
      ['Expires', '3600'],
    ];
    await this.#ask('SUBSCRIBE', this.#target, headers);
  }

  async bye(): Promise<void> {
    if (this.#remote !== '' && this.#socket?.readyState === WebSocket.OPEN) await this.#ask('BYE', this.#target, []);
  }

  close(): void {
    this.#socket?.close();
  }

  #ask(method: string, uri: string, headers: [string, string][], body = ''): Promise<SipResponse> {
    const { branch } = this.#request(method, uri, headers, body, this.#remote);
    return new Promise((resolve) => this.#waiting.set(branch, resolve));
  }

  #request(
    method: string,
    uri: string,
    headers: [string, string][],
    body: string,
    to: string,
    sequence = ++this.#sequence,
  ): { branch: string; sequence: number } {
    const { from = '', room = '' } = this.#call ?? {};
    const branch = `z9hG4bK${randomToken()}`;
    const request: SipRequest = {
      kind: 'request',
      method,
      uri,
      headers: new Headers([
        ['Via', `SIP/2.0/WS ${HOST};branch=${branch}`],
        ['Max-Forwards', '70'],
        ['From', `<${from}>;tag=${this.#tag}`],
        ['To', to || `<${room}>`],
        ['Call-ID', `page-${this.#tag}`],
        ['CSeq', `${sequence} ${method}`],
        ['Contact', `<sip:page-${this.#tag}@${HOST};transport=ws>`],
        ...headers,
      ]),
      body: Buffer.from(body),
    };
    this.#send(request);
    return { branch, sequence };
  }

  #send(message: SipMessage): void {
    this.#socket?.send(serialize(message).toString());
  }

  #receive(bytes: Buffer): void {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(parsed.reason);
    const { message } = parsed;
    if (message.kind === 'response') {
      const branch = /branch=([^;]+)/.exec(message.headers.get('Via') ?? '')?.[1] ?? '';
      if (message.status >= 200) this.#waiting.get(branch)?.(message);
      return;
    }
    this.#send(createResponse(message, 200));
    if (message.method === 'NOTIFY' && message.body.length > 0) {
      this.#delegate?.onConferenceInfo(message.body.toString());
    }
    if (message.method === 'BYE') this.#delegate?.onEnd({ kind: 'removed', text: 'BYE' });
  }
}

export interface PageOptions {
  /** `HOST:PORT` of the server as the page knows it. */
  at: string;
  /** The page came over TLS, and its WebSockets do. @defaultValue false */
  tls?: boolean;
  /** Of the page. @defaultValue that of `at` */
  origin?: string;
  /** Path of MSRP, as `/config.json` says it. */
  msrp?: string;
  /** Further headers, as a proxy adds them. */
  headers?: Record<string, string>;
}

export interface Page {
  participant: ChatParticipant;
  events: EventLog;
  /** Code with which the WebSocket of SIP ended. */
  sipClosed: Promise<number>;
  /** The same of MSRP. */
  msrpClosed: Promise<number>;
}

/** Somebody with our chat page open, who has joined: SIP and MSRP over WebSocket of one HTTP port. */
export async function openPage(room: string, user: string, options: PageOptions): Promise<Page> {
  const { at, tls = false, origin = `${tls ? 'https' : 'http'}://${at}`, msrp = '/msrp', headers } = options;
  const sent: ClientOptions = { origin, rejectUnauthorized: false, ...(headers && { headers }) };
  const server = `${tls ? 'wss' : 'ws'}://${at}`;
  const signalling = new PageSignalling(`${server}/sip`, sent);
  let onMsrpClosed: (code: number) => void;
  const msrpClosed = new Promise<number>((resolve) => {
    onMsrpClosed = resolve;
  });
  class PageSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, sent);
      this.on('close', (code) => onMsrpClosed(code));
    }
  }
  const participant = new ChatParticipant({
    uri: `sip:${user}@localhost`,
    signalling,
    transport: new WebSocketTransport({
      WebSocket: PageSocket as unknown as new (url: string, protocol: string) => BrowserWebSocket,
      url: ({ port }) => `${server}${msrp.replace('{port}', String(port))}`,
    }),
    ...(origin.startsWith('https:') && { secure: true }),
  });
  const events = new EventLog(participant);
  await participant.join(room);
  return { participant, events, sipClosed: signalling.closed, msrpClosed };
}

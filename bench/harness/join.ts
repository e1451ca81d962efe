import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Endpoint, Link } from './driver.js';
import { ROOM } from './rooms.js';
import { header, headers, type SipMessage, SipStream, writeSip } from './sip-message.js';

const ANSWER_TIMEOUT_MS = 20_000;

interface Invite {
  room: string;
  resolve: (response: SipMessage) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
  /** Sent again when the 200 comes again (RFC 3261 §13.2.2.4). */
  ack?: string;
}

/** A random identifier. */
export const token = (): string => randomBytes(8).toString('hex');
/** The URI of a header field with one address. */
export const uriOf = (value: string): string => /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0] ?? '';

/** Of a participant who connects. WebSocket is plain here, as the server has it on loopback: only the path tells (RFC 7977 §5.2.2). */
export function offer(ownPath: string, link: Link): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=message 9 ${link === 'tls' ? 'TCP/TLS/MSRP' : 'TCP/MSRP'} *`,
    `a=path:${ownPath}`,
    'a=accept-types:message/cpim text/plain',
    'a=accept-wrapped-types:*',
    'a=setup:active',
    'a=sendrecv',
    'a=chatroom:nickname private-messages',
    '',
  ].join('\r\n');
}

/** The SIP side of all participants, over one TCP connection: joins by INVITE, answers what the server asks. */
export class SipPeers {
  readonly #socket: Socket;
  readonly #stream = new SipStream();
  readonly #invites = new Map<string, Invite>();
  readonly #via: string;
  readonly #link: Link;

  private constructor(socket: Socket, link: Link) {
    this.#socket = socket;
    this.#link = link;
    this.#via = `SIP/2.0/TCP 127.0.0.1:${socket.localPort};branch=z9hG4bK`;
    socket.setNoDelay(true).setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      for (const message of this.#stream.take(chunk)) this.#receive(message);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const invite of this.#invites.values()) invite.reject(new Error('the SIP connection was closed'));
    });
  }

  static connect(port: number, link: Link): Promise<SipPeers> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new SipPeers(socket, link)));
      socket.once('error', reject);
    });
  }

  /** INVITE, 200, ACK for participant number `index`; what comes back is for the driver to bind. */
  async join(index: number, room = ROOM): Promise<Endpoint> {
    const from = `sip:p${index}@bench.invalid`;
    const scheme = this.#link === 'tls' ? 'msrps' : 'msrp';
    const ownPath = `${scheme}://127.0.0.1:9/${token()}${token()};${this.#link === 'ws' ? 'ws' : 'tcp'}`;
    const response = await this.#invite(index, room, from, ownPath);
    const peerPath = /^a=path:(\S+)/m.exec(response.body)?.[1];
    const address = /^msrps?:\/\/([^/:]+):(\d+)/.exec(peerPath ?? '');
    if (!peerPath || !address) throw new Error(`the answer to participant ${index} has no a=path:\n${response.body}`);
    return { link: this.#link, host: '127.0.0.1', port: Number(address[2]), ownPath, peerPath, room, from };
  }

  close(): void {
    this.#socket.destroy();
  }

  #invite(index: number, room: string, from: string, ownPath: string): Promise<SipMessage> {
    const callId = `${token()}@bench.invalid`;
    const request = [
      `INVITE ${room} SIP/2.0`,
      `Via: ${this.#via}${token()}`,
      'Max-Forwards: 70',
      `From: <${from}>;tag=${token()}`,
      `To: <${room}>`,
      `Call-ID: ${callId}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:p${index}@127.0.0.1:${this.#socket.localPort};transport=tcp>`,
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY',
      'Content-Type: application/sdp',
    ];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#invites.delete(callId);
        reject(new Error(`no final answer to the INVITE of participant ${index} after ${ANSWER_TIMEOUT_MS / 1000} s`));
      }, ANSWER_TIMEOUT_MS);
      this.#invites.set(callId, { room, resolve, reject, timer });
      this.#socket.write(writeSip(request, offer(ownPath, this.#link)));
    });
  }

  #receive(message: SipMessage): void {
    const [first = '', second = ''] = message.startLine.split(' ');
    if (first === 'SIP/2.0') this.#receiveResponse(message, Number(second));
    else if (first !== 'ACK') this.#answer(message, first);
  }

  #receiveResponse(response: SipMessage, status: number): void {
    const callId = header(response, 'call-id');
    const invite = this.#invites.get(callId);
    if (!invite || status < 200 || !header(response, 'cseq').endsWith(' INVITE')) return;
    const joined = status < 300;
    invite.ack ??= this.#ack(response, joined ? uriOf(header(response, 'contact')) : invite.room, joined);
    this.#socket.write(invite.ack);
    clearTimeout(invite.timer);
    if (joined) invite.resolve(response);
    else invite.reject(new Error(`joining was refused: ${response.startLine}`));
  }

  #ack(response: SipMessage, target: string, joined: boolean): string {
    // RFC 3261 §17.1.1.3: the ACK of a refusal has the Via and Request-URI of the INVITE; that of a 2xx is a request of its own.
    const via = joined ? `${this.#via}${token()}` : header(response, 'via');
    return writeSip([
      `ACK ${target} SIP/2.0`,
      `Via: ${via}`,
      'Max-Forwards: 70',
      ...headers(response, 'record-route')
        .toReversed()
        .map((route) => `Route: ${route}`),
      `From: ${header(response, 'from')}`,
      `To: ${header(response, 'to')}`,
      `Call-ID: ${header(response, 'call-id')}`,
      'CSeq: 1 ACK',
    ]);
  }

  /** OPTIONS, NOTIFY and BYE are answered 200; a change of the session is not for a bench. */
  #answer(request: SipMessage, method: string): void {
    this.#socket.write(
      writeSip([
        method === 'INVITE' ? 'SIP/2.0 488 Not Acceptable Here' : 'SIP/2.0 200 OK',
        ...headers(request, 'via').map((via) => `Via: ${via}`),
        `From: ${header(request, 'from')}`,
        `To: ${header(request, 'to')}`,
        `Call-ID: ${header(request, 'call-id')}`,
        `CSeq: ${header(request, 'cseq')}`,
      ]),
    );
  }
}

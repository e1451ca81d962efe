import type { Socket } from 'node:net';
import { offer, token, uriOf } from '../harness/join.js';
import { header, headers, type SipMessage, writeSip } from '../harness/sip-message.js';
import { Knowledge } from './knowledge.js';
import { bindSession } from './msrp-session.js';
import type { SipLine } from './sip-line.js';

const ANSWER_TIMEOUT_MS = 20_000;

interface Wait<T> {
  resolve: (value: T) => void;
  timer: NodeJS.Timeout;
}

/** One who joins, watches and leaves, in one dialog. */
export class Participant {
  readonly uri: string;
  readonly callId = `${token()}@bench.invalid`;
  readonly knowledge = new Knowledge();
  /** From the first NOTIFY on. */
  watches = false;
  readonly #line: SipLine;
  readonly #from: string;
  readonly #contact: string;
  readonly #responses = new Map<string, Wait<SipMessage>>();
  #to: string;
  #target: string;
  #cseq = 0;
  #lastNotify = '';
  #ack = '';
  #session: Socket | undefined;
  #firstDocument: Wait<void> | undefined;

  constructor(room: string, index: number, line: SipLine) {
    this.uri = `sip:p${index}@bench.example`;
    this.#line = line;
    this.#from = `<${this.uri}>;tag=${token()}`;
    this.#contact = `<sip:p${index}@${line.contact}>`;
    this.#to = `<${room}>`;
    this.#target = room;
  }

  /** INVITE, 200, ACK; connects and binds. */
  async join(): Promise<void> {
    const ownPath = `msrp://127.0.0.1:9/${token()}${token()};tcp`;
    const sdp = offer(ownPath, 'tcp');
    const response = await this.#request('INVITE', ['Content-Type: application/sdp'], sdp);
    const [peerPath] = /(?<=^a=path:)\S+/m.exec(response.body) ?? [];
    if (peerPath === undefined) throw new Error(`the answer to ${this.uri} has no a=path`);
    this.#session = await bindSession(ownPath, peerPath);
  }

  /** SUBSCRIBE, 200, and the first NOTIFY. */
  async subscribe(): Promise<void> {
    const first = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.uri} got no NOTIFY`)), ANSWER_TIMEOUT_MS);
      this.#firstDocument = { resolve, timer };
    });
    const accept = 'Accept: application/conference-info+xml';
    await Promise.all([first, this.#request('SUBSCRIBE', ['Event: conference', accept, 'Expires: 3600'])]);
  }

  /** BYE, 200. */
  async leave(): Promise<void> {
    this.watches = false;
    await this.#request('BYE', []);
    this.#session?.destroy();
  }

  response(message: SipMessage): void {
    const cseq = header(message, 'cseq');
    const [, status = ''] = message.startLine.split(' ');
    if (Number(status) < 200) return;
    if (cseq.endsWith(' INVITE')) this.#acknowledge(message, Number(status) < 300);
    const wait = this.#responses.get(cseq);
    this.#responses.delete(cseq);
    wait?.resolve(message);
  }

  /** A NOTIFY came: whether it is a full document, null when it came before. Throws when it cannot be used. */
  notified(message: SipMessage): boolean | null {
    const cseq = header(message, 'cseq');
    if (cseq === this.#lastNotify) return null;
    this.#lastNotify = cseq;
    const full = this.knowledge.take(message.body);
    if (this.#firstDocument) {
      this.watches = true;
      clearTimeout(this.#firstDocument.timer);
      this.#firstDocument.resolve();
      this.#firstDocument = undefined;
    }
    return full;
  }

  /** Rejects for anything but a 2xx. */
  async #request(method: string, more: string[], body = ''): Promise<SipMessage> {
    const cseq = `${++this.#cseq} ${method}`;
    const answered = new Promise<SipMessage>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${method} of ${this.uri}`)), ANSWER_TIMEOUT_MS);
      this.#responses.set(cseq, { resolve, timer });
    });
    const wait = this.#responses.get(cseq);
    this.#line.send(writeSip([...this.#head(method, cseq), `Contact: ${this.#contact}`, ...more], body));
    const response = await answered;
    clearTimeout(wait?.timer);
    if (!response.startLine.startsWith('SIP/2.0 2')) throw new Error(`${method} of ${this.uri}: ${response.startLine}`);
    return response;
  }

  #head(method: string, cseq: string): string[] {
    return [
      `${method} ${this.#target} SIP/2.0`,
      `Via: ${this.#line.via};branch=z9hG4bK${token()}`,
      'Max-Forwards: 70',
      `From: ${this.#from}`,
      `To: ${this.#to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${cseq}`,
    ];
  }

  /** A 200 that comes again gets the same ACK (RFC 3261 §13.2.2.4). */
  #acknowledge(response: SipMessage, joined: boolean): void {
    if (!joined) return;
    if (this.#ack === '') {
      this.#to = header(response, 'to');
      this.#target = uriOf(header(response, 'contact'));
      if (headers(response, 'record-route').length > 0) throw new Error('the bench knows no proxies');
      this.#ack = writeSip(this.#head('ACK', `${this.#cseq} ACK`));
    }
    this.#line.send(this.#ack);
  }
}

import type { Socket } from 'node:dgram';
import { freeSocket } from './free-port.js';

/** A SIP message as a person would read it. */
export interface SipText {
  /** Method, or status of a response. */
  what: string;
  start: string;
  /** Lower-case names; the first of each. */
  headers: Map<string, string>;
  vias: string[];
  body: string;
}

interface ReplyOptions {
  headers?: string[];
  body?: string;
  tag?: string;
}

/** A room's SIP side over a real UDP socket, scripted by a test; shares no code with the product. */
export class FakeFocus {
  readonly #socket: Socket;
  #peer: { address: string; port: number } | undefined;
  #messages: SipText[] = [];
  #waiting: ((message: SipText) => void)[] = [];
  readonly #seen = new Set<string>();
  #count = 0;

  static async listen(): Promise<FakeFocus> {
    return new FakeFocus(await freeSocket());
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { address, port }) => {
      const text = bytes.toString();
      if (text.trim() === '') return;
      this.#peer = { address, port };
      this.#take(parse(text));
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Address of the user agent, as seen. */
  get peer(): { address: string; port: number } {
    if (!this.#peer) throw new Error('nobody has written yet');
    return this.#peer;
  }

  /** The next message that is no retransmission. */
  next(): Promise<SipText> {
    const message = this.#messages.shift();
    if (message) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The next message of that kind; others are dropped. */
  async nextOf(what: string): Promise<SipText> {
    for (;;) {
      const message = await this.next();
      if (message.what === what) return message;
    }
  }

  reply(request: SipText, status: string, { headers = [], body = '', tag = 'focus1' }: ReplyOptions = {}): void {
    const to = request.headers.get('to') ?? '';
    this.write([
      `SIP/2.0 ${status}`,
      ...request.vias.map((via) => `Via: ${via}`),
      `From: ${request.headers.get('from')}`,
      `To: ${/;tag=/.test(to) ? to : `${to};tag=${tag}`}`,
      `Call-ID: ${request.headers.get('call-id')}`,
      `CSeq: ${request.headers.get('cseq')}`,
      ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ]);
  }

  /** A request inside the dialog that `first`, a request of the user agent, began. */
  request(
    method: string,
    first: SipText,
    { headers = [], body = '', tag = 'focus1' }: ReplyOptions = {},
    sequence = ++this.#count,
  ): void {
    const { port } = this.#socket.address();
    this.write([
      `${method} sip:ua@${this.peer.address}:${this.peer.port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKfocus${method}${sequence}`,
      'Max-Forwards: 70',
      `From: ${first.headers.get('to')};tag=${tag}`,
      `To: ${first.headers.get('from')}`,
      `Call-ID: ${first.headers.get('call-id')}`,
      `CSeq: ${sequence} ${method}`,
      ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ]);
  }

  write(lines: string[]): void {
    this.#socket.send(lines.join('\r\n'), this.peer.port, this.peer.address);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #take(message: SipText): void {
    const key = `${message.what} ${message.vias[0]} ${message.headers.get('cseq')}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#messages.push(message);
  }
}

function parse(text: string): SipText {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [start = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string>();
  const vias: string[] = [];
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const value = line.slice(line.indexOf(':') + 1).trim();
    if (name === 'via') vias.push(value);
    if (!headers.has(name)) headers.set(name, value);
  }
  const [first = '', second = ''] = start.split(' ');
  return { what: first === 'SIP/2.0' ? second : first, start, headers, vias, body };
}

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { freeSocket } from './free-port.js';

/** A SIP message as it came. */
export interface Received {
  text: string;
  /** `INVITE` for a request, `200` for a response. */
  what: string;
  /** Its CSeq: `1 INVITE`. */
  cseq: string;
  body: string;
  header(name: string): string | undefined;
}

const read = (text: string): Received => {
  const [head, body] = [text.slice(0, text.indexOf('\r\n\r\n')), text.slice(text.indexOf('\r\n\r\n') + 4)];
  const [first] = head.split('\r\n', 1);
  const header = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(head)?.[1].trim();
  return {
    text,
    what: first.startsWith('SIP/2.0') ? first.split(' ')[1] : first.split(' ')[0],
    cseq: header('CSeq') ?? '',
    body,
    header,
  };
};

export interface RequestParts {
  uri?: string;
  headers?: Record<string, string | undefined>;
  body?: string;
  /** For an ACK or CANCEL: that of the INVITE. */
  cseq?: number;
  branch?: string;
}

/** A SIP user agent over UDP that sends what the test says and remembers what comes; it retransmits nothing. */
export class ScriptedAgent {
  readonly #socket: Socket;
  readonly #server: number;
  readonly #received: Received[] = [];
  readonly #waiting = new Set<() => void>();
  readonly callId: string;
  readonly tag: string;
  readonly name: string;
  readonly room: string;
  /** With the tag, once a response had one. */
  to: string;
  #cseq = 0;
  lastBranch = '';

  private constructor(socket: Socket, server: number, name: string, room: string) {
    this.#socket = socket;
    this.#server = server;
    this.name = name;
    this.room = room;
    this.callId = randomBytes(8).toString('hex');
    this.tag = randomBytes(4).toString('hex');
    this.to = `<${room}>`;
    socket.on('message', (bytes) => {
      const message = read(bytes.toString());
      this.#received.push(message);
      for (const look of this.#waiting) look();
    });
  }

  static async open(server: number, name: string, room = 'sip:lobby@localhost'): Promise<ScriptedAgent> {
    return new ScriptedAgent(await freeSocket(), server, name, room);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(method: string, { uri = this.room, headers = {}, body = '', cseq, branch }: RequestParts = {}): void {
    if (cseq === undefined) this.#cseq++;
    this.lastBranch = branch ?? `z9hG4bK${randomBytes(6).toString('hex')}`;
    const all: Record<string, string | undefined> = {
      Via: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=${this.lastBranch};rport`,
      'Max-Forwards': '70',
      From: `"${this.name}" <sip:${this.name}@localhost>;tag=${this.tag}`,
      To: this.to,
      'Call-ID': this.callId,
      CSeq: `${cseq ?? this.#cseq} ${method}`,
      Contact: `<sip:${this.name}@127.0.0.1:${this.port}>`,
      ...headers,
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
    this.#write([`${method} ${uri} SIP/2.0`, ...lines, '', body].join('\r\n'));
  }

  /** The next message not looked at before that is `what`, e.g. `200` or `NOTIFY`; `cseq` narrows responses down. */
  async next(what: string | RegExp, cseq = ''): Promise<Received> {
    for (;;) {
      const index = this.#received.findIndex(
        (message) =>
          (typeof what === 'string' ? message.what === what : what.test(message.what)) && message.cseq.endsWith(cseq),
      );
      if (index >= 0) return this.#received.splice(index, 1)[0];
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Whether something that is `what` came and was not looked at. */
  seen(what: string): boolean {
    return this.#received.some((message) => message.what === what);
  }

  /** Sends a request and resolves to its final response. */
  async ask(method: string, parts: RequestParts = {}): Promise<Received> {
    this.send(method, parts);
    const response = await this.next(/^[2-6]/, method);
    if (method === 'INVITE') {
      const branch = response.what.startsWith('2') ? undefined : this.lastBranch;
      const to = response.header('To') ?? this.to;
      if (response.what.startsWith('2')) this.to = to;
      this.send('ACK', { cseq: this.#cseq, branch, headers: { To: to } });
    } else if (response.what.startsWith('2') && method === 'SUBSCRIBE') this.to = response.header('To') ?? this.to;
    return response;
  }

  /** Answers a request that came. */
  answer(request: Received, status = '200 OK', headers: Record<string, string> = {}, body = ''): void {
    const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${request.header(name) ?? ''}`);
    const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    this.#write(
      [`SIP/2.0 ${status}`, ...copied, ...own, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'),
    );
  }

  close(): void {
    this.#socket.close();
  }

  #write(text: string): void {
    this.#socket.send(text, this.#server, '127.0.0.1');
  }
}

/** An offer of an MSRP session that connects itself. */
export const chatOffer = (
  session = 'peer1',
  version = 1,
  extra: readonly string[] = ['a=chatroom:nickname private-messages'],
): string =>
  [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=message 9 TCP/MSRP *',
    `a=path:msrp://127.0.0.1:9/${session};tcp`,
    'a=accept-types:message/cpim',
    'a=accept-wrapped-types:*',
    'a=setup:active',
    ...extra,
    '',
  ].join('\r\n');

export const SDP = { 'Content-Type': 'application/sdp' };

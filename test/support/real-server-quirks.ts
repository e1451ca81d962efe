import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, type Frame, FrameReader } from '../../lib/embedded-drachtio/control/frame.js';

/** What drachtio-server calls itself. */
const VERSION = 'v0.9.10-1-g9c2dd4cb6a';
/** DRA-G1: octets of its receive buffer, and of the largest incomplete frame that what follows does not overwrite. */
const BUFFER = 12_228;
const SAFE = 12_228 - 8_192;

const header = (message: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(message.split('\r\n\r\n', 1)[0])?.[1].trim();

/** One application: its two sockets, and what is under way between them. */
interface Link {
  app: Socket;
  server: Socket;
  /** Id of a large frame whose echo is not back. */
  large: string | undefined;
  /** Nothing more is read: a frame did not fit. */
  wedged: boolean;
  /** Methods of the requests given to the application, by transaction. */
  methods: Map<string, string>;
  /** Echoes of 200 to INVITE kept until the ACK, by dialog. */
  echoes: Map<string, Buffer>;
}

/**
 * Stands between drachtio-srf and the embedded endpoint and treats the application as a real drachtio-server does:
 *
 * - DRA-G1: a frame beyond its buffer ends the conversation, what follows a large one too early ends the connection
 * - DRA-G3: notes every Contact that would be lost, and every one the server does not add where the embedded endpoint does
 * - DRA-G4: a REFER outside of a dialog is dropped
 * - DRA-G8: the echo of a 200 to INVITE, the ACK and what came in between share one write
 * - reports a real version, so that the application knows whom it talks to
 *
 * `deliver` brings requests that the embedded endpoint would answer itself.
 */
export class RealServerQuirks {
  readonly #links = new Set<Link>();
  readonly #server: Server;
  readonly #delivered = new Map<string, (response: string) => void>();
  #accepting: (() => void)[] = [];
  #refusing = false;
  /** As with the embedded endpoint, in spite of DRA-G4. */
  passesRefer = false;
  /** What a real server would have spoilt, in words. */
  readonly complaints: string[] = [];
  /** Octets of the frames of the application beyond `SAFE`. */
  readonly large: number[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(endpoint: { host: string; port: number }): Promise<RealServerQuirks> {
    const server = createServer();
    const quirks = new RealServerQuirks(server);
    server.on('connection', (app) => quirks.#link(app, connect(endpoint.port, endpoint.host)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return quirks;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** Control connections at the moment. */
  get size(): number {
    return this.#links.size;
  }

  /** DRA-G2: ends every control connection. With `refuse`, new ones are ended at once too, until `accept`. */
  kill({ refuse = false } = {}): void {
    this.#refusing = refuse;
    for (const { app, server } of this.#links) {
      app.destroy();
      server.destroy();
    }
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Resolves when the next application has authenticated. */
  authenticated(): Promise<void> {
    return new Promise((resolve) => this.#accepting.push(resolve));
  }

  /** Gives a request to the application as a new one and resolves to its response. */
  deliver(lines: readonly string[], body = ''): Promise<string> {
    const [link] = this.#links;
    if (!link) throw new Error('no application is connected');
    const message = Buffer.from([...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    const transaction = randomUUID();
    const source = ['network', String(message.length), 'udp', '127.0.0.1', '5090', '23:58:06.720127'];
    link.app.write(encodeFrame([randomUUID(), 'sip', ...source, transaction, '', '127.0.0.1', '5070', ''], message));
    return new Promise((resolve) => this.#delivered.set(transaction, resolve));
  }

  async close(): Promise<void> {
    this.kill({ refuse: true });
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #link(app: Socket, server: Socket): void {
    if (this.#refusing) {
      app.destroy();
      server.destroy();
      return;
    }
    app.setNoDelay(true);
    server.setNoDelay(true);
    const link: Link = { app, server, large: undefined, wedged: false, methods: new Map(), echoes: new Map() };
    this.#links.add(link);
    const ended = (): void => {
      this.#links.delete(link);
      app.destroy();
      server.destroy();
    };
    for (const socket of [app, server]) socket.on('error', () => {}).on('close', ended);
    const [fromApp, fromServer] = [new FrameReader(), new FrameReader()];
    app.on('data', (chunk) => {
      if (link.large !== undefined) this.#broke(link, 'octets behind a large frame before its echo');
      if (link.wedged || app.destroyed) return;
      for (const frame of fromApp.receive(chunk)) this.#fromApp(link, frame);
    });
    server.on('data', (chunk) => {
      for (const frame of fromServer.receive(chunk)) this.#fromServer(link, frame);
    });
  }

  #broke(link: Link, why: string): void {
    this.complaints.push(why);
    link.app.destroy();
  }

  #fromApp(link: Link, { tokens, message }: Frame): void {
    if (link.wedged || link.app.destroyed) return;
    const frame = encodeFrame(tokens, message);
    const [id = '', verb = '', transaction = '', dialog = ''] = tokens;
    if (link.large !== undefined) return this.#broke(link, 'a frame behind a large one before its echo');
    if (frame.length > BUFFER) {
      link.wedged = true;
      this.complaints.push(`a frame of ${frame.length} octets`);
      return;
    }
    if (frame.length > SAFE) {
      link.large = id;
      this.large.push(frame.length);
    }
    const text = message?.toString() ?? '';
    if (verb === 'sip') this.#inspect(link, text, transaction, dialog);
    const delivered = this.#delivered.get(transaction);
    if (delivered) {
      this.#delivered.delete(transaction);
      this.#toApp(
        link,
        encodeFrame([randomUUID(), 'response', id, 'NOK', 'Response not sent due to unknown transaction']),
      );
      link.large = undefined;
      delivered(text);
      return;
    }
    link.server.write(frame);
  }

  /** What of this the real server does not mend. */
  #inspect(link: Link, text: string, transaction: string, dialog: string): void {
    const [start] = text.split('\r\n', 1);
    const contact = header(text, 'Contact');
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    if (start.startsWith('SIP/2.0 2')) {
      const method = link.methods.get(transaction) ?? '';
      // The server adds one to 2xx of INVITE and SUBSCRIBE, which would not be the room's.
      if (/^(?:INVITE|UPDATE|SUBSCRIBE)$/.test(method) && contact === undefined) {
        this.complaints.push(`200 to ${method} without Contact`);
      }
    } else if (dialog !== '') {
      const [method] = start.split(' ', 1);
      if (/@localhost/i.test(contact ?? '')) this.complaints.push(`${method} with @localhost in Contact`);
      if (method === 'NOTIFY' && contact === undefined) this.complaints.push('NOTIFY without Contact');
      for (const name of ['From', 'To', 'Call-ID']) {
        if (header(text, name) !== undefined) this.complaints.push(`${method} overrides ${name} of its dialog`);
      }
    }
    if (body !== '' && !body.startsWith('v=0') && header(text, 'Content-Type') === undefined) {
      this.complaints.push('a body without Content-Type');
    }
  }

  #fromServer(link: Link, { tokens, message }: Frame): void {
    const [, verb = '', request = ''] = tokens;
    if (verb === 'response') {
      if (request === link.large) link.large = undefined;
      const version = tokens.findIndex((token) => /^v0\..*-embedded$/.test(token));
      if (version !== -1) {
        tokens[version] = VERSION;
        for (const resolve of this.#accepting.splice(0)) resolve();
      }
      const [, , , , , , , , , , transaction = '', dialog = ''] = tokens;
      const accepted =
        link.methods.get(transaction) === 'INVITE' && message?.toString('latin1', 0, 11) === 'SIP/2.0 200';
      if (accepted && dialog !== '') link.echoes.set(dialog, encodeFrame(tokens, message));
      else this.#toApp(link, encodeFrame(tokens, message));
      return;
    }
    const [, , , , , , , , transaction = '', dialog = ''] = tokens;
    const text = message?.toString() ?? '';
    const [method] = text.split(' ', 1);
    if (method !== 'ACK' && method !== 'CANCEL' && method !== 'SIP/2.0') link.methods.set(transaction, method);
    // It gets no answer either.
    if (method === 'REFER' && dialog === '' && !this.passesRefer) return;
    const echo = link.echoes.get(dialog);
    link.echoes.delete(dialog);
    const frame = encodeFrame(tokens, message);
    this.#toApp(link, echo ? Buffer.concat([echo, frame]) : frame);
  }

  #toApp({ app }: Link, bytes: Buffer): void {
    if (!app.destroyed) app.write(bytes);
  }
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  type ConnectionOptions,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls';

/** A frame as a person would read it in a trace. */
export interface Frame {
  tid: string;
  /** `SEND`, `NICKNAME`, … or the status of a response. */
  what: string;
  headers: Map<string, string>;
  /** Octets as latin1; undefined without body. */
  body: string | undefined;
  flag: string;
  /** All its octets as latin1. */
  raw: string;
}

interface SendOptions {
  messageId?: string;
  range?: string;
  flag?: '$' | '+' | '#';
  contentType?: string;
  extra?: string[];
  tid?: string;
}

/** The far end of one MSRP session over a real TCP or TLS socket, scripted by a test; shares no code with the product. */
export class FakeMsrpPeer {
  /** Answers every request but REPORT with 200 as it arrives. */
  automatic = true;
  /** Takes a frame before anybody else does. */
  intercept: ((frame: Frame) => boolean) | undefined;
  readonly path: string;
  #server: Server | undefined;
  #socket: Socket | undefined;
  #buffer = '';
  #frames: Frame[] = [];
  #waiting: ((frame: Frame) => void)[] = [];
  #disconnected: (() => void)[] = [];
  #count = 0;
  /** Whom to talk to: From-Path of the first request, or whom we connected to. */
  peer = '';

  /** @param tls its certificate, for a peer that listens for TLS */
  static async listen(tls?: TlsOptions): Promise<FakeMsrpPeer> {
    const server = tls ? createTlsServer(tls) : createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const peer = new FakeMsrpPeer(`msrp${tls ? 's' : ''}://127.0.0.1:${port}/fakeRoomSession1;tcp`);
    peer.#server = server;
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => peer.#use(socket));
    return peer;
  }

  /**
   * Connects to the session `peer` (an MSRP URI) as the session `path`; sends nothing. Over TLS it takes any certificate,
   * as Blink's engine does, and shows none unless `tls` says so.
   */
  static async connect(peer: string, path: string, tls: ConnectionOptions = {}): Promise<FakeMsrpPeer> {
    const fake = new FakeMsrpPeer(path);
    fake.peer = peer;
    const uri = /^(msrps?):\/\/(?:[^@/]*@)?(?:\[([^\]]+)\]|([^\]:/]+)):(\d+)/.exec(peer);
    const [, scheme = '', address, name = ''] = uri ?? [];
    const target = { host: address ?? name, port: Number(uri?.[4]) };
    const secure = scheme === 'msrps';
    const socket = secure ? connectTls({ rejectUnauthorized: false, ...tls, ...target }) : connect(target);
    socket.setNoDelay(true);
    fake.#use(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once(secure ? 'secureConnect' : 'connect', resolve).once('error', reject);
    });
    return fake;
  }

  /** Takes a connection as it is, TLS too. */
  static over(socket: Socket, path: string): FakeMsrpPeer {
    const fake = new FakeMsrpPeer(path);
    fake.#use(socket);
    return fake;
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** Made or taken so far. */
  connections = 0;

  #use(socket: Socket): void {
    this.connections++;
    this.#socket = socket;
    socket.on('data', (bytes) => this.#data(bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const told of this.#disconnected.splice(0)) told();
    });
  }

  /** The socket of its session. */
  get socket(): Socket | undefined {
    return this.#socket;
  }

  get port(): number {
    return Number(/:(\d+)\//.exec(this.path)?.[1]);
  }

  /** Frames that arrived and were not taken. */
  get untaken(): readonly Frame[] {
    return this.#frames;
  }

  /** The next frame not yet taken. */
  frame(): Promise<Frame> {
    const frame = this.#frames.shift();
    if (frame) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The next frame of that kind; others are dropped. */
  async frameOf(what: string | RegExp): Promise<Frame> {
    for (;;) {
      const frame = await this.frame();
      if (typeof what === 'string' ? frame.what === what : what.test(frame.what)) return frame;
    }
  }

  disconnected(): Promise<void> {
    if (this.#socket?.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#disconnected.push(resolve);
    });
  }

  answer(request: Frame, status: string): void {
    const from = request.headers.get('from-path') ?? '';
    this.write(
      `MSRP ${request.tid} ${status}\r\nTo-Path: ${from}\r\nFrom-Path: ${this.path}\r\n-------${request.tid}$\r\n`,
    );
  }

  /** Sends a SEND; `body` undefined leaves it out. Returns its transaction id. */
  send(body: string | undefined, options: SendOptions = {}): string {
    const tid = options.tid ?? `fake${++this.#count}`;
    const octets = body === undefined ? undefined : Buffer.from(body).toString('latin1');
    const length = octets?.length ?? 0;
    const lines = [
      `MSRP ${tid} SEND`,
      `To-Path: ${this.peer}`,
      `From-Path: ${this.path}`,
      `Message-ID: ${options.messageId ?? `msg-${tid}`}`,
      `Byte-Range: ${options.range ?? `1-${length}/${length}`}`,
      ...(options.extra ?? []),
    ];
    if (octets !== undefined) lines.push(`Content-Type: ${options.contentType ?? 'message/cpim'}`, '', octets);
    this.write(`${lines.join('\r\n')}\r\n-------${tid}${options.flag ?? '$'}\r\n`);
    return tid;
  }

  write(latin1: string): void {
    this.#socket?.write(Buffer.from(latin1, 'latin1'));
  }

  drop(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    const server = this.#server;
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #data(text: string): void {
    this.#buffer += text;
    for (;;) {
      const start = /^MSRP (\S+) (\S+)[^\r]*\r\n/.exec(this.#buffer);
      if (!start) return;
      const [, tid = '', what = ''] = start;
      const end = new RegExp(`(?:^|\\r\\n)-------${tid.replace(/[.+%=]/g, '\\$&')}([$+#])\\r\\n`).exec(this.#buffer);
      if (!end) return;
      const whole = this.#buffer.slice(start[0].length, end.index);
      const raw = this.#buffer.slice(0, end.index + end[0].length);
      this.#buffer = this.#buffer.slice(raw.length);
      const blank = whole.indexOf('\r\n\r\n');
      const head = blank < 0 ? whole : whole.slice(0, blank);
      const headers = new Map(
        head
          .split('\r\n')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
      );
      const body = blank < 0 ? undefined : whole.slice(blank + 4);
      this.#take({ tid, what, headers, body, flag: end[1] ?? '', raw });
    }
  }

  #take(frame: Frame): void {
    if (this.intercept?.(frame)) return;
    const isRequest = !/^\d/.test(frame.what);
    if (isRequest) this.peer ||= frame.headers.get('from-path') ?? '';
    if (isRequest && this.automatic && frame.what !== 'REPORT') this.answer(frame, '200 OK');
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#frames.push(frame);
  }
}

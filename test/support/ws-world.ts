import { connect as connectSocket, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { ChatSwitch } from '../../lib/switch/switch.js';
import { MsrpServer } from '../../lib/transport/msrp-server.js';
import { TcpListener } from '../../lib/transport/tcp.js';
import type { Endpoint } from '../../lib/transport/transport.js';
import { WsListener, type WsOptions } from '../../lib/transport/ws.js';
import type { EndpointMedia } from '../../lib/focus-switch.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from './manual-clock.js';
import { FrameReader, framesOf, isRequest, messagesOf, type ParsedFrame, request, response } from './msrp-frames.js';
import { endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from './switch-world.js';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.js';

/** The URI of an endpoint's session on our side. */
export const wsUri = (id: string): string => localUri(id).replace(';tcp', ';ws');

/** An endpoint that comes by WebSocket, within TLS if `secure`. */
export function wsEndpoint(id: string, more: Partial<EndpointMedia> = {}, secure = false): EndpointMedia {
  const media = endpoint(id, more);
  return { ...media, session: { ...media.session, localUri: wsUri(id), secure } };
}

const ANY_PORT = { host: '127.0.0.1', port: 0 };

export const TEST_CREDENTIALS = {
  server: { cert: TEST_CERTIFICATE, key: TEST_KEY },
  onChange: (): void => undefined,
};

interface WorldLimits {
  maxConnections?: number;
  maxPendingBytes?: number;
}

/** A room on the real switch, behind a real TCP and a real WebSocket listener. */
export class WsWorld {
  readonly server: MsrpServer;
  readonly chat: ChatSwitch;
  readonly focus = new NotingFocus();
  readonly options: WsOptions;
  ws: Endpoint = ANY_PORT;
  tcp: Endpoint = ANY_PORT;
  readonly #cleanups: (() => void)[] = [];

  /** @param options without a clock time stands still */
  constructor(options: Partial<WsOptions>, { maxConnections, maxPendingBytes }: WorldLimits) {
    this.options = { clock: new ManualClock(), maxPayload: () => 2_000_000, ...options };
    const { clock } = this.options;
    this.server = new MsrpServer({ clock, log: silent, maxConnections });
    this.chat = new ChatSwitch({ clock, log: silent, transport: this.server, maxPendingBytes });
    this.chat.events = this.focus;
    this.chat.openRoom({ uri: ROOM, rules: OPEN_RULES });
  }

  static async start(options: Partial<WsOptions> = {}, limits: WorldLimits = {}): Promise<WsWorld> {
    const world = new WsWorld(options, limits);
    world.ws = await world.server.listen((door) => new WsListener(ANY_PORT, door, world.options));
    world.tcp = await world.server.listen((door) => new TcpListener(ANY_PORT, door));
    return world;
  }

  get url(): string {
    return `${this.options.credentials ? 'wss' : 'ws'}://127.0.0.1:${this.ws.port}/`;
  }

  /** A WebSocket of its own making; closed with the world. */
  client(protocols: string | string[] = 'msrp', options: ConstructorParameters<typeof WebSocket>[2] = {}): WebSocket {
    const webSocket = new WebSocket(this.url, protocols, { rejectUnauthorized: false, ...options });
    webSocket.on('error', () => undefined);
    this.#cleanups.push(() => webSocket.terminate());
    return webSocket;
  }

  /** How the server answers a handshake: 101 or the status of the refusal. */
  async handshake(
    protocols: string | string[],
    options: ConstructorParameters<typeof WebSocket>[2] = {},
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }> {
    const webSocket = this.client(protocols, options);
    return new Promise((resolve) => {
      webSocket.on('upgrade', ({ headers }) => resolve({ status: 101, headers }));
      webSocket.on('unexpected-response', (_request, { statusCode = 0, headers }) =>
        resolve({ status: statusCode, headers }),
      );
    });
  }

  /** A WebSocket of an endpoint of the room, its session not bound yet. */
  async open(id: string, more: Partial<EndpointMedia> = {}, options?: { autoPong?: boolean }): Promise<WsPeer> {
    this.chat.addEndpoint(wsEndpoint(id, more, this.options.credentials !== undefined));
    const webSocket = this.client('msrp', options);
    const peer = new WsPeer(id, webSocket);
    await new Promise((resolve) => webSocket.once('open', resolve));
    return peer;
  }

  /** The same, bound. */
  async join(id: string, more: Partial<EndpointMedia> = {}): Promise<WsPeer> {
    const peer = await this.open(id, more);
    peer.send(peer.frame(undefined));
    await peer.until(() => peer.statuses.includes(200));
    return peer;
  }

  /** A socket of an endpoint of the room, bound. */
  async joinTcp(id: string): Promise<TcpPeer> {
    this.chat.addEndpoint(endpoint(id));
    const socket = connectSocket(this.tcp);
    this.#cleanups.push(() => socket.destroy());
    const peer = new TcpPeer(id, socket);
    peer.send(peer.frame(undefined));
    await peer.until(() => peer.statuses.includes(200));
    return peer;
  }

  async close(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    await this.server.close();
  }
}

/** What both kinds of peers do. */
abstract class Peer {
  readonly id: string;
  /** Of its session on our side. */
  readonly uri: string;
  closed = false;
  #count = 0;
  #changed: () => void = () => undefined;

  constructor(id: string, uri: string) {
    this.id = id;
    this.uri = uri;
  }

  abstract get frames(): readonly ParsedFrame[];

  get statuses(): number[] {
    return this.frames.flatMap(({ message }) => (message.kind === 'response' ? [message.status] : []));
  }

  /** Complete messages received. */
  get messages(): Buffer[] {
    return messagesOf(this.frames);
  }

  /** One SEND of this endpoint, as latin1 text. */
  frame(body: string | undefined, more: { id?: string; range?: string; flag?: string } = {}): string {
    const tid = `${this.id.replace('#', '')}t${1000 + this.#count++}`;
    const lines = [`Message-ID: ${more.id ?? tid}`];
    if (more.range !== undefined) lines.push(`Byte-Range: ${more.range}`);
    if (body !== undefined) lines.push('Content-Type: message/cpim');
    return request(tid, 'SEND', this.uri, peerUri(this.id), lines, body, more.flag);
  }

  /** The 200 to each of its requests, in order. */
  answers(frames: readonly ParsedFrame[]): string[] {
    return frames
      .filter(isRequest)
      .map(({ message }) => response(message.tid, '200 OK', message.fromPath[0], peerUri(this.id)));
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  protected changed(): void {
    this.#changed();
  }
}

export class WsPeer extends Peer {
  readonly webSocket: WebSocket;
  /** WebSocket messages as received. */
  readonly received: Buffer[] = [];
  readonly #frames: ParsedFrame[] = [];
  /** Whether each was binary. */
  readonly binary: boolean[] = [];
  closeCode: number | undefined;

  constructor(id: string, webSocket: WebSocket) {
    super(id, wsUri(id));
    this.webSocket = webSocket;
    webSocket.on('message', (message: Buffer, binary: boolean) => {
      const bytes = Buffer.from(message);
      this.received.push(bytes);
      this.binary.push(binary);
      const frames = framesOf(bytes);
      if (frames.length !== 1) throw new Error(`${frames.length} frames in one message`);
      this.#frames.push(...frames);
      for (const answer of this.answers(frames)) this.send(answer);
      this.changed();
    });
    webSocket.on('close', (code: number) => {
      this.closed = true;
      this.closeCode = code;
      this.changed();
    });
  }

  get frames(): readonly ParsedFrame[] {
    return this.#frames;
  }

  /** One WebSocket message. */
  send(message: string, binary = true): void {
    const bytes = Buffer.from(message, 'latin1');
    this.webSocket.send(binary ? bytes : bytes.toString('utf8'), { binary });
  }

  /** One WebSocket message in fragments. */
  sendFragments(parts: readonly Buffer[]): void {
    for (const [index, part] of parts.entries()) {
      this.webSocket.send(part, { binary: true, fin: index === parts.length - 1 });
    }
  }
}

export class TcpPeer extends Peer {
  readonly socket: Socket;
  readonly #reader = new FrameReader();

  constructor(id: string, socket: Socket) {
    super(id, localUri(id));
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const before = this.#reader.frames.length;
      this.#reader.parser.receive(bytes);
      for (const answer of this.answers(this.#reader.frames.slice(before))) this.send(answer);
      this.changed();
    });
    socket.on('close', () => {
      this.closed = true;
      this.changed();
    });
  }

  get frames(): readonly ParsedFrame[] {
    return this.#reader.frames;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }
}

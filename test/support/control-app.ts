import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameReader } from '../../lib/embedded-drachtio/control/frame.js';

export interface AppFrame {
  tokens: string[];
  text: string;
}

/** An application on a raw control socket: what drachtio-srf does, frame by frame. */
export class ControlApp {
  readonly #reader = new FrameReader();
  readonly #inbox: AppFrame[] = [];
  readonly #waiting: { wanted: (frame: AppFrame) => boolean; resolve: (frame: AppFrame) => void }[] = [];

  private constructor(readonly socket: Socket) {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const { tokens, message } of this.#reader.receive(chunk))
        this.#arrived({ tokens, text: message?.toString() ?? '' });
    });
  }

  static async connect({ host, port }: { host: string; port: number }): Promise<ControlApp> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    return new ControlApp(socket);
  }

  /** Connects, authenticates and routes `methods`. */
  static async start(address: { host: string; port: number }, secret: string, methods: string[]): Promise<ControlApp> {
    const app = await ControlApp.connect(address);
    await app.ask(['authenticate', secret, '']);
    for (const method of methods) await app.ask(['route', method]);
    return app;
  }

  /** Sends a frame and resolves with its response. */
  ask(tokens: string[], sip?: string | string[]): Promise<AppFrame> {
    const id = randomUUID();
    const text = Array.isArray(sip) ? `${sip.join('\r\n')}\r\n\r\n` : sip;
    this.socket.write(encodeFrame([id, ...tokens], text === undefined ? undefined : Buffer.from(text)));
    return this.next(({ tokens: [, verb, requestId] }) => verb === 'response' && requestId === id);
  }

  /** The next frame of that kind, arrived or to arrive; by default a `sip` frame. */
  next(wanted: (frame: AppFrame) => boolean = ({ tokens }) => tokens[1] === 'sip'): Promise<AppFrame> {
    const at = this.#inbox.findIndex(wanted);
    const [arrived] = at === -1 ? [] : this.#inbox.splice(at, 1);
    if (arrived) return Promise.resolve(arrived);
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  close(): void {
    this.socket.destroy();
  }

  #arrived(frame: AppFrame): void {
    const at = this.#waiting.findIndex(({ wanted }) => wanted(frame));
    if (at === -1) this.#inbox.push(frame);
    else this.#waiting.splice(at, 1)[0]?.resolve(frame);
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a browser and an HTTP server, and can make WebSockets of one path go dead without a word. */
export class SwallowingRelay {
  readonly #server: Server;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #swallowed: string | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on('connection', (near) => this.#link(near));
  }

  /** @param port of the server, on this machine */
  static async start(port: number): Promise<SwallowingRelay> {
    const server = createServer();
    const relay = new SwallowingRelay(server, port);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Of connections that were opened for `path`, or all, nothing arrives any more, and none of them is closed. */
  swallow(path: string | undefined): void {
    this.#swallowed = path;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(near: Socket): void {
    const far = connect(this.#port, '127.0.0.1');
    // One connection may carry several requests, of which an upgrade is the last.
    let path = '';
    // Those that went dead stay so when others are let through again.
    let dead = false;
    const pass = (to: Socket, bytes: Buffer): void => {
      dead ||= path === this.#swallowed;
      if (!dead) to.write(bytes);
    };
    near.on('data', (bytes: Buffer) => {
      path = /^GET (\S+) HTTP\/1\.1\r\n/.exec(bytes.toString('latin1'))?.[1] ?? path;
      pass(far, bytes);
    });
    far.on('data', (bytes: Buffer) => pass(near, bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

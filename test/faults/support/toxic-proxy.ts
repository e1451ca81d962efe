import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  near: Socket;
  far: Socket;
}

/** Stands between two that talk over TCP, and makes their connection a bad one. */
export class ToxicProxy {
  readonly #server: Server;
  readonly #target: { host: string; port: number };
  readonly #links = new Set<Link>();
  #refusing = false;
  #waiting: (() => void)[] = [];
  /** Milliseconds that everything takes longer, each way. */
  latency = 0;

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (near) => this.#link(near));
  }

  static async start(target: { host: string; port: number }): Promise<ToxicProxy> {
    const server = createServer();
    const proxy = new ToxicProxy(server, target);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection; further ones are closed at once until `mend`. */
  cut(): void {
    this.#refusing = true;
    for (const { near, far } of this.#links) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** Resolves when somebody has connected again. */
  async mend(): Promise<void> {
    this.#refusing = false;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(near: Socket): void {
    near.on('error', () => undefined);
    if (this.#refusing) return void near.resetAndDestroy();
    const far = connect(this.#target);
    const link = { near, far };
    this.#links.add(link);
    far.on('error', () => undefined);
    far.once('connect', () => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    this.#pipe(near, far);
    this.#pipe(far, near);
    const gone = (): void => {
      this.#links.delete(link);
      near.destroy();
      far.destroy();
    };
    near.once('close', gone);
    far.once('close', gone);
  }

  #pipe(from: Socket, to: Socket): void {
    // Timers of one delay fire in order, so octets stay in order as long as that does not shrink.
    from.on('data', (bytes: Buffer) => {
      if (this.latency === 0) to.write(bytes);
      else setTimeout(() => to.write(bytes), this.latency);
    });
  }
}

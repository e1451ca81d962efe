import { Server, type Socket } from 'node:net';
import { type MemoryAddress, MemorySocket } from './memory-socket.js';

/** Everybody has the address that on a real machine means the machine itself. */
const HOST = '127.0.0.1';
/** The first of the ports that are given out; those below are left to who asks for one. */
const FIRST_PORT = 49_152;

/** The TCP of one process: servers and connections that nobody outside sees, and no port is taken for. */
export class MemoryNetwork {
  readonly name = 'tcp';
  readonly #servers = new Map<number, MemoryServer>();
  #nextPort = FIRST_PORT;

  createServer = (accept: (socket: Socket) => void): Server => new MemoryServer(this, accept);

  /** @param connected called once the connection is there, as a listener of 'connect' would be */
  connect = (remote: MemoryAddress, connected?: () => void): Socket => {
    const [near, far] = MemorySocket.pair({ host: HOST, port: this.#freePort() }, remote);
    setImmediate(() => {
      if (near.destroyed) return;
      const server = this.#servers.get(remote.port);
      if (!server) {
        const text = `connect ECONNREFUSED ${remote.host}:${remote.port}`;
        near.destroy(Object.assign(new Error(text), { code: 'ECONNREFUSED' }));
        return;
      }
      connected?.();
      near.emit('connect');
      server.emit('connection', far);
    });
    return near;
  };

  /** For a server. @throws an error with code EADDRINUSE */
  take(port: number, server: MemoryServer): number {
    if (this.#servers.has(port)) {
      throw Object.assign(new Error(`listen EADDRINUSE: port ${port}`), { code: 'EADDRINUSE', port });
    }
    const taken = port === 0 ? this.#freePort() : port;
    this.#servers.set(taken, server);
    return taken;
  }

  release(port: number): void {
    this.#servers.delete(port);
  }

  #freePort(): number {
    return this.#nextPort++;
  }
}

/** What `net.createServer` gives, as far as those who take connections ask it. */
export class MemoryServer extends Server {
  readonly #network: MemoryNetwork;
  #port: number | undefined;

  constructor(network: MemoryNetwork, accept: (socket: Socket) => void) {
    super(accept);
    this.#network = network;
    Object.defineProperty(this, 'listening', { get: () => this.#port !== undefined });
  }

  /** `listen({ port }, callback)` alone. */
  override listen(...args: unknown[]): this {
    const [address, listening] = args as [{ port: number }, () => void];
    setImmediate(() => {
      try {
        this.#port = this.#network.take(address.port, this);
        listening();
      } catch (error) {
        this.emit('error', error);
      }
    });
    return this;
  }

  override address(): { address: string; family: string; port: number } | null {
    return this.#port === undefined ? null : { address: HOST, family: 'IPv4', port: this.#port };
  }

  /** Connections there are go on; nobody waits for them. */
  override close(closed?: (error?: Error) => void): this {
    if (this.#port !== undefined) this.#network.release(this.#port);
    this.#port = undefined;
    setImmediate(() => closed?.());
    return this;
  }
}

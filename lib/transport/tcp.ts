/** MSRP over TCP: takes connections at one address. */
import { createServer, type Server, type Socket } from 'node:net';
import { listening } from './listening.js';
import { adopt } from './socket.js';
import type { Door, Endpoint, Listener } from './transport.js';

/** Makes a server of byte streams, which does not read before it is told to. */
export type CreateServer = (accept: (socket: Socket) => void) => Server;

const tcpServer: CreateServer = (accept) => createServer({ pauseOnConnect: true }, accept);

export class TcpListener implements Listener {
  readonly #wanted: Endpoint;
  readonly #door: Door;
  readonly #server: Server;
  #address: Endpoint | undefined;

  /** @param create what connections come from; default TCP */
  constructor(wanted: Endpoint, door: Door, create: CreateServer = tcpServer) {
    this.#wanted = wanted;
    this.#door = door;
    this.#server = create((socket) => {
      if (door.admits(socket.remoteAddress)) adopt(socket, door.accept);
      else socket.destroy();
    });
  }

  get address(): Endpoint {
    if (!this.#address) throw new Error('not listening');
    return this.#address;
  }

  async listen(): Promise<Endpoint> {
    this.#address = await listening(this.#server, this.#wanted, (error) => this.#door.failed(error));
    return this.#address;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

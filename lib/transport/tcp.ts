/** MSRP over TCP: takes connections at one address. */
import { createServer, type Server, type Socket } from 'node:net';
import { listening } from './listening.js';
import { adopt } from './socket.js';
import type { Door, Endpoint, Listener } from './transport.js';

export class TcpListener implements Listener {
  readonly #wanted: Endpoint;
  readonly #door: Door;
  readonly #server: Server;
  #address: Endpoint | undefined;

  constructor(wanted: Endpoint, door: Door) {
    this.#wanted = wanted;
    this.#door = door;
    this.#server = createServer({ pauseOnConnect: true }, (socket: Socket) => {
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

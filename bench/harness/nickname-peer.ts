import { connect, type Socket } from 'node:net';
import type { Endpoint } from './driver.js';

const END_LINE = /-------(\w+)[$+#]\r\n/;

/** Plays one participant that asks for nicknames, one request at a time, over a connection of its own. */
export class NicknamePeer {
  readonly #socket: Socket;
  readonly #paths: string;
  #requests = 0;
  #received = '';
  #waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket, { ownPath, peerPath }: Endpoint) {
    this.#socket = socket;
    this.#paths = `To-Path: ${peerPath}\r\nFrom-Path: ${ownPath}\r\n`;
    socket.setNoDelay(true).setEncoding('utf8');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => {});
    socket.on('close', () => this.#settle((waiting) => waiting.reject(new Error('the server closed a connection'))));
  }

  /** Connects and binds the session with an empty SEND. */
  static async bind(endpoint: Endpoint): Promise<NicknamePeer> {
    const { host, port } = endpoint;
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opening = connect(port, host, () => resolve(opening));
      opening.once('error', reject);
    });
    const peer = new NicknamePeer(socket, endpoint);
    await peer.#ask('SEND', 'Message-ID: bind\r\nByte-Range: 1-0/0\r\n');
    return peer;
  }

  /** Resolves when it was granted, and rejects with any other answer. */
  request(nickname: string): Promise<void> {
    return this.#ask('NICKNAME', `Use-Nickname: "${nickname}"\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(method: string, headers: string): Promise<void> {
    const tid = `bench${(this.#requests += 1)}`;
    this.#socket.write(`MSRP ${tid} ${method}\r\n${this.#paths}${headers}-------${tid}$\r\n`);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #receive(text: string): void {
    this.#received += text;
    const end = END_LINE.exec(this.#received);
    if (!end) return;
    const [startLine = ''] = this.#received.split('\r\n', 1);
    this.#received = this.#received.slice(end.index + end[0].length);
    if (startLine.startsWith(`MSRP bench${this.#requests} 200`)) this.#settle(({ resolve }) => resolve());
    else this.#settle(({ reject }) => reject(new Error(`answered ${startLine}`)));
  }

  #settle(how: (waiting: { resolve: () => void; reject: (error: Error) => void }) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) how(waiting);
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SipPeers } from '../../../bench/harness/join.js';

/** Joined at once. */
const BATCH = 25;

/** A reader made of no more than a socket: binds its session, answers every SEND with 200, counts. */
export class Reader {
  readonly socket: Socket;
  /** Complete messages, and the octets of their frames. */
  messages = 0;
  /** Messages of which it was told that they break off. */
  broken = 0;
  readonly closed: Promise<void>;
  readonly #paths: { own: string; peer: string };
  #text = '';
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket, paths: { own: string; peer: string }) {
    this.socket = socket;
    this.#paths = paths;
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => this.#data(bytes.toString('latin1')));
  }

  static async bind({ port, own, peer }: { port: number; own: string; peer: string }): Promise<Reader> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const reader = new Reader(socket, { own, peer });
    const bound = once(socket, 'data');
    reader.send({ tid: 'bind0000', range: '1-0/0' });
    await bound;
    return reader;
  }

  /** A SEND; without `flag` it is left open. Returns nothing of the answer, which `#data` drops. */
  send({ tid, range, body, flag = '$' }: { tid: string; range: string; body?: string; flag?: string }): void {
    const { own, peer } = this.#paths;
    const head = `MSRP ${tid} SEND\r\nTo-Path: ${peer}\r\nFrom-Path: ${own}\r\nMessage-ID: ${tid}\r\nByte-Range: ${range}\r\n`;
    const content = body === undefined ? '' : `Content-Type: message/cpim\r\n\r\n${body}`;
    const end = flag === '' ? '' : `${body === undefined ? '' : '\r\n'}-------${tid}${flag}\r\n`;
    this.socket.write(`${head}${content}${end}`, 'latin1');
  }

  /** Resolves when it has so many messages. */
  async has(messages: number): Promise<void> {
    while (this.messages < messages) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #data(text: string): void {
    this.#text += text;
    for (;;) {
      const start = this.#text.indexOf('MSRP ');
      const line = this.#text.indexOf('\r\n', start);
      if (start < 0 || line < 0) break;
      const [tid = '', what = ''] = this.#text.slice(start + 5, line).split(' ');
      const end = this.#text.indexOf(`-------${tid}`, line);
      if (end < 0 || this.#text.length < end + tid.length + 10) break;
      const flag = this.#text[end + 7 + tid.length];
      this.#text = this.#text.slice(end + tid.length + 10);
      if (what === 'SEND') this.#answer(tid, flag ?? '');
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #answer(tid: string, flag: string): void {
    const { own, peer } = this.#paths;
    if (flag === '$') this.messages++;
    if (flag === '#') this.broken++;
    this.socket.write(`MSRP ${tid} 200 OK\r\nTo-Path: ${peer}\r\nFrom-Path: ${own}\r\n-------${tid}$\r\n`);
  }
}

/** Many readers in one room, their SIP over one connection. */
export class Crowd {
  readonly readers: Reader[] = [];
  readonly #sip: SipPeers;
  readonly #room: string;

  private constructor(sip: SipPeers, room: string) {
    this.#sip = sip;
    this.#room = room;
  }

  static async gather(room: string, sip: { port: number }, size: number): Promise<Crowd> {
    const crowd = new Crowd(await SipPeers.connect(sip.port, 'tcp'), room);
    while (crowd.readers.length < size) {
      const from = crowd.readers.length;
      const count = Math.min(BATCH, size - from);
      const joined = await Promise.all(Array.from({ length: count }, (_, n) => crowd.#join(from + n)));
      crowd.readers.push(...joined);
    }
    return crowd;
  }

  /** CPIM From of the reader with this index. */
  static uri = (index: number): string => `sip:p${index}@bench.invalid`;

  async #join(index: number): Promise<Reader> {
    const { port, ownPath: own, peerPath: peer } = await this.#sip.join(index, this.#room);
    return Reader.bind({ port, own, peer });
  }

  disperse(): void {
    for (const { socket } of this.readers) socket.destroy();
    this.#sip.close();
  }
}

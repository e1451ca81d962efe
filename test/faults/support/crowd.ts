import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { SipPeers } from '../../../bench/harness/join.js';

/** Joined at once. */
const BATCH = 25;

/** Of all that read: what is read is taken before somebody else reads. */
const shared = Buffer.alloc(65_536);

/** Where to connect, and the session there. */
export interface Session {
  port: number;
  own: string;
  peer: string;
}

/** A reader made of no more than a socket: binds its session, answers every SEND with 200, counts. */
export class Reader {
  readonly socket: Socket;
  /** Complete messages, and the octets of their frames. */
  messages = 0;
  /** Whether it answers; what is open then stays so. */
  answers = true;
  /** Messages of which it was told that they break off. */
  broken = 0;
  /** Told of each complete message: the body, of one in chunks all of it. */
  heard: ((body: string) => void) | undefined;
  readonly closed: Promise<void>;
  readonly #paths: { own: string; peer: string };
  #text = '';
  #waiting: (() => void)[] = [];
  /** Own requests that wait for their status. */
  readonly #asked = new Map<string, (status: number) => void>();
  #count = 0;
  /** Bodies of which chunks have come, by Message-ID. */
  readonly #begun = new Map<string, string>();

  private constructor({ port, own, peer }: Session, how?: Partial<NetConnectOpts> & { piece?: number }) {
    const callback = (length: number, bytes: Uint8Array): boolean => {
      this.#data((bytes as Buffer).toString('latin1', 0, length));
      return how?.piece === undefined;
    };
    const onread = { buffer: how?.piece === undefined ? shared : Buffer.alloc(how.piece), callback };
    this.socket = connect({ ...how, port, host: '127.0.0.1', onread });
    this.#paths = { own, peer };
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        for (const answered of this.#asked.values()) answered(0);
        resolve();
      });
    });
    this.socket.on('error', () => undefined);
  }

  /** @param how `piece`: octets of one read, after which it reads on only when told to `resume` its socket */
  static async bind(session: Session, how?: Partial<NetConnectOpts> & { piece?: number }): Promise<Reader> {
    const reader = new Reader(session, how);
    await once(reader.socket, 'connect');
    reader.socket.setNoDelay(true);
    const tid = 'bind0000';
    const bound = new Promise((resolve) => void reader.#asked.set(tid, resolve));
    reader.send({ tid, range: '1-0/0' });
    await bound;
    return reader;
  }

  /** A SEND; without `flag` it is left open. What is answered is dropped. */
  send({ tid, range, body, flag = '$' }: { tid: string; range: string; body?: string; flag?: string }): void {
    const { own, peer } = this.#paths;
    const head = `MSRP ${tid} SEND\r\nTo-Path: ${peer}\r\nFrom-Path: ${own}\r\nMessage-ID: ${tid}\r\nByte-Range: ${range}\r\n`;
    const content = body === undefined ? '' : `Content-Type: message/cpim\r\n\r\n${body}`;
    const end = flag === '' ? '' : `${body === undefined ? '' : '\r\n'}-------${tid}${flag}\r\n`;
    this.socket.write(`${head}${content}${end}`, 'latin1');
  }

  /** A whole message in one SEND; resolves with its status. One whose connection ends is answered with 0. */
  say(body: string): Promise<number> {
    const tid = `said${String(++this.#count).padStart(8, '0')}`;
    return new Promise((resolve) => {
      if (this.socket.destroyed) return resolve(0);
      this.#asked.set(tid, resolve);
      this.send({ tid, range: `1-${body.length}/${body.length}`, body });
    });
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
      const flag = this.#text[end + 7 + tid.length] ?? '';
      if (what === 'SEND' && this.heard) this.#hear(this.#text.slice(line, end - 2), flag);
      this.#text = this.#text.slice(end + tid.length + 10);
      if (what === 'SEND') this.#answer(tid, flag);
      else this.#answered(tid, Number(what));
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Who is short of a place for some moments gets a message in several chunks. */
  #hear(frame: string, flag: string): void {
    const blank = frame.indexOf('\r\n\r\n');
    if (blank < 0) return;
    const id = /\r\nMessage-ID: (\S+)/i.exec(frame.slice(0, blank))?.[1] ?? '';
    const body = (this.#begun.get(id) ?? '') + frame.slice(blank + 4);
    this.#begun.delete(id);
    if (flag === '+') this.#begun.set(id, body);
    if (flag === '$') this.heard?.(body);
  }

  #answered(tid: string, status: number): void {
    this.#asked.get(tid)?.(status);
    this.#asked.delete(tid);
  }

  #answer(tid: string, flag: string): void {
    const { own, peer } = this.#paths;
    if (flag === '$') this.messages++;
    if (flag === '#') this.broken++;
    if (!this.answers) return;
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

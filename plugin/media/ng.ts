/** The ng control protocol of rtpengine over UDP: a cookie, a space, a dictionary in bencode. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { Client as Codec } from 'rtpengine-client';
import type { Clock, Timer } from '../../lib/util/clock.js';
import type { HostPort } from '../sip/host-port.js';

/** What a command says, beside its name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** A reply, that there is none, or that the daemon does not do what it is asked. */
export type NgOutcome =
  | { is: 'reply'; reply: Readonly<Record<string, unknown>> }
  | { is: 'refused'; reason: string }
  | { is: 'silent'; reason: string };

export interface NgOptions {
  address: HostPort;
  clock: Clock;
  /** Milliseconds until a command counts as not answered. @defaultValue 1000 */
  timeout?: number;
}

const TIMEOUT = 1_000;

/** Times at which a command is sent again, as parts of `timeout`: its cookie makes rtpengine repeat the reply it gave. */
const AGAIN = [0.25, 0.5];

/** Commands that may wait for their replies; what is beyond is refused at once. */
const MAX_OUTSTANDING = 1_000;

/** Octets of the longest datagram; what a peer offers may be longer, and the socket would fail on 65,508. */
const MAX_DATAGRAM = 32_768;

interface Outstanding {
  readonly timers: Timer[];
  readonly settle: (outcome: NgOutcome) => void;
}

/**
 * Sends commands and pairs them with their replies. rtpengine-client gives the codec only: its own socket sends nothing
 * twice, knows no `mesh`, waits for ever unless told otherwise, and writes a late reply to standard output.
 */
export class Ng {
  readonly #options: NgOptions;
  readonly #outstanding = new Map<string, Outstanding>();
  #socket: Promise<Socket> | undefined;
  #closed = false;

  constructor(options: NgOptions) {
    this.#options = options;
  }

  /** Resolves, always: with the reply or with what is wrong, after `timeout` at the latest. */
  request(command: string, args: Arguments = {}): Promise<NgOutcome> {
    if (this.#closed) return Promise.resolve({ is: 'silent', reason: 'closed' });
    if (this.#outstanding.size >= MAX_OUTSTANDING)
      return Promise.resolve({ is: 'silent', reason: 'too many commands' });
    const { clock, timeout = TIMEOUT } = this.#options;
    const cookie = randomUUID();
    const datagram = Codec.encodeMessage(cookie, { ...args, command });
    if (datagram.length > MAX_DATAGRAM) return Promise.resolve({ is: 'refused', reason: 'too long' });
    return new Promise((resolve) => {
      const send = (): void => void this.#send(cookie, datagram);
      const timers = AGAIN.map((part) => clock.after(timeout * part, send));
      timers.push(clock.after(timeout, () => this.#settle(cookie, { is: 'silent', reason: 'no reply' })));
      this.#outstanding.set(cookie, { timers, settle: resolve });
      send();
    });
  }

  /** What has no reply yet gets none. */
  close(): void {
    this.#closed = true;
    this.#lost('closed');
  }

  async #send(cookie: string, datagram: Buffer): Promise<void> {
    try {
      this.#socket ??= this.#open();
      const socket = await this.#socket;
      if (this.#outstanding.has(cookie)) socket.send(datagram);
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : 'no socket');
    }
  }

  /** Connected, so that datagrams of others do not arrive, and a port that nobody listens on is heard of at once. */
  #open(): Promise<Socket> {
    const { host, port } = this.#options.address;
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.unref();
    const opening = new Promise<Socket>((resolve, reject) => {
      socket.once('connect', () => resolve(socket));
      socket.on('error', (error) => {
        reject(error);
        if (this.#socket === opening) this.#lost(error.message);
      });
    });
    socket.on('message', (datagram) => this.#received(datagram));
    socket.connect(port, host);
    return opening;
  }

  #received(datagram: Buffer): void {
    const message = decode(datagram);
    if (!message) return;
    const { reply } = message;
    // A socket may be given the very port that rtpengine is to have, while that is not running: then we hear ourselves.
    if (reply['result'] === undefined) return this.#lost('no reply, but a command');
    const reason = reply['error-reason'];
    if (reply['result'] !== 'error') this.#settle(message.cookie, { is: 'reply', reply });
    else
      this.#settle(message.cookie, { is: 'refused', reason: typeof reason === 'string' ? reason : 'no reason given' });
  }

  /** A late or repeated reply is nobody's. */
  #settle(cookie: string, outcome: NgOutcome): void {
    const outstanding = this.#outstanding.get(cookie);
    if (!outstanding) return;
    this.#outstanding.delete(cookie);
    for (const timer of outstanding.timers) timer.cancel();
    outstanding.settle(outcome);
  }

  /** The socket is of no more use; the next command opens another one. */
  #lost(reason: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const cookie of this.#outstanding.keys()) this.#settle(cookie, { is: 'silent', reason });
    socket?.then(
      (open) => open.close(),
      () => {},
    );
  }
}

/** Null for what is no reply. */
function decode(datagram: Buffer): { cookie: string; reply: Readonly<Record<string, unknown>> } | null {
  try {
    const { id, data } = Codec.decodeMessage(datagram);
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
    return { cookie: id, reply: { ...data } };
  } catch {
    return null;
  }
}

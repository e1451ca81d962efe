/**
 * The network between load and server: what the sockets of this process send is now and then lost, cut or garbled, and so
 * are the datagrams that come.
 */
import { Socket as UdpSocket } from 'node:dgram';
import { Socket } from 'node:net';
import type { Random } from '../../fuzz/random.js';

const GARBAGE_OCTETS = 400;

export interface Fault {
  /** Percent of the datagrams, and of the writes to a connection, that something happens to; of each kind. */
  percent: number;
  random: Random;
  /** Something happened. */
  count: (kind: string) => void;
}

type UdpSend = (message: Buffer, port: number, host: string, sent?: (error: Error | null) => void) => void;
type Emit = (this: unknown, ...args: unknown[]) => boolean;
type Write = (this: Socket, chunk: Buffer | string, ...rest: unknown[]) => boolean;

/** From now on, and until the process ends. */
export function disturb({ percent, random, count }: Fault): void {
  const strikes = (): boolean => random.below(10_000) < percent * 100;
  disturbDatagrams(strikes, random, count);
  disturbStreams(strikes, random, count);
}

function disturbDatagrams(strikes: () => boolean, random: Random, count: Fault['count']): void {
  const sockets = UdpSocket.prototype as unknown as { send: UdpSend; emit: Emit };
  const { send, emit } = sockets;
  sockets.send = function disturbed(message, port, host, sent): void {
    if (strikes()) {
      count('datagrams to the server lost');
      sent?.(null);
      return;
    }
    if (strikes()) {
      count('datagrams garbled');
      send.call(this, garbled(message, random), port, host, sent);
      return;
    }
    send.call(this, message, port, host, sent);
  };
  sockets.emit = function disturbed(...args): boolean {
    if (args[0] === 'message' && strikes()) {
      count('datagrams from the server lost');
      return false;
    }
    return emit.apply(this, args);
  };
}

function disturbStreams(strikes: () => boolean, random: Random, count: Fault['count']): void {
  const sockets = Socket.prototype as unknown as { write: Write };
  const write = sockets.write;
  sockets.write = function disturbed(chunk, ...rest): boolean {
    // Standard output is a socket too.
    if (this.remotePort === undefined || typeof chunk === 'string') return write.call(this, chunk, ...rest);
    if (strikes()) {
      count('connections cut');
      write.call(this, chunk.subarray(0, random.below(chunk.length)));
      if (random.chance(50)) this.destroySoon();
      else this.resetAndDestroy();
      return false;
    }
    if (strikes()) {
      count('octets flipped');
      return write.call(this, flipped(chunk, random), ...rest);
    }
    return write.call(this, chunk, ...rest);
  };
}

/** Noise, an octet flipped, or the end missing. */
function garbled(message: Buffer, random: Random): Buffer {
  switch (random.below(3)) {
    case 0:
      return Buffer.from(Array.from({ length: 1 + random.below(GARBAGE_OCTETS) }, () => random.below(256)));
    case 1:
      return flipped(message, random);
    default:
      return message.subarray(0, random.below(message.length));
  }
}

function flipped(octets: Buffer, random: Random): Buffer {
  const copy = Buffer.from(octets);
  const at = random.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

import { createHash, type Hash } from 'node:crypto';
import { Parser } from '../../lib/msrp/index.js';

/** What one peer reads of large messages: their digests and how each SEND ended, without keeping the octets. */
export class MessageHasher {
  /** Flags of the SENDs. */
  flags = '';
  /** Digests of the messages that were ended with `$`. */
  readonly digests: string[] = [];
  /** Body octets of SENDs. */
  octets = 0;
  /** Ids of the SENDs that ended. */
  readonly tids: string[] = [];
  readonly #parser: Parser;
  #hash: Hash = createHash('sha256');
  #isSend = false;
  #tid = '';

  constructor() {
    this.#parser = new Parser({
      head: (message) => {
        this.#isSend = message.kind === 'request' && message.method === 'SEND';
        this.#tid = message.tid;
      },
      body: (piece) => {
        if (!this.#isSend) return;
        this.octets += piece.length;
        this.#hash.update(piece);
      },
      end: ({ flag, errors }) => {
        if (errors.length > 0) throw new Error(errors.join(' '));
        if (this.#isSend) this.#ended(flag);
      },
      fatal: (error) => {
        throw new Error(error);
      },
    });
  }

  read(bytes: Buffer): void {
    this.#parser.receive(bytes);
  }

  #ended(flag: string): void {
    this.flags += flag;
    this.tids.push(this.#tid);
    if (flag === '+') return;
    if (flag === '$') this.digests.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
  }
}

export const sha256 = (...parts: Buffer[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

import {
  endLine,
  formatBodilessSend,
  formatNickname,
  formatReport,
  formatSendHead,
  mayCarry,
  newMessageId,
  type Response,
  TransactionIds,
} from '../msrp/index.js';
import type { Clock, Timer } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { ByteStream } from './byte-stream.js';

/** How the peer, hop by hop, answered a request; delivery to anybody is the matter of a report (4976-3-01). */
export interface Outcome {
  /** MSRP status: 200, or why not (RFC 4975 §10, RFC 7701 §7). */
  status: number;
  /** Text of the response, for people. */
  comment: string;
  /** Message-ID of a SEND, `''` for other requests. */
  messageId: string;
}

export interface SenderOptions {
  stream: ByteStream;
  ownUri: string;
  peerPath: readonly string[];
  clock: Clock;
  /** Milliseconds until a request counts as failed (RFC 4975 §7.1.1). @defaultValue 30000 */
  timeout?: number;
}

/** 4975-7.1.1-10: larger chunks would have to be interruptible; fixed chunks of this size are the permitted simple strategy. */
export const CHUNK_SIZE = 2048;
/** Chunks of one message that may await their response: what is under way when the peer says stop. */
const WINDOW = 32;
/** Octets waiting to be sent. */
const MAX_QUEUED = 32 * 1024 * 1024;

interface Outgoing {
  messageId: string;
  body: Buffer;
  /** Octets already in a chunk. */
  position: number;
  unanswered: Set<string>;
  frame(tid: string, from: number, to: number): Buffer;
  resolve(outcome: Outcome): void;
  reject(error: ChatroomsError): void;
}

interface Transaction {
  outgoing: Outgoing;
  timer: Timer;
}

const text = (frame: string): Buffer => Buffer.from(frame, 'latin1');

/** The requests of one session: messages cut into chunks that take turns (RFC 4975 §7.1.1), and their transactions. */
export class MsrpSender {
  readonly #stream: ByteStream;
  readonly #ownUri: string;
  readonly #peerPath: readonly string[];
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #ids = new TransactionIds();
  readonly #transactions = new Map<string, Transaction>();
  #queue: Outgoing[] = [];
  #queued = 0;
  #closed: ChatroomsError | undefined;

  constructor(options: SenderOptions) {
    this.#stream = options.stream;
    this.#ownUri = options.ownUri;
    this.#peerPath = options.peerPath;
    this.#clock = options.clock;
    this.#timeout = options.timeout ?? 30_000;
  }

  /** 4975-5.4-02: the active party sends a SEND at once, so that the peer can bind the session to the connection. */
  bind(): Promise<Outcome> {
    const messageId = newMessageId();
    const paths = [this.#peerPath, [this.#ownUri]] as const;
    return this.#enqueue(messageId, Buffer.alloc(0), (tid) => text(formatBodilessSend(tid, messageId, ...paths)));
  }

  // 7701-7.1-01, 7701-7.1-04: no body, no report headers, flag "$"
  nickname(name: string): Promise<Outcome> {
    const paths = [this.#peerPath, [this.#ownUri]] as const;
    return this.#enqueue('', Buffer.alloc(0), (tid) => text(formatNickname(tid, ...paths, name)));
  }

  send(contentType: string, body: Uint8Array, options: { successReport?: boolean } = {}): Promise<Outcome> {
    const messageId = newMessageId();
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    return this.#enqueue(messageId, bytes, (tid, from, to) => {
      const head = formatSendHead({
        tid,
        toPath: this.#peerPath,
        fromPath: [this.#ownUri],
        messageId,
        byteRange: { start: from + 1, end: to, total: bytes.length },
        contentType,
        ...(options.successReport ? { successReport: true } : {}),
      });
      const end = `\r\n${endLine(tid, to === bytes.length ? '$' : '+')}`;
      return Buffer.concat([text(head), bytes.subarray(from, to), text(end)]);
    });
  }

  /** A success report about `length` octets received (4975-7.1.3-01); reports are not answered. */
  report(messageId: string, status: number, length: number, toPath: readonly string[]): void {
    const byteRange = { start: 1, end: length, total: length };
    const fromPath = [this.#ownUri];
    this.#stream.write(text(formatReport({ tid: this.#ids.next(), toPath, fromPath, messageId, byteRange, status })));
  }

  onResponse(response: Response): void {
    const transaction = this.#transactions.get(response.tid);
    if (!transaction) return;
    const { outgoing } = transaction;
    this.#finish(response.tid);
    // 4975-10-01: other 2xx are successes, every other code is a failure
    if (response.status < 200 || response.status > 299) {
      // 4975-10-04: "no further chunk with that Message-ID"
      this.#abandon(outgoing);
      outgoing.resolve(outcomeOf(outgoing, response));
    } else if (outgoing.unanswered.size === 0 && outgoing.position === outgoing.body.length) {
      outgoing.resolve(outcomeOf(outgoing, response));
    }
    this.pump();
  }

  /** Sends what the stream takes, one chunk of each message in turn. */
  pump(): void {
    while (this.#stream.writable) {
      const index = this.#queue.findIndex((outgoing) => outgoing.unanswered.size < WINDOW);
      const [outgoing] = index < 0 ? [] : this.#queue.splice(index, 1);
      if (!outgoing) return;
      this.#sendChunk(outgoing);
      if (outgoing.position < outgoing.body.length) this.#queue.push(outgoing);
    }
  }

  /** Rejects everything unanswered and everything asked later. */
  close(error: ChatroomsError): void {
    if (this.#closed) return;
    this.#closed = error;
    const open = new Set([
      ...this.#queue,
      ...[...this.#transactions.values()].map((transaction) => transaction.outgoing),
    ]);
    for (const outgoing of open) {
      this.#abandon(outgoing);
      outgoing.reject(error);
    }
  }

  #enqueue(messageId: string, body: Buffer, frame: Outgoing['frame']): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      if (this.#queued + body.length > MAX_QUEUED) {
        const size = Math.round(this.#queued / 1024);
        return reject(
          new ChatroomsError(
            'CHAT_ERR_QUEUE_FULL',
            `${size} kB already wait for a room that reads too slowly; send later`,
          ),
        );
      }
      this.#queued += body.length;
      this.#queue.push({
        messageId,
        body,
        position: 0,
        unanswered: new Set(),
        frame,
        resolve,
        reject,
      });
      this.pump();
    });
  }

  #sendChunk(outgoing: Outgoing): void {
    const from = outgoing.position;
    const to = Math.min(from + CHUNK_SIZE, outgoing.body.length);
    const tid = this.#freeId(outgoing.body.subarray(from, to));
    outgoing.position = to;
    this.#queued -= to - from;
    outgoing.unanswered.add(tid);
    this.#stream.write(outgoing.frame(tid, from, to));
    // 4975-7.1.1-17: "30 seconds after the last byte of the transaction was sent", then as if a 408 had come
    const timer = this.#clock.after(this.#timeout, () => this.#expired(tid));
    this.#transactions.set(tid, { outgoing, timer });
  }

  /** 4975-7.1-10: the end-line must not occur in what it ends. */
  #freeId(chunk: Buffer): string {
    let tid = this.#ids.next();
    while (!mayCarry(tid, chunk)) tid = this.#ids.next();
    return tid;
  }

  #expired(tid: string): void {
    const outgoing = this.#transactions.get(tid)?.outgoing;
    if (!outgoing) return;
    this.#finish(tid);
    this.#abandon(outgoing);
    const seconds = this.#timeout / 1000;
    outgoing.reject(
      new ChatroomsError(
        'CHAT_ERR_MSRP_TIMEOUT',
        `the room did not answer within ${seconds} s; the message may be lost`,
        {
          msrpStatus: 408,
        },
      ),
    );
    this.pump();
  }

  #finish(tid: string): void {
    const transaction = this.#transactions.get(tid);
    transaction?.timer.cancel();
    transaction?.outgoing.unanswered.delete(tid);
    this.#transactions.delete(tid);
  }

  #abandon(outgoing: Outgoing): void {
    for (const tid of outgoing.unanswered) this.#finish(tid);
    if (!this.#queue.includes(outgoing)) return;
    this.#queue = this.#queue.filter((other) => other !== outgoing);
    this.#queued -= outgoing.body.length - outgoing.position;
  }
}

function outcomeOf(outgoing: Outgoing, response: Response): Outcome {
  return { status: response.status, comment: response.comment ?? '', messageId: outgoing.messageId };
}

import {
  endLine,
  formatBodilessSend,
  formatNickname,
  formatReport,
  formatRequestHead,
  type Header,
  INTERRUPTIBLE_ABOVE,
  mayCarry,
  newMessageId,
  type Response,
  TransactionIds,
} from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { Recent } from '../../util/recent.js';
import type { ByteStream } from './byte-stream.js';
import { ChunkWriter } from './chunk-writer.js';
import { type OutgoingBody, StreamedBody } from './outgoing-body.js';
import { type Outcome, OutgoingMessage, type SendOptions } from './outgoing-message.js';

export interface SenderOptions {
  stream: ByteStream;
  ownUri: string;
  peerPath: readonly string[];
  clock: Clock;
  /** Milliseconds until a request counts as failed (RFC 4975 §7.1.1). @defaultValue 30000 */
  timeout?: number;
  /**
   * Octets of the longest chunk. Up to 2048 chunks have a fixed range and are written as one: for streams whose frames
   * must not be taken apart, and relays that cannot take long ones. @defaultValue 262144
   */
  chunkSize?: number;
  /** A message with Failure-Report `partial` that counted as accepted was refused all the same (4975-7.1.1-18). */
  onLateRefusal?: (messageId: string, status: number, comment: string) => void;
  /** A request was sent whose response is awaited. */
  onAwait?: () => void;
}

/** Octets handed to the stream at once; whatever waits for the connection comes to its turn behind them. */
const SLICE = 16 * 1024;
/** A chunk ends here also when nothing else waits, so that responses come and `acknowledged` moves. */
const LONGEST_CHUNK = 256 * 1024;

/** 4975-7.1.1-11: "fixed 2048-octet chunks are the permitted simple strategy". */
export const FIXED_CHUNKS = INTERRUPTIBLE_ABOVE;
/** Chunks of one message that may await their response. */
const WINDOW = 32;
/** Octets waiting to be sent, and messages. */
const MAX_QUEUED = 32 * 1024 * 1024;
const MAX_MESSAGES = 10_000;
/** Requests without message that await their response. */
const MAX_REQUESTS = 100;
/** Chunks with Failure-Report `partial` of which a refusal is still understood. */
const REMEMBERED_CHUNKS = 1024;

interface Transaction {
  timer: Timer;
  onResponse(response: Response): void;
  onTimeout(error: ChatroomsError): void;
  /** The chunk's message; undefined for other requests. */
  message?: OutgoingMessage;
}

const text = (frame: string): Buffer => Buffer.from(frame, 'latin1');

/** The requests of one session: messages in chunks that give way to each other (RFC 4975 §7.1.1), and transactions. */
export class MsrpSender {
  /** To-Path of our requests; a renewed relay or a re-offer brings another one. */
  peerPath: readonly string[];
  readonly #options: SenderOptions;
  readonly #stream: ByteStream;
  readonly #timeout: number;
  readonly #chunkSize: number;
  readonly #ids = new TransactionIds();
  readonly #transactions = new Map<string, Transaction>();
  readonly #quiet = new Recent<OutgoingMessage>(REMEMBERED_CHUNKS);
  #queue: OutgoingMessage[] = [];
  /** Messages not settled: those in the queue, and those that only await responses. */
  readonly #messages = new Set<OutgoingMessage>();
  #requests = 0;
  #open: ChunkWriter | undefined;
  #pumping = false;
  #closed: ChatroomsError | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.peerPath = options.peerPath;
    this.#timeout = options.timeout ?? 30_000;
    this.#chunkSize = options.chunkSize ?? LONGEST_CHUNK;
  }

  /**
   * A SEND without body, which says nothing to anybody and is answered (RFC 4975 §7.1). 4975-5.4-02: the active party sends
   * one at once, so that the peer can bind the session to the connection.
   */
  async sendNothing(): Promise<Outcome> {
    const messageId = newMessageId();
    const response = await this.#request((tid) => formatBodilessSend(tid, messageId, this.peerPath, this.#fromPath));
    return outcomeOf(response, messageId);
  }

  // 7701-7.1-01, 7701-7.1-04: no body, no report headers, flag "$"
  async nickname(name: string): Promise<Outcome> {
    return outcomeOf(await this.#request((tid) => formatNickname(tid, this.peerPath, this.#fromPath, name)), '');
  }

  /** A request without body along `toPath`, whatever its method; resolves with any final response. */
  request(method: string, toPath: readonly string[], headers: readonly Header[]): Promise<Response> {
    return this.#request(
      (tid) => formatRequestHead({ tid, method, toPath, fromPath: this.#fromPath, headers }) + endLine(tid, '$'),
    );
  }

  send(messageId: string, contentType: string, body: OutgoingBody, options: SendOptions = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const refusal = this.#closed ?? this.#refusal(body) ?? (options.signal?.aborted ? aborted(options) : undefined);
      if (refusal) {
        body.cancel();
        return reject(refusal);
      }
      const message = new OutgoingMessage({ messageId, contentType, body }, options, { resolve, reject }, (message) =>
        this.#abort(message, aborted(options)),
      );
      this.#messages.add(message);
      this.#queue.push(message);
      const source = body instanceof StreamedBody ? body : undefined;
      source?.start(
        () => this.pump(),
        (error) => this.#abort(message, error),
      );
      this.pump();
    });
  }

  /** A success report about `length` octets received (4975-7.1.3-01); reports are not answered. */
  report(messageId: string, status: number, length: number, toPath: readonly string[]): void {
    const byteRange = { start: 1, end: length, total: length };
    const fromPath = this.#fromPath;
    this.write(formatReport({ tid: this.#ids.next(), toPath, fromPath, messageId, byteRange, status }));
  }

  /** Writes a complete frame; a chunk that is being sent gives way (4975-7.1.1-13). */
  write(frame: string): void {
    this.#endChunk('+');
    this.#stream.write(text(frame));
  }

  onResponse(response: Response): void {
    const transaction = this.#transactions.get(response.tid);
    if (transaction) {
      this.#forget(response.tid);
      transaction.onResponse(response);
    } else this.#lateResponse(response);
    this.pump();
  }

  /** 4975-7.3.2-02: a failure report about a message that is still being sent ends it. */
  refused(messageId: string, status: number, comment: string): void {
    for (const message of this.#messages) if (message.messageId === messageId) this.#refuse(message, status, comment);
    this.pump();
  }

  /** Sends what the stream takes, a slice of each message in turn. */
  pump(): void {
    // a caller's onProgress may send, and a stream may drain, while this runs
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    while (this.#stream.writable) {
      const index = this.#queue.findIndex((message) => this.#mayGoOn(message));
      const [message] = index < 0 ? [] : this.#queue.splice(index, 1);
      if (!message) {
        // its source is slower than the network; nobody shall wait for it
        this.#endChunk('+');
        break;
      }
      this.#advance(message);
      if (!message.body.finished && !message.settled) this.#queue.push(message);
    }
    this.#pumping = false;
  }

  /** Rejects everything unanswered and everything asked later. */
  close(error: ChatroomsError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#open = undefined;
    for (const [tid, transaction] of this.#transactions) {
      this.#forget(tid);
      if (!transaction.message) transaction.onTimeout(error);
    }
    for (const message of this.#messages) message.failed(error);
    this.#messages.clear();
    this.#queue = [];
  }

  get #fromPath(): readonly string[] {
    return [this.#options.ownUri];
  }

  #refusal(body: OutgoingBody): ChatroomsError | undefined {
    const waiting = this.#queue.reduce((sum, message) => sum + message.body.held, 0);
    if (waiting + body.held <= MAX_QUEUED && this.#messages.size < MAX_MESSAGES) return undefined;
    return queueFull(`${Math.round(waiting / 1024)} kB already wait`);
  }

  #request(frame: (tid: string) => string): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      if (this.#requests >= MAX_REQUESTS) return reject(queueFull(`${MAX_REQUESTS} requests are unanswered`));
      this.#requests++;
      const tid = this.#ids.next();
      this.write(frame(tid));
      this.#await(tid, {
        onResponse: (response) => {
          this.#requests--;
          resolve(response);
        },
        onTimeout: (error) => {
          this.#requests--;
          reject(error);
        },
      });
    });
  }

  #mayGoOn(message: OutgoingMessage): boolean {
    return message.body.ready && (this.#open?.message === message || message.unanswered.size < WINDOW);
  }

  #advance(message: OutgoingMessage): void {
    // 4975-7.1.1-12: a chunk is interrupted when another message has its turn
    if (this.#open?.message !== message) this.#endChunk('+');
    const slice = message.body.peek(Math.min(SLICE, this.#chunkSize));
    const isShort = slice.length <= INTERRUPTIBLE_ABOVE;
    if (!this.#open && isShort && (message.body.isRest(slice.length) || this.#chunkSize <= FIXED_CHUNKS)) {
      this.#sendFixed(message, slice);
    } else {
      this.#open ??= new ChunkWriter(this.#stream, message, this.#freeId(slice), this.peerPath, this.#fromPath);
      const whole = this.#open.write(slice);
      if (message.body.finished) this.#endChunk('$');
      else if (!whole || this.#open.length >= this.#chunkSize) this.#endChunk('+');
    }
    this.#progressed(message);
  }

  /** 4975-7.1.1-10: up to 2048 octets a chunk needs no interruption, and its range is known. */
  #sendFixed(message: OutgoingMessage, slice: Buffer): void {
    const { body } = message;
    const tid = this.#freeId(slice);
    const start = body.position + 1;
    const end = body.position + slice.length;
    const flag = body.isRest(slice.length) ? '$' : '+';
    body.take(slice.length);
    const range = { start, end, total: body.total ?? '*' } as const;
    const head = message.head(tid, this.peerPath, this.#fromPath, range);
    this.#stream.write(Buffer.concat([text(head), slice, text(`\r\n${endLine(tid, flag)}`)]));
    this.#sent(message, tid, slice.length);
  }

  #endChunk(flag: '+' | '$' | '#'): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    open.end(flag);
    // what answers a message given up concerns nobody
    if (flag !== '#') this.#sent(open.message, open.tid, open.length);
  }

  /** The last octet of a transaction was handed to the stream. */
  #sent(message: OutgoingMessage, tid: string, length: number): void {
    // 4975-7.1.1-18: "With partial no timer runs but a non-200 response is reported; with no neither."
    if (message.failureReport === 'partial') this.#quiet.set(tid, message);
    if (message.failureReport !== 'yes') return;
    message.unanswered.add(tid);
    this.#await(tid, {
      message,
      onResponse: (response) => this.#answered(message, response, length),
      onTimeout: (error) => this.#abort(message, error),
    });
  }

  /** 4975-7.1.1-17: "30 s from the moment the last byte of the transaction was handed to the socket", then as a 408. */
  #await(tid: string, transaction: Omit<Transaction, 'timer'>): void {
    const timer = this.#options.clock.after(this.#timeout, () => {
      this.#forget(tid);
      const text = `the room did not answer within ${this.#timeout / 1000} s; the message may be lost`;
      transaction.onTimeout(new ChatroomsError('CHAT_ERR_MSRP_TIMEOUT', text, { msrpStatus: 408 }));
      this.pump();
    });
    this.#transactions.set(tid, { ...transaction, timer });
    this.#options.onAwait?.();
  }

  #answered(message: OutgoingMessage, { status, comment }: Response, length: number): void {
    // 4975-10-01: other 2xx are successes, every other code is a failure
    if (status < 200 || status > 299) return this.#refuse(message, status, comment ?? '');
    message.acknowledge(length, comment ?? '');
    this.#progressed(message);
  }

  #lateResponse({ tid, status, comment }: Response): void {
    const message = this.#quiet.get(tid);
    if (!message || (status >= 200 && status <= 299)) return;
    this.#quiet.delete(tid);
    if (message.settled) this.#options.onLateRefusal?.(message.messageId, status, comment ?? '');
    else this.#refuse(message, status, comment ?? '');
  }

  #progressed(message: OutgoingMessage): void {
    try {
      if (!message.settled) message.progress();
    } catch (error) {
      return this.#abort(message, error);
    }
    if (message.settled || !message.complete) return;
    this.#messages.delete(message);
    message.accepted();
  }

  /** 4975-10-04: "no further chunk with that Message-ID", and a running one is ended with `#`. */
  #refuse(message: OutgoingMessage, status: number, comment: string): void {
    this.#drop(message);
    if (status === 413) message.failed(stopped(comment));
    else message.answered(status, comment);
  }

  /** The caller, the source or the clock gives a message up; the peer is told, unless it has all of it. */
  #abort(message: OutgoingMessage, error: unknown): void {
    if (message.settled) return;
    const { position, finished } = message.body;
    const isOpen = this.#open?.message === message;
    // what was sent to its end cannot be called back
    if (finished && error instanceof ChatroomsError && error.code === 'CHAT_ERR_ABORTED') return;
    this.#drop(message);
    if (!isOpen && !finished && position > 0) this.#sayGivenUp(message, position);
    message.failed(error);
    this.pump();
  }

  /** 4975-7.1-03: between two chunks the flag `#` needs a chunk of its own. */
  #sayGivenUp(message: OutgoingMessage, position: number): void {
    const tid = this.#ids.next();
    const byteRange = { start: position + 1, end: '*', total: message.body.total ?? '*' } as const;
    const head = message.head(tid, this.peerPath, this.#fromPath, byteRange);
    this.write(`${head}\r\n${endLine(tid, '#')}`);
  }

  #drop(message: OutgoingMessage): void {
    if (this.#open?.message === message) this.#endChunk('#');
    this.#queue = this.#queue.filter((other) => other !== message);
    this.#messages.delete(message);
    for (const tid of message.unanswered) this.#forget(tid);
  }

  #forget(tid: string): void {
    const transaction = this.#transactions.get(tid);
    transaction?.timer.cancel();
    transaction?.message?.unanswered.delete(tid);
    this.#transactions.delete(tid);
  }

  /** 4975-7.1-10: the end-line must not occur in what it ends. */
  #freeId(slice: Buffer): string {
    let tid = this.#ids.next();
    while (!mayCarry(tid, slice)) tid = this.#ids.next();
    return tid;
  }
}

function outcomeOf({ status, comment }: Response, messageId: string): Outcome {
  return { status, comment: comment ?? '', messageId };
}

function aborted({ signal }: SendOptions): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_ABORTED', 'the message was given up as asked', { cause: signal?.reason });
}

function stopped(comment: string): ChatroomsError {
  const said = comment === '' ? '' : ` (${comment})`;
  const text = `the room stopped the message${said}: too large, or unwanted; send something smaller`;
  return new ChatroomsError('CHAT_ERR_MESSAGE_STOPPED', text, { msrpStatus: 413 });
}

function queueFull(what: string): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_QUEUE_FULL', `${what} for a room that reads too slowly; send later`);
}

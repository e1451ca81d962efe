import {
  type ByteRange,
  type Header,
  newMessageId,
  Reassembler,
  type ReportStatus,
  type Response,
} from '../../msrp/index.js';
import type { Clock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { KeepAlive } from '../../util/keep-alive.js';
import type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from './byte-stream.js';
import { Deliveries, type DeliveryReport } from './deliveries.js';
import { LargeMessages, type OpenLarge } from './large-messages.js';
import { LinkConnection } from './link-connection.js';
import type { ReceiverDelegate } from './receiver.js';
import { MsrpSender } from './sender.js';
import { BufferedBody, type OutgoingBody } from './outgoing-body.js';
import type { Outcome, SendOptions } from './outgoing-message.js';

export interface LinkDelegate {
  /** @returns 200, or 400 when the content cannot be read */
  onMessage(contentType: string, body: Uint8Array): number;
  /** A large message begins; see `OpenLarge`. @defaultValue every message comes as a whole */
  onLarge?: OpenLarge;
  /** A REPORT about a message of ours, or a refusal that came after it counted as accepted. */
  onReport(report: DeliveryReport): void;
  /** Called once; after it every request rejects. */
  onClosed(cause: ChatroomsError): void;
}

export interface LinkOptions {
  ownUri: string;
  acceptTypes: readonly string[];
  /** Octets of one incoming message. */
  maxSize: number;
  /** See `SenderOptions`. */
  chunkSize?: number;
  clock: Clock;
  /** Ask the peer for signs of life: see `MsrpTransport.needsKeepAlive`. @defaultValue false */
  keepAlive?: boolean;
  delegate: LinkDelegate;
}

/** Responses the peer has not read; one that sends but never reads is cut off, since each request of it costs us one. */
const MAX_UNREAD = 4 * 1024 * 1024;
/** Milliseconds the peer has to open and bind a connection to us (P-CON-01). */
const BIND_TIMEOUT = 30_000;
/** Connections to us that have not yet named our session. */
const MAX_APPLICANTS = 8;

/** One MSRP session: its connection, opened by us or by the peer, and what goes over it (RFC 4975 §5.4). */
export class MsrpLink {
  readonly #options: LinkOptions;
  readonly #reassembler: Reassembler;
  readonly #large: LargeMessages;
  readonly #deliveries: Deliveries;
  readonly #applicants = new Set<LinkConnection>();
  #connection: LinkConnection | undefined;
  #sender: MsrpSender | undefined;
  #peerPath: readonly string[] = [];
  #life: KeepAlive | undefined;
  #onBound: (() => void) | undefined;
  #onUnbound: ((error: ChatroomsError) => void) | undefined;
  /** The peer has named our session. */
  #named = false;
  #closing: ChatroomsError | undefined;
  #closed = false;

  /**
   * A session over a connection of our own.
   * @throws ChatroomsError as `connect` and `bind`
   */
  static async open(
    options: LinkOptions & { transport: MsrpTransport; target: StreamTarget; peerPath: readonly string[] },
  ): Promise<MsrpLink> {
    const link = new MsrpLink(options);
    link.peerPath = options.peerPath;
    try {
      await link.connect(options.transport, options.target);
      await link.bind();
      return link;
    } catch (error) {
      link.destroy();
      throw error;
    }
  }

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#reassembler = new Reassembler({ clock: options.clock, maxSize: options.maxSize });
    this.#large = new LargeMessages({
      ...options,
      onOpen: (...begun) => options.delegate.onLarge?.(...begun) ?? 'whole',
      onPressure: (slow) => this.#connection?.hold(slow),
    });
    this.#deliveries = new Deliveries(options.clock);
  }

  /** To-Path of what we send: own relays first, the peer's session last (4976-5.1-01). */
  set peerPath(path: readonly string[]) {
    this.#peerPath = path;
    if (this.#sender) this.#sender.peerPath = path;
  }

  /**
   * Opens the connection.
   * @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE`, `CHAT_ERR_CERTIFICATE`
   */
  async connect(transport: MsrpTransport, target: StreamTarget): Promise<void> {
    const connection = this.#newConnection();
    connection.use(await transport.connect(target, connection));
    if (this.#closing) connection.stream?.destroy();
    this.#adopt(connection);
  }

  /** 4975-5.4-02: says over the open connection which session it is for.
   * @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_MSRP_REFUSED`, `CHAT_ERR_CLOSED` */
  async bind(): Promise<void> {
    const { status, comment } = await this.#requests().sendNothing();
    if (status === 200) return this.#keepAlive();
    const text = `the room's switch answered ${status} ${comment} to our connection`;
    throw new ChatroomsError('CHAT_ERR_MSRP_REFUSED', text, { msrpStatus: status });
  }

  /** A connection somebody opened to us; it becomes ours when its first request names our session (4975-5.4-05). */
  accept(stream: ByteStream): ByteStreamDelegate {
    const connection = this.#newConnection();
    connection.use(stream);
    if (this.#applicants.size >= MAX_APPLICANTS || this.#closing) stream.destroy();
    this.#applicants.add(connection);
    connection.expectRequest(this.#options.clock);
    return connection;
  }

  /** Waits until the peer has bound the session. @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED` */
  async bound(): Promise<void> {
    if (this.#named) return;
    await new Promise<void>((resolve, reject) => {
      if (this.#closing) return reject(this.#closing);
      const timer = this.#options.clock.after(BIND_TIMEOUT, () => {
        const text = `the room did not open the session within ${BIND_TIMEOUT / 1000} s`;
        this.#onUnbound?.(new ChatroomsError('CHAT_ERR_MSRP_TIMEOUT', text, { msrpStatus: 408 }));
      });
      const settled = (): void => {
        timer.cancel();
        this.#onBound = undefined;
        this.#onUnbound = undefined;
      };
      this.#onBound = () => {
        settled();
        resolve();
      };
      this.#onUnbound = (error) => {
        settled();
        reject(error);
      };
    });
  }

  /**
   * Sends a message.
   * @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_MESSAGE_STOPPED`, `CHAT_ERR_ABORTED`, `CHAT_ERR_QUEUE_FULL`,
   * `CHAT_ERR_CLOSED`; what the body's source or `onProgress` throws
   */
  async send(contentType: string, content: Uint8Array | OutgoingBody, options: SendOptions = {}): Promise<Outcome> {
    const body = content instanceof Uint8Array ? new BufferedBody(content) : content;
    const messageId = newMessageId();
    const deliveries = this.#deliveries;
    const sender = this.#requests();
    deliveries.began(messageId);
    const delivered = options.successReport ? deliveries.expect(messageId, options.reportTimeout) : undefined;
    try {
      const outcome = await sender.send(messageId, contentType, body, options);
      if (outcome.status === 200) deliveries.sent(messageId, body.position);
      else deliveries.refused(messageId, outcome.status, outcome.comment);
      return delivered ? { ...outcome, delivered } : outcome;
    } catch (error) {
      deliveries.abandoned(messageId);
      throw error;
    }
  }

  /** @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED` */
  async nickname(name: string): Promise<Outcome> {
    return this.#requests().nickname(name);
  }

  /** A request without body; see `MsrpSender.request`. @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED` */
  async request(method: string, toPath: readonly string[], headers: readonly Header[]): Promise<Response> {
    return this.#requests().request(method, toPath, headers);
  }

  /** There is reason to doubt the connection: asks the peer now, where it is asked at all, and gives it 5 s to answer. */
  check(): void {
    this.#life?.check();
  }

  /** Ends the connection in good order; what awaits an answer rejects. */
  close(): void {
    this.#end(closed('the session was left'), (stream) => stream.close());
  }

  destroy(): void {
    this.#end(closed('the session was left'), (stream) => stream.destroy());
  }

  #newConnection(): LinkConnection {
    const connection: LinkConnection = new LinkConnection(
      {
        ...this.#options,
        reassembler: this.#reassembler,
        large: this.#large,
        delegate: this.#receiverDelegate(() => connection),
      },
      {
        onHeard: () => {
          if (connection === this.#connection) this.#life?.heard();
        },
        onDrain: () => {
          if (connection !== this.#connection) return;
          // the network took what waited
          this.#life?.heard();
          this.#sender?.pump();
        },
        onClose: (_connection, cause) => this.#connectionClosed(connection, cause),
      },
    );
    return connection;
  }

  #receiverDelegate(of: () => LinkConnection): ReceiverDelegate {
    return {
      claim: () => this.#claim(of()),
      onResponse: (response) => {
        if (of() === this.#connection) this.#responded(response);
      },
      onReport: (messageId, range, status) => this.#reported(messageId, range, status),
      onMessage: (contentType, body) => this.#options.delegate.onMessage(contentType, body),
      reply: (frame) => this.#reply(of(), frame),
      sendReport: (messageId, length, toPath) => this.#sender?.report(messageId, 200, length, toPath),
      onBroken: (error) => {
        if (of() === this.#connection) this.fail(`the room sent something that is not MSRP (${error})`);
        else of().stream?.destroy();
      },
    };
  }

  /** 4975-5.4-05, 4975-5.4-06: the first request binds; from another connection the session is bound elsewhere. */
  #claim(connection: LinkConnection): boolean {
    if (!this.#connection) this.#adopt(connection);
    if (connection !== this.#connection) return false;
    this.#named = true;
    this.#onBound?.();
    return true;
  }

  #adopt(connection: LinkConnection): void {
    const { stream } = connection;
    if (!stream) return;
    this.#applicants.delete(connection);
    connection.settle();
    this.#connection = connection;
    this.#sender = new MsrpSender({
      ...this.#options,
      stream,
      peerPath: this.#peerPath,
      onAwait: () => this.#life?.sent(),
      onLateRefusal: (messageId, status, comment) => this.#options.delegate.onReport({ messageId, status, comment }),
    });
  }

  #connectionClosed(connection: LinkConnection, cause: Error | undefined): void {
    this.#applicants.delete(connection);
    if (connection !== this.#connection || this.#closed) return;
    const reason = cause ? `the connection to the room broke: ${cause.message}` : 'the room closed the connection';
    this.#ended(this.#closing ?? closed(reason, cause));
  }

  #ended(error: ChatroomsError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing ??= error;
    this.#life?.stop();
    this.#reassembler.close();
    this.#large.close();
    this.#sender?.close(error);
    this.#deliveries.close();
    this.#onUnbound?.(error);
    this.#options.delegate.onClosed(error);
  }

  #responded(response: Response): void {
    this.#sender?.onResponse(response);
    // 4975-10-07, 4975-10-09: the session is gone, or no longer here
    if (response.status === 481 || response.status === 506) {
      this.fail(`the room no longer knows this session (${response.status})`);
    }
  }

  // 4975-7.1.2-03: a REPORT about a message that was never sent is ignored
  #reported(messageId: string, range: ByteRange | null, status: ReportStatus): void {
    if (!this.#deliveries.isOurs(messageId)) return;
    const { code } = status;
    const comment = status.comment ?? '';
    this.#deliveries.reported(messageId, range, status);
    if (code < 200 || code > 299) this.#sender?.refused(messageId, code, comment);
    this.#options.delegate.onReport({ messageId, status: code, comment });
    // 4975-7.3.2-03: "A failure REPORT that means loss (408, 481, 506) makes the session failed"
    if (code === 408 || code === 481 || code === 506) this.fail(`a message did not get through (${code} ${comment})`);
  }

  // 7977-6-01: where there are no pings "an MSRP implementation MAY use bodiless SEND requests"
  #keepAlive(): void {
    const { keepAlive = false, clock } = this.#options;
    if (!keepAlive || this.#closing || this.#life) return;
    const pending = (): number => this.#connection?.stream?.pending ?? 0;
    let before = 0;
    this.#life = new KeepAlive({
      clock,
      ask: () => {
        before = pending();
        // any answer is a sign of life, and what becomes of the request otherwise is told by `onDead`
        this.#sender?.sendNothing().catch(() => {});
      },
      // on a slow line the question waits behind what was sent before it, and that moves
      judges: () => pending() >= before,
      onDead: () => this.fail('the room does not answer any more'),
    });
  }

  #requests(): MsrpSender {
    if (!this.#sender || this.#closing) throw this.#closing ?? closed('the session is not open');
    return this.#sender;
  }

  #reply(connection: LinkConnection, frame: string): void {
    const { stream } = connection;
    if (!stream) return;
    if (connection !== this.#connection) stream.write(Buffer.from(frame, 'latin1'));
    else if (stream.pending > MAX_UNREAD) this.fail('the room sends but does not read');
    else this.#sender?.write(frame);
  }

  /** The session cannot go on. */
  fail(text: string): void {
    this.#end(closed(text), (stream) => stream.destroy());
  }

  #end(error: ChatroomsError, how: (stream: ByteStream) => void): void {
    this.#closing ??= error;
    const connections = [...this.#applicants, ...(this.#connection ? [this.#connection] : [])];
    for (const connection of connections) {
      connection.stop();
      if (connection.stream) how(connection.stream);
    }
    this.#ended(this.#closing);
  }
}

function closed(text: string, cause?: unknown): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_CLOSED', text, { cause });
}

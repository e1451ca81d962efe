import { Parser, type ReportStatus } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import type { ByteStream, ByteStreamDelegate, MsrpTransport, StreamTarget } from './byte-stream.js';
import { MsrpReceiver } from './msrp-receiver.js';
import { MsrpSender, type Outcome } from './msrp-sender.js';
import { Reassembler } from '../msrp/index.js';

export interface LinkDelegate {
  /** @returns 200, or 400 when the content cannot be read */
  onMessage(contentType: string, body: Uint8Array): number;
  onReport(messageId: string, status: ReportStatus): void;
  /** Called once; after it every request rejects. */
  onClosed(cause: ChatroomsError): void;
}

export interface LinkOptions {
  transport: MsrpTransport;
  target: StreamTarget;
  ownUri: string;
  peerPath: readonly string[];
  acceptTypes: readonly string[];
  /** Octets of one incoming message. */
  maxSize: number;
  clock: Clock;
  delegate: LinkDelegate;
}

/** Responses the peer has not read; one that sends but never reads is cut off, since each request of it costs us one. */
const MAX_UNREAD = 4 * 1024 * 1024;

/** One MSRP session over one connection that we opened (RFC 4975 §5.4). */
export class MsrpLink implements ByteStreamDelegate {
  readonly #delegate: LinkDelegate;
  readonly #reassembler: Reassembler;
  readonly #parser: Parser;
  #stream: ByteStream | undefined;
  #sender: MsrpSender | undefined;
  #closing: ChatroomsError | undefined;
  #closed = false;

  /** Connects and binds the session.
   * @throws ChatroomsError `CHAT_ERR_MSRP_UNREACHABLE`, `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_MSRP_REFUSED` */
  static async open(options: LinkOptions): Promise<MsrpLink> {
    const link = new MsrpLink(options);
    link.#stream = await options.transport.connect(options.target, link);
    link.#sender = new MsrpSender({ ...options, stream: link.#stream });
    try {
      const { status, comment } = await link.#sender.bind();
      if (status !== 200) {
        throw new ChatroomsError(
          'CHAT_ERR_MSRP_REFUSED',
          `the room's switch answered ${status} ${comment} to our connection`,
          {
            msrpStatus: status,
          },
        );
      }
    } catch (error) {
      link.destroy();
      throw error;
    }
    return link;
  }

  private constructor(options: LinkOptions) {
    this.#delegate = options.delegate;
    this.#reassembler = new Reassembler({ clock: options.clock, maxSize: options.maxSize });
    const receiver = new MsrpReceiver({
      ...options,
      reassembler: this.#reassembler,
      delegate: {
        onResponse: (response) => {
          this.#sender?.onResponse(response);
          // 4975-10-07, 4975-10-09: the session is gone, or no longer here
          if (response.status === 481 || response.status === 506) {
            this.#fail(`the room no longer knows this session (${response.status})`);
          }
        },
        onReport: (messageId, status) => options.delegate.onReport(messageId, status),
        onMessage: (contentType, body) => options.delegate.onMessage(contentType, body),
        reply: (frame) => this.#write(frame),
        sendReport: (messageId, length, toPath) => this.#sender?.report(messageId, 200, length, toPath),
        onBroken: (error) => this.#fail(`the room sent something that is not MSRP (${error})`),
      },
    });
    this.#parser = new Parser(receiver);
  }

  /** @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED` */
  send(contentType: string, body: Uint8Array, options: { successReport?: boolean } = {}): Promise<Outcome> {
    return this.#requests().send(contentType, body, options);
  }

  /** @throws ChatroomsError `CHAT_ERR_MSRP_TIMEOUT`, `CHAT_ERR_CLOSED` */
  nickname(name: string): Promise<Outcome> {
    return this.#requests().nickname(name);
  }

  /** Ends the connection in good order; what awaits an answer rejects. */
  close(): void {
    this.#closing ??= closed('the session was left');
    this.#stream?.close();
  }

  destroy(): void {
    this.#closing ??= closed('the session was left');
    this.#stream?.destroy();
  }

  onData(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#parser.receive(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  onDrain(): void {
    this.#sender?.pump();
  }

  onClose(cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reassembler.close();
    const reason = cause ? `the connection to the room broke: ${cause.message}` : 'the room closed the connection';
    const error = this.#closing ?? closed(reason, cause);
    this.#sender?.close(error);
    this.#delegate.onClosed(error);
  }

  #requests(): MsrpSender {
    if (!this.#sender) throw closed('the session is not open');
    return this.#sender;
  }

  #write(frame: string): void {
    if (!this.#stream) return;
    if (this.#stream.pending > MAX_UNREAD) this.#fail('the room sends but does not read');
    else this.#stream.write(Buffer.from(frame, 'latin1'));
  }

  #fail(text: string): void {
    this.#closing ??= closed(text);
    this.#stream?.destroy();
  }
}

function closed(text: string, cause?: unknown): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_CLOSED', text, { cause });
}

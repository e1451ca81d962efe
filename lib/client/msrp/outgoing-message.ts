import { type ByteRange, type FailureReport, formatSendHead } from '../../msrp/index.js';
import type { DeliveryReport } from './deliveries.js';
import type { OutgoingBody } from './outgoing-body.js';

/** How the peer, hop by hop, answered a request; delivery to anybody is the matter of a report (4976-3-01). */
export interface Outcome {
  /** MSRP status: 200, or why not (RFC 4975 §10, RFC 7701 §7). */
  status: number;
  /** Text of the response, for people. */
  comment: string;
  /** Message-ID of a SEND, `''` for other requests. */
  messageId: string;
  /** With `dispositions`: IMDN Message-ID, by which they name the message. */
  imdnId?: string;
  /**
   * With `successReport`: resolves when success reports cover the whole message. Rejects with `CHAT_ERR_NOT_DELIVERED`
   * (`msrpStatus`) after a failure report, `CHAT_ERR_NOT_REPORTED` when none came before the session or `reportTimeout`
   * ended. Nobody has to handle the rejection.
   */
  delivered?: Promise<DeliveryReport>;
}

/** How far a message is; octets, envelope included. */
export interface Progress {
  /** Handed to the network. */
  sent: number;
  /** In chunks the peer has answered with 200; stays 0 where nothing is answered. */
  acknowledged: number;
  /** Of the whole message; undefined for a stream of unknown length that has not ended. */
  total: number | undefined;
}

/** Options of everything that sends a message. */
export interface SendOptions {
  /** Ask for a REPORT when the room has the whole message: `delivered` of the outcome, and event `report`. @defaultValue false */
  successReport?: boolean;
  /** Milliseconds after the last octet until `delivered` rejects. @defaultValue none: until the session ends */
  reportTimeout?: number;
  /**
   * What the next hop is to answer (RFC 4975 §7.1.1): `yes` everything, and 30 s of silence are a failure; `partial` only
   * refusals, told by event `report`; `no` nothing. Without an answer to wait for, the message counts as accepted when
   * its last octet was sent.
   * @defaultValue `yes`
   */
  failureReport?: FailureReport;
  /** Called whenever octets were sent or acknowledged. What it throws gives the message up. */
  onProgress?: (progress: Progress) => void;
  /** Gives the message up (flag `#`) as long as its last octet was not sent; `send` rejects with `CHAT_ERR_ABORTED`. */
  signal?: AbortSignal;
}

/** Who waits for a message. */
export interface Sender {
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** One message under way: what of it was sent, what was answered. */
export class OutgoingMessage {
  readonly messageId: string;
  readonly contentType: string;
  readonly body: OutgoingBody;
  readonly failureReport: FailureReport;
  readonly successReport: boolean;
  /** Transactions without a response. */
  readonly unanswered = new Set<string>();
  #acknowledged = 0;
  #settled = false;
  #comment = '';
  readonly #options: SendOptions;
  readonly #sender: Sender;
  readonly #onAbort: () => void;

  /** @param abort called when the signal asks for it */
  constructor(
    message: { messageId: string; contentType: string; body: OutgoingBody },
    options: SendOptions,
    sender: Sender,
    abort: (message: OutgoingMessage) => void,
  ) {
    ({ messageId: this.messageId, contentType: this.contentType, body: this.body } = message);
    this.#options = options;
    this.#sender = sender;
    this.failureReport = options.failureReport ?? 'yes';
    this.successReport = options.successReport ?? false;
    this.#onAbort = () => abort(this);
    options.signal?.addEventListener('abort', this.#onAbort);
  }

  /** The caller knows how it ended. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Every octet was sent and answered, or nobody will answer. */
  get complete(): boolean {
    return this.body.finished && this.unanswered.size === 0;
  }

  /** Head of a chunk, blank line included (4975-7.1.1-03: the same report headers in all of them). */
  head(tid: string, toPath: readonly string[], fromPath: readonly string[], byteRange: ByteRange): string {
    const { messageId, contentType, failureReport, successReport } = this;
    return formatSendHead({ tid, toPath, fromPath, messageId, byteRange, contentType, failureReport, successReport });
  }

  /** @throws whatever the caller's `onProgress` throws */
  progress(): void {
    this.#options.onProgress?.({
      sent: this.body.position,
      acknowledged: this.#acknowledged,
      total: this.body.total,
    });
  }

  /** A chunk of `length` octets was answered with success. */
  acknowledge(length: number, comment: string): void {
    this.#acknowledged += length;
    this.#comment = comment;
  }

  accepted(): void {
    this.answered(200, this.#comment);
  }

  answered(status: number, comment: string): void {
    if (!this.#settle()) return;
    this.#sender.resolve({ status, comment, messageId: this.messageId });
  }

  failed(error: unknown): void {
    if (this.#settle()) this.#sender.reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.body.cancel();
    return true;
  }
}

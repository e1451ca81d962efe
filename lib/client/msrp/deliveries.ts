import { type ByteRange, Coverage, type ReportStatus } from '../../msrp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import { Recent } from '../../util/recent.js';

/** What a REPORT said about a message of ours (RFC 4975 §7.1.2). */
export interface DeliveryReport {
  messageId: string;
  /** 200, or why the message was not delivered (RFC 4975 §10). */
  status: number;
  /** Text of the report, for people. */
  comment: string;
}

/** Messages whose reports are awaited at once; the one awaited longest is given up for one more. */
const MAX_AWAITED = 1000;
/** Messages sent of which it is remembered that they were ours. */
const REMEMBERED = 4096;

interface Awaited {
  covered: Coverage;
  /** Of the last report; undefined before the first, which an empty message needs too. */
  comment: string | undefined;
  /** Octets of the message, once all of it was sent. */
  total: number | undefined;
  timeout: number | undefined;
  timer: Timer | undefined;
  resolve(report: DeliveryReport): void;
  reject(error: ChatroomsError): void;
}

/** Success reports of one session, collected until they cover the message (4975-7.3.2-04). */
export class Deliveries {
  readonly #clock: Clock;
  readonly #awaited = new Map<string, Awaited>();
  readonly #sent = new Recent<true>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A message of ours begins; REPORTs about any other one are ignored (4975-7.1.2-03). */
  began(messageId: string): void {
    this.#sent.set(messageId, true);
  }

  isOurs(messageId: string): boolean {
    return this.#sent.has(messageId);
  }

  /**
   * Resolves when reports cover the whole message.
   * @param timeout milliseconds after the last octet was sent; undefined waits until the session ends
   * @returns a promise that rejects with `CHAT_ERR_NOT_DELIVERED` (`msrpStatus`) or `CHAT_ERR_NOT_REPORTED`; nobody has
   * to handle that
   */
  expect(messageId: string, timeout: number | undefined): Promise<DeliveryReport> {
    for (const oldest of this.#awaited.keys()) {
      if (this.#awaited.size < MAX_AWAITED) break;
      this.#fail(oldest, notReported(`${MAX_AWAITED} later messages are awaited too`));
    }
    const promise = new Promise<DeliveryReport>((resolve, reject) => {
      const covered = new Coverage();
      this.#awaited.set(messageId, {
        covered,
        comment: undefined,
        total: undefined,
        timeout,
        timer: undefined,
        resolve,
        reject,
      });
    });
    promise.catch(() => {});
    return promise;
  }

  /** The last octet of `total` was sent. */
  sent(messageId: string, total: number): void {
    const awaited = this.#awaited.get(messageId);
    if (!awaited) return;
    awaited.total = total;
    const { timeout } = awaited;
    if (timeout !== undefined) {
      // 4975-7.1.1-21: "an application timer (no fixed value) may run"
      awaited.timer = this.#clock.after(timeout, () =>
        this.#fail(messageId, notReported(`no report came within ${timeout / 1000} s`)),
      );
    }
    this.#check(messageId, awaited);
  }

  /** A REPORT came. 4975-7.3.2-01: its code means what the same code in a response means. */
  reported(messageId: string, range: ByteRange | null, { code, comment }: ReportStatus): void {
    const awaited = this.#awaited.get(messageId);
    if (!awaited) return;
    if (code < 200 || code > 299) return this.refused(messageId, code, comment ?? '');
    const last = range === null || range.end === '*' ? (awaited.total ?? 0) : range.end;
    // "ranges need not match the chunks that were sent"
    const start = range?.start ?? 1;
    awaited.covered.add(start, last - start + 1);
    awaited.comment = comment ?? '';
    this.#check(messageId, awaited);
  }

  /** The message was refused, by response or by report. */
  refused(messageId: string, status: number, comment: string): void {
    const text = `the message was not delivered: ${status}${comment === '' ? '' : ` ${comment}`}`;
    this.#fail(messageId, new ChatroomsError('CHAT_ERR_NOT_DELIVERED', text, { msrpStatus: status }));
  }

  /** The message was given up before its last octet was sent. */
  abandoned(messageId: string): void {
    this.#fail(messageId, notReported('it was given up before all of it was sent and answered'));
  }

  /** 4975-7.1.1-21: "if no report came when the session ends, tell the user". */
  close(): void {
    for (const messageId of this.#awaited.keys()) this.#fail(messageId, notReported('the session ended first'));
  }

  #check(messageId: string, awaited: Awaited): void {
    const { total, comment, covered } = awaited;
    if (total === undefined || comment === undefined || covered.contiguous < total) return;
    awaited.timer?.cancel();
    this.#awaited.delete(messageId);
    awaited.resolve({ messageId, status: 200, comment });
  }

  #fail(messageId: string, error: ChatroomsError): void {
    const awaited = this.#awaited.get(messageId);
    if (!awaited) return;
    awaited.timer?.cancel();
    this.#awaited.delete(messageId);
    awaited.reject(error);
  }
}

function notReported(why: string): ChatroomsError {
  return new ChatroomsError('CHAT_ERR_NOT_REPORTED', `whether the message was delivered is not known: ${why}`);
}

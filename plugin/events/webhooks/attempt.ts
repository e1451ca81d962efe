import type { Clock } from '../../../lib/util/clock.js';
import { retryAfter } from './backoff.js';

/** What came of one request. */
export type Outcome =
  | { is: 'taken' }
  /** 410 of RFC 9110 §15.5.11: "likely to be permanent". */
  | { is: 'gone' }
  | {
      is: 'failed';
      reason: string;
      /** The receiver is there: it is this delivery that it did not take. */
      answered: boolean;
      /** Milliseconds it wants to be left alone. */
      retryAfter?: number;
    };

export interface AttemptOptions {
  url: string;
  headers: Record<string, string>;
  body: string;
  clock: Clock;
  /** Ends it at once. */
  signal: AbortSignal;
}

/** Milliseconds until there has to be an answer. */
export const ATTEMPT_TIMEOUT = 10_000;

/** What is read of the content of an answer, so that the connection can be used again: octets, and milliseconds. */
const MAX_ANSWER = 16_384;
const ANSWER_TIMEOUT = 1000;

/** One POST. Never rejects. */
export async function attempt({ url, headers, body, clock, signal }: AttemptOptions): Promise<Outcome> {
  if (signal.aborted) return { is: 'failed', reason: reasonOf(signal.reason), answered: false };
  // `AbortSignal.any` would keep something for each attempt as long as `signal` lives.
  const ended = new AbortController();
  const end = (): void => ended.abort(signal.reason);
  const timer = clock.after(ATTEMPT_TIMEOUT, () => ended.abort(new Error('no answer in 10 s')));
  signal.addEventListener('abort', end);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      // The receiver is whom the operator named, nobody else.
      redirect: 'manual',
      signal: ended.signal,
    });
    await discard(response, clock);
    return outcomeOf(response, clock);
  } catch (error) {
    return { is: 'failed', reason: reasonOf(error), answered: false };
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}

function outcomeOf({ ok, status, headers }: Response, clock: Clock): Outcome {
  if (ok) return { is: 'taken' };
  if (status === 410) return { is: 'gone' };
  const reason = status >= 300 && status < 400 ? `HTTP ${status}, which is not followed` : `HTTP ${status}`;
  const wait = retryAfter(headers.get('retry-after'), clock.date());
  return { is: 'failed', reason, answered: true, ...(wait !== undefined && { retryAfter: wait }) };
}

/** The status is all that counts; a content that is long, or does not end, costs the connection. */
async function discard({ body }: Response, clock: Clock): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  const timer = clock.after(ANSWER_TIMEOUT, cancel);
  try {
    for (let octets = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      octets += value.length;
      if (octets > MAX_ANSWER) return cancel();
    }
  } catch {
    // Cut off, and answered all the same.
  } finally {
    timer.cancel();
  }
}

/** `fetch` hides what happened one or two levels deep; of several addresses that were tried the first will do. */
function reasonOf(error: unknown): string {
  const { message, cause, errors } = Object(error) as { message?: string; cause?: unknown; errors?: unknown[] };
  const inner = errors?.[0] ?? cause;
  return inner === undefined ? (message ?? String(error)) : reasonOf(inner);
}

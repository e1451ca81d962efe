import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../../lib/util/clock.js';
import type { Logger } from '../../../lib/util/log.js';
import type { WebhookState } from '../../api/schemas/webhooks.js';
import type { EventFilter } from '../event-filter.js';
import type { FeedSubscriber } from '../feed.js';
import type { RecordedEvent } from '../recorded-event.js';
import { attempt, type Outcome } from './attempt.js';
import { backoff } from './backoff.js';
import { DeliveryQueue, type Queued, type QueueBounds } from './delivery-queue.js';
import { signed } from './signature.js';
import type { WebhookSettings } from './webhook-options.js';

export interface Surroundings {
  clock: Clock;
  log: Logger;
  /** Product and version. */
  userAgent: string;
  /** From 0 to 1. @defaultValue `Math.random` */
  random?: () => number;
  /** @defaultValue 1000 events, 8 MiB */
  bounds?: QueueBounds;
  /** Nothing is sent yet; `release` says when that is over. @defaultValue never */
  held?: () => boolean;
}

const BOUNDS: QueueBounds = { maxEvents: 1000, maxBytes: 8_388_608 };

/** Milliseconds after which an event is given up. */
const LIFETIME = 86_400_000;

/** One receiver: gets one event after the other, the next when it took the one before. */
export class Webhook implements FeedSubscriber {
  #settings: WebhookSettings;
  readonly #surroundings: Surroundings;
  readonly #queue: DeliveryQueue;
  readonly #abort = new AbortController();
  #sending = false;
  #retry: { timer: Timer; at: Date } | undefined;
  /** In a row. */
  #failures = 0;
  #lastError: string | undefined;
  #delivered = 0;
  #failed = 0;
  #dropped = 0;
  /** Of these, what the receiver does not know of. */
  #untold = 0;
  #disabled = false;
  /** Called when the queue is empty: what is in it gets one attempt more, and nothing new comes. */
  #closed: (() => void) | undefined;

  constructor(settings: WebhookSettings, surroundings: Surroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#queue = new DeliveryQueue(surroundings.bounds ?? BOUNDS);
  }

  get filter(): EventFilter {
    return this.#settings.filter;
  }

  /** Other events, or another secret, for the same receiver: what waits is sent with it, and who was gone is tried again. */
  adjust(settings: WebhookSettings): void {
    this.#settings = settings;
    this.#disabled = false;
  }

  get state(): WebhookState {
    return {
      url: this.#settings.shown,
      queued: this.#queue.length,
      delivered: this.#delivered,
      failed: this.#failed,
      dropped: this.#dropped,
      disabled: this.#disabled,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#retry && { nextAttempt: this.#retry.at.toISOString() }),
    };
  }

  hear(event: RecordedEvent): void {
    if (this.#disabled || this.#closed) return;
    const at = this.#surroundings.clock.now();
    this.#drop(this.#queue.push({ event, at }, this.#sending));
    this.#next();
  }

  /** Nothing holds back any more what waits. */
  release(): void {
    this.#next();
  }

  /** What waits gets one attempt more, all of them within so many ms; what is held back is not told of. */
  close(timeout: number): Promise<void> {
    const { clock } = this.#surroundings;
    if (this.#isHeld) this.#queue.clear();
    return new Promise((resolve) => {
      const timer = clock.after(timeout, () => this.#abort.abort(new Error('the server stops')));
      this.#closed = () => {
        timer.cancel();
        resolve();
      };
      this.#retry?.timer.cancel();
      this.#retry = undefined;
      this.#next();
    });
  }

  get #isHeld(): boolean {
    return this.#surroundings.held?.() ?? false;
  }

  #next(): void {
    const { first } = this.#queue;
    if (!first) {
      this.#closed?.();
      return;
    }
    if (this.#sending || this.#retry || this.#isHeld) return;
    this.#sending = true;
    // Never rejects.
    void this.#send(first);
  }

  async #send({ event }: Queued): Promise<void> {
    // Whoever caused the event goes on first.
    await nextTurn();
    const { clock, userAgent } = this.#surroundings;
    const { url, authorization, key } = this.#settings;
    const told = this.#untold;
    // The opening brace of the object makes room for one member more.
    const body = told > 0 ? `{"dropped":${told},${event.json.slice(1)}` : event.json;
    const timestamp = Math.floor(clock.date().getTime() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': userAgent,
      ...(authorization !== undefined && { authorization }),
      ...signed(key, { id: event.id, timestamp, body }),
    };
    const outcome = await attempt({ url, headers, body, clock, signal: this.#abort.signal });
    this.#sending = false;
    if (outcome.is === 'taken') this.#taken(told);
    else if (outcome.is === 'gone') this.#disable();
    else this.#refused(outcome);
    this.#next();
  }

  #taken(told: number): void {
    const { log } = this.#surroundings;
    if (this.#failures > 0) log.info({ url: this.#settings.shown, queued: this.#queue.length }, 'webhook works again');
    this.#queue.shift();
    this.#delivered++;
    this.#failures = 0;
    this.#untold -= told;
  }

  #refused({ reason, answered, retryAfter = 0 }: Outcome & { is: 'failed' }): void {
    const { clock, log, random = Math.random } = this.#surroundings;
    this.#failed++;
    this.#lastError = reason;
    // A receiver that stays away is worth one line.
    const failure = { url: this.#settings.shown, error: reason, queued: this.#queue.length };
    if (this.#failures++ === 0) log.warn(failure, 'webhook failed');
    else log.debug(failure, 'webhook failed');
    if (this.#closed) {
      // This was the last attempt; who does not answer at all will not take the others either.
      if (answered) this.#giveUp();
      else this.#drop(this.#queue.clear());
      return;
    }
    const now = clock.now();
    while (this.#queue.first && now - this.#queue.first.at >= LIFETIME) this.#giveUp();
    if (this.#queue.length === 0) return;
    const delay = Math.max(retryAfter, backoff(this.#failures, random()));
    const timer = clock.after(delay, () => {
      this.#retry = undefined;
      this.#next();
    });
    this.#retry = { timer, at: new Date(clock.date().getTime() + delay) };
  }

  #giveUp(): void {
    this.#queue.shift();
    this.#drop(1);
  }

  /** 410: "if the webhook was deleted", so that it is not asked again. */
  #disable(): void {
    this.#disabled = true;
    this.#failed++;
    this.#lastError = 'HTTP 410';
    this.#drop(this.#queue.clear());
    this.#surroundings.log.warn({ url: this.#settings.shown }, 'webhook disabled: its receiver answered 410');
  }

  #drop(events: number): void {
    if (events === 0) return;
    if (this.#untold === 0) this.#surroundings.log.warn({ url: this.#settings.shown }, 'webhook drops events');
    this.#dropped += events;
    this.#untold += events;
  }
}

import type { Clock, Timer } from '../../util/clock.js';
import { type Headers, parseParams } from '../message/index.js';

/** RFC 4028 §4: "The absolute minimum for the Session-Expires header field is 90 seconds". */
export const MIN_SESSION_EXPIRES = 90;

/** A Session-Expires value: `delta-seconds [";refresher=" ("uac" / "uas")]`. */
export interface SessionExpires {
  /** Seconds. */
  interval: number;
  refresher: 'uac' | 'uas' | undefined;
}

export function parseSessionExpires(headers: Headers): SessionExpires | undefined {
  const value = headers.get('Session-Expires');
  const match = value === undefined ? null : /^(\d{1,9})\s*(;.*)?$/s.exec(value.trim());
  if (!match) return undefined;
  const refresher = parseParams(match[2] ?? '')
    .get('refresher')
    ?.toLowerCase();
  return { interval: Number(match[1]), refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

export const formatSessionExpires = ({ interval, refresher }: SessionExpires): string =>
  refresher === undefined ? `${interval}` : `${interval};refresher=${refresher}`;

/**
 * RFC 4028 §10: the refresher sends "a session refresh request … once half the session interval has elapsed"; the other
 * side SHOULD send a BYE "if it doesn't receive a session refresh request" in time, 32 seconds or a third of the interval,
 * whichever is less, before it expires.
 */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #refresh: () => void;
  readonly #expired: () => void;
  #timers: Timer[] = [];

  /**
   * @param refresh we are the refresher and half the interval is over.
   * @param expired nobody refreshed the session.
   */
  constructor(clock: Clock, refresh: () => void, expired: () => void) {
    this.#clock = clock;
    this.#refresh = refresh;
    this.#expired = expired;
  }

  get running(): boolean {
    return this.#timers.length > 0;
  }

  /** (Re)starts after a 2xx to a session refresh; `interval` in seconds. */
  start(interval: number, weRefresh: boolean): void {
    this.stop();
    const whole = Math.max(interval, MIN_SESSION_EXPIRES) * 1_000;
    const margin = Math.min(32_000, whole / 3);
    this.#timers.push(this.#clock.after(whole - margin, () => this.#expire()));
    if (weRefresh) this.#timers.push(this.#clock.after(whole / 2, this.#refresh));
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #expire(): void {
    this.stop();
    this.#expired();
  }
}

import { randomInt } from 'node:crypto';
import type { LimitReports } from '../../lib/util/limit-reports.js';
import type { Clock } from '../../lib/util/clock.js';
import { sourceOf } from '../../lib/util/source.js';
import type { Rate } from '../../lib/util/token-bucket.js';
import { TokenBuckets } from '../../lib/util/token-buckets.js';
import type { Face } from '../face.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';

export interface JoinLimitOptions {
  clock: Clock;
  rate: Rate;
  limits: LimitReports;
  /** A proxy carries the joins of everybody. */
  trusts: (address: string) => boolean;
  reply: Face['adapter']['reply'];
}

/** Of the time after which a burst is possible again: the longest that somebody is told to wait. */
const SPREAD = 3;

/**
 * How many INVITEs outside of a dialog one address may send, counted before anybody is asked who sent them: a password is
 * looked up, and a room made, at our cost.
 */
export class JoinLimit {
  readonly #options: JoinLimitOptions;
  readonly #buckets: TokenBuckets;

  constructor(options: JoinLimitOptions) {
    this.#options = options;
    this.#buckets = new TokenBuckets(options.clock, options.rate);
  }

  /** Whether an INVITE may go on; if not, it is answered. */
  admits(req: SipRequest, res: SipResponse): boolean {
    const { limits, rate, reply, trusts } = this.#options;
    const source = sourceOf(req.source_address);
    if (trusts(req.source_address) || this.#buckets.take(source)) return true;
    limits.exceeded({ limit: 'joinsPerSecond', source, status: 503 });
    // RFC 3261 §21.5.4: "The server MAY indicate when the client should retry the request in a Retry-After header field."
    // When there is a burst again, and not all at once.
    const full = Math.ceil(Math.max(1, rate.burst / rate.perSecond));
    reply(req, res, 503, { headers: { 'Retry-After': String(randomInt(full, SPREAD * full + 1)) } });
    return false;
  }
}

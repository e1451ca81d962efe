/** When the next attempt is made after one that failed. */

/** Milliseconds of the longest wait after the first failure; after each further one it is twice as long. */
const FIRST = 1000;
const LONGEST = 300_000;

/** Nobody is waited for longer, whatever he asks for. */
const MAX_RETRY_AFTER = 86_400_000;

/**
 * Milliseconds to wait after so many failures: anything up to a bound that grows, so that those who failed together do not
 * come back together.
 *
 * @param random from 0 to 1
 */
export const backoff = (failures: number, random: number): number =>
  Math.round(random * Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 16)));

/**
 * Milliseconds that a Retry-After asks for (RFC 9110 §10.2.3): "either an HTTP-date or a number of seconds". Undefined for
 * neither.
 */
export function retryAfter(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const delay = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(0, delay), MAX_RETRY_AFTER);
}

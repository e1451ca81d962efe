/** Milliseconds before the first attempt, and the longest wait. */
const FIRST = 1000;
const LONGEST = 60_000;

/**
 * Milliseconds to wait before another attempt to connect: doubles each time, up to a minute, and is spread over half of
 * itself, so that those whom one failure sent away do not come back as one.
 * @param attempt 0 for the first one
 * @param random 0 to 1
 */
export function backoff(attempt: number, random: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10));
  return Math.round(longest * (0.5 + random / 2));
}

import type { Link } from './harness/driver.js';

/** One message in flight; four senders with four unfinished messages each; evenly spaced. */
export type PointName = 'serial' | 'sat' | 'paced';

/** A room and the load points it is measured at. */
export interface Scenario {
  link: Link;
  participants: number;
  /** Octets of text in a message. */
  textOctets: number;
  points: readonly PointName[];
  rounds: number;
}

/** `fanout` small messages over TCP, `size` larger ones, `tls` and `ws` small ones over those. */
export type FanoutPart = 'fanout' | 'size' | 'tls' | 'ws';

export const SMALL = 100;
export const MEDIUM = 4096;
export const LARGE = 1_048_576;

/** Of everything but `fanout`, where an absolute figure matters less. */
const FEWER_ROUNDS = 3;

/** @param paced whether latency is measured too */
export function scenarios(part: FanoutPart, sizes: readonly number[], rounds: number, paced: boolean): Scenario[] {
  const fewer = Math.min(rounds, FEWER_ROUNDS);
  const each = (wanted: readonly number[], scenario: Omit<Scenario, 'participants'>): Scenario[] =>
    sizes.filter((size) => wanted.includes(size)).map((participants) => ({ ...scenario, participants }));
  if (part === 'fanout') {
    const points: PointName[] = paced ? ['sat', 'serial', 'paced'] : ['sat', 'serial'];
    return each(sizes, { link: 'tcp', textOctets: SMALL, points, rounds });
  }
  if (part === 'size') {
    return [
      ...each([10, 100], { link: 'tcp', textOctets: MEDIUM, points: ['sat', 'serial'], rounds: fewer }),
      // One at a time is enough to saturate anybody, and is in the same single chunk everywhere.
      ...each([10, 100], { link: 'tcp', textOctets: LARGE, points: ['serial'], rounds: fewer }),
    ];
  }
  return each([100], { link: part, textOctets: SMALL, points: ['sat', 'serial'], rounds: fewer });
}

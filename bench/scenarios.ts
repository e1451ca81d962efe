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

/** What all rooms of a part have in common, and their sizes. */
type Load = Omit<Scenario, 'participants'> & { sizes: readonly number[] };

function loads(part: FanoutPart, sizes: readonly number[], rounds: number, paced: boolean): Load[] {
  const fewer = Math.min(rounds, FEWER_ROUNDS);
  if (part === 'fanout') {
    const points: PointName[] = paced ? ['sat', 'serial', 'paced'] : ['sat', 'serial'];
    return [{ link: 'tcp', textOctets: SMALL, points, rounds, sizes }];
  }
  if (part !== 'size')
    return [{ link: part, textOctets: SMALL, points: ['sat', 'serial'], rounds: fewer, sizes: [100] }];
  return [
    { link: 'tcp', textOctets: MEDIUM, points: ['sat', 'serial'], rounds: fewer, sizes: [10, 100] },
    // One at a time is enough to saturate anybody, and is in the same single chunk everywhere.
    { link: 'tcp', textOctets: LARGE, points: ['serial'], rounds: fewer, sizes: [10, 100] },
  ];
}

/**
 * The rooms of a part, those of one size together.
 *
 * @param sizes numbers of participants that are wanted
 * @param texts octets of text that are wanted; all when empty
 * @param paced whether latency is measured too
 */
export function scenarios(
  part: FanoutPart,
  sizes: readonly number[],
  texts: readonly number[],
  rounds: number,
  paced: boolean,
): Scenario[] {
  const all = loads(part, sizes, rounds, paced).filter(
    ({ textOctets }) => texts.length === 0 || texts.includes(textOctets),
  );
  return sizes.flatMap((participants) =>
    all
      .filter((load) => load.sizes.includes(participants))
      .map(({ link, textOctets, points, rounds: each }) => ({ link, participants, textOctets, points, rounds: each })),
  );
}

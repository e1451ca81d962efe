import type { Setup } from './harness/contender.js';

/**
 * One message in flight; four senders a room with four unfinished messages each; evenly spaced at a fifth of saturation;
 * evenly spaced at a fixed rate.
 */
export type PointName = 'sat' | 'serial' | 'paced' | 'fixed';

/** Rooms and the load points they are measured at. */
export interface Scenario extends Setup {
  /** Octets of text in a message. */
  textOctets: number;
  points: readonly PointName[];
  rounds: number;
}

/**
 * `fanout` small messages over TCP, `size` larger ones, `unconfirmed` copies without a `200`, `rooms` many small rooms,
 * `tls` and `ws` small messages over those.
 */
export type FanoutPart = 'fanout' | 'size' | 'unconfirmed' | 'rooms' | 'tls' | 'ws';

export const SMALL = 100;
export const MEDIUM = 4096;
export const LARGE = 1_048_576;

/** Where there is no target for an absolute ratio, fewer rounds do. */
const FEWER_ROUNDS = 3;
/** Sizes for which there are targets. */
const JUDGED: ReadonlySet<number> = new Set([100, 1000]);
/** Participants of each of the many rooms. */
const SMALL_ROOM = 10;

export interface Wanted {
  /** Numbers of participants of a room. */
  sizes: readonly number[];
  /** Octets of text; all when empty. */
  texts: readonly number[];
  rounds: number;
  /** How many rooms of ten. */
  rooms: number;
  /** Whether latency at a given rate is measured. */
  paced: boolean;
}

/** What all rooms of a part have in common, and their sizes. */
type Load = Omit<Scenario, 'participants' | 'rounds'> & { sizes: readonly number[] };

const ALL: readonly PointName[] = ['sat', 'serial', 'paced', 'fixed'];
const CLOSED: readonly PointName[] = ['sat', 'serial'];
const tcp = { link: 'tcp', rooms: 1, confirm: 'always', textOctets: SMALL } as const;

function loads(part: FanoutPart, { paced, rooms, sizes }: Wanted): Load[] {
  const points = paced ? ALL : CLOSED;
  const unpaced = points.filter((point) => point !== 'paced');
  switch (part) {
    case 'fanout':
      return [{ ...tcp, points, sizes }];
    case 'size':
      return [
        { ...tcp, textOctets: MEDIUM, points: CLOSED, sizes: [10, 100, 1000] },
        // One at a time is enough to saturate anybody, and is in the same single chunk everywhere.
        { ...tcp, textOctets: LARGE, points: ['serial'], sizes: [10, 100] },
      ];
    case 'unconfirmed':
      return [
        { ...tcp, confirm: 'partial', points: unpaced, sizes: [100, 1000] },
        { ...tcp, confirm: 'partial', textOctets: MEDIUM, points: CLOSED, sizes: [100] },
      ];
    case 'rooms':
      return [{ ...tcp, rooms, points: unpaced, sizes: [SMALL_ROOM] }];
    default:
      return [{ ...tcp, link: part, points: CLOSED, sizes: [100] }];
  }
}

/** The rooms of a part, those of one size together. */
export function scenarios(part: FanoutPart, wanted: Wanted): Scenario[] {
  const { rounds, texts } = wanted;
  const all = loads(part, wanted).filter(({ textOctets }) => texts.length === 0 || texts.includes(textOctets));
  // Many rooms have a size of their own.
  const sizes = part === 'rooms' ? [SMALL_ROOM] : wanted.sizes;
  return sizes.flatMap((participants) => {
    const judged = part === 'fanout' && JUDGED.has(participants);
    const here = all.filter((load) => load.sizes.includes(participants));
    return here.map(({ confirm, link, points, rooms, textOctets }) => ({
      link,
      rooms,
      participants,
      confirm,
      textOctets,
      points,
      rounds: judged ? rounds : Math.min(rounds, FEWER_ROUNDS),
    }));
  });
}

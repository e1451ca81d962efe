import type { Measured } from '../../../bench/rows/fanout.js';

/** A row with small confirmed messages over TCP in one room; its cost in CPU µs a copy, a value a round. */
export function measured(
  system: string,
  participants: number,
  rounds: readonly number[],
  more: Partial<Measured> = {},
): Measured {
  const sorted = rounds.toSorted((a, b) => a - b);
  return {
    system,
    unconfirmed: false,
    link: 'tcp',
    rooms: 1,
    participants,
    confirm: 'always',
    textOctets: 100,
    point: 'sat',
    cpuMicrosPerCopy: { min: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0, rounds: [...rounds] },
    driverMicrosPerCopy: 1,
    copiesPerSecond: 100_000,
    megabytesPerSecond: 50,
    p50Micros: 100,
    p99Micros: 300,
    p99Rounds: rounds.map(() => 300),
    bytesPerCopy: 500,
    copies: 1_000_000,
    verified: 15_000,
    lost: 0,
    doubled: 0,
    disordered: 0,
    ...more,
  };
}

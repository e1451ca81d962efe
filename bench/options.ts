import { parseArgs } from 'node:util';

/** `idle` is memory and joins. */
export type Part = 'fanout' | 'idle';
export type SystemName = 'floor' | 'server';

export interface Options {
  /** Which systems; the ratio needs both. */
  systems: SystemName[];
  parts: Part[];
  /** Numbers of participants in the room of the fan-out part. */
  sizes: number[];
  rounds: number;
  warmupMs: number;
  measureMs: number;
  /** Participants of the idle part. */
  idle: number;
  /** Where the JSON goes. */
  output: string;
}

export const USAGE = `npm run bench -- [--quick] [--rounds N] [--only WHAT[,WHAT…]]

  --quick          one short round, N = 10 and 100 only
  --rounds N       rounds of each load point (default 5)
  --only WHAT      some of: floor, server (systems); fanout, idle (parts; idle is memory and joins);
                   10, 100, 1000 … (participants in the fan-out)
  --output FILE    where the JSON goes (default .tmp/bench.json)`;

const SYSTEMS: readonly SystemName[] = ['floor', 'server'];
const PARTS: readonly Part[] = ['fanout', 'idle'];

/** What was named, or everything when nothing was. */
const chosen = <T>(named: T[], all: readonly T[]): T[] => (named.length > 0 ? named : [...all]);

/** Throws an Error that says which option is wrong. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      output: { type: 'string', default: '.tmp/bench.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick } = values;
  const only = values.only.split(',').filter((word) => word !== '');
  const sizes = only.map(Number).filter((size) => Number.isInteger(size) && size >= 2);
  const systems = SYSTEMS.filter((name) => only.includes(name));
  const parts = PARTS.filter((name) => only.includes(name));
  if (sizes.length + systems.length + parts.length < only.length) {
    throw new Error(`--only ${values.only}: give floor, server, fanout, idle or numbers of participants from 2`);
  }
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: give a whole number from 1`);
  return {
    systems: chosen(systems, SYSTEMS),
    parts: chosen(parts, PARTS),
    sizes: chosen(sizes, quick ? [10, 100] : [10, 100, 1000]),
    rounds,
    warmupMs: quick ? 300 : 1000,
    measureMs: quick ? 700 : 2000,
    idle: quick ? 200 : 1000,
    output: values.output,
  };
}

import { parseArgs } from 'node:util';

/** See README.md; `idle` is memory and joins. */
export type Part = 'fanout' | 'size' | 'tls' | 'ws' | 'idle' | 'roster' | 'stall' | 'stream' | 'parser' | 'nicknames';
export type SystemName = 'floor' | 'server';

export interface Options {
  /** A first look: hardly warm, so that ratios are too high. */
  quick: boolean;
  /** Which systems; the ratio needs both. */
  systems: SystemName[];
  parts: Part[];
  /** Numbers of participants in the room of the fan-out parts. */
  sizes: number[];
  /** Octets of text of the messages of the fan-out parts; all when empty. */
  texts: number[];
  rounds: number;
  /** Whether latency at a given rate is measured. */
  paced: boolean;
  warmupMs: number;
  measureMs: number;
  /** Participants of the idle part. */
  idle: number;
  /** Numbers of participants of the roster part. */
  roster: number[];
  /** Between two looks at the memory of the idle part. */
  sampleMs: number;
  /** Octets of the one message of the stream part. */
  streamOctets: number;
  /** A folder for CPU profiles of the processes under test. */
  profile: string | undefined;
  /** Where the JSON goes. */
  output: string;
}

export const USAGE = `npm run bench -- [--quick] [--rounds N] [--only WHAT[,WHAT…]]

  --quick          one short round, N = 100 only; too short for V8 to be warm: ratios are too high
  --rounds N       rounds of each load point (default 5)
  --only WHAT      some of: floor, server (systems); fanout, size, tls, ws, idle, roster, stall, stream, parser,
                   nicknames (parts); 10, 100, 1000 … (participants in fan-out and roster)
  --text OCTETS    only messages with so many octets of text: 100, 4096 or 1048576
  --stream MIB     size of the message of the stream part (default 1024, quick 64)
  --profile DIR    write CPU profiles of floor and server, which makes them slower
  --output FILE    where the JSON goes (default .tmp/bench.json)`;

const SYSTEMS: readonly SystemName[] = ['floor', 'server'];
const PARTS: readonly Part[] = [
  'fanout',
  'size',
  'tls',
  'ws',
  'idle',
  'roster',
  'stall',
  'stream',
  'parser',
  'nicknames',
];
const MEBI = 1_048_576;

/** What was named, or everything when nothing was. */
const chosen = <T>(named: T[], all: readonly T[]): T[] => (named.length > 0 ? named : [...all]);

function whole(name: string, value: string | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${value}: give a whole number from 1`);
  return number;
}

/** Throws an Error that says which option is wrong. */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      text: { type: 'string' },
      stream: { type: 'string' },
      profile: { type: 'string' },
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
    const known = [...SYSTEMS, ...PARTS].join(', ');
    throw new Error(`--only ${values.only}: give ${known} or numbers of participants from 2`);
  }
  return {
    quick,
    systems: chosen(systems, SYSTEMS),
    parts: chosen(parts, PARTS),
    sizes: chosen(sizes, quick ? [100] : [10, 100, 1000]),
    texts: values.text === undefined ? [] : [whole('text', values.text, 0)],
    rounds: whole('rounds', values.rounds, quick ? 1 : 5),
    paced: !quick,
    warmupMs: quick ? 300 : 700,
    measureMs: quick ? 300 : 1500,
    idle: quick ? 100 : 1000,
    roster: chosen(sizes, quick ? [100] : [100, 200, 1000]),
    sampleMs: quick ? 100 : 250,
    streamOctets: whole('stream', values.stream, quick ? 64 : 1024) * MEBI,
    profile: values.profile,
    output: values.output,
  };
}

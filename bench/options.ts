import { parseArgs } from 'node:util';
import type { FanoutPart } from './scenarios.js';

/** See README.md; `idle` is memory and joins. */
export type Part = FanoutPart | 'idle' | 'roster' | 'workers' | 'stall' | 'stream' | 'parser' | 'nicknames';

export interface Options {
  /** A first look: hardly warm, so that ratios are too high. */
  quick: boolean;
  /** Which contenders; the targets need the floors and the server. */
  systems: string[];
  parts: Part[];
  /** Numbers of participants in the room of the fan-out parts. */
  sizes: number[];
  /** Octets of text of the messages of the fan-out parts; all when empty. */
  texts: number[];
  rounds: number;
  /** How many rooms of ten the part `rooms` has. */
  rooms: number;
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
  /** A commit that runs beside this checkout. */
  compare: string | undefined;
  /** Whether Debian packages of peers may be installed. */
  installPeers: boolean;
  /** Where the plot goes; none when undefined. */
  plot: string | undefined;
  /** Where the JSON goes. */
  output: string;
}

export const USAGE = `npm run bench -- [--quick] [--rounds N] [--only WHAT[,WHAT…]]

  --quick          one short round, N = 100 only; too short for V8 to be warm: ratios are too high
  --rounds N       rounds of each load point (default 5, 3 where there is no target)
  --only WHAT      some of: c-floor, floor, server and the peers (contenders); fanout, size, unconfirmed, rooms, tls, ws,
                   idle, roster, workers, stall, stream, parser, nicknames (parts); 10, 100, 1000, 5000 …
                   (participants in fan-out and roster)
  --text OCTETS    only messages with so many octets of text: 100, 4096 or 1048576
  --rooms N        rooms of ten of the part rooms (default 1000, quick 100)
  --stream MIB     size of the message of the stream part (default 1024, quick 64)
  --compare REV    this checkout and that commit in turn: fan-out of N = 100 and 1000, unless --only says more
  --install-peers  installs the Debian packages of peers that are missing; needs root and apt
  --plot FILE      draws CPU per copy by N as SVG
  --profile DIR    writes CPU profiles of floor and server, which makes them slower
  --output FILE    where the JSON goes (default .tmp/bench.json)`;

const PARTS: readonly Part[] = [
  'fanout',
  'size',
  'unconfirmed',
  'rooms',
  'tls',
  'ws',
  'idle',
  'roster',
  'workers',
  'stall',
  'stream',
  'parser',
  'nicknames',
];
const MEBI = 1_048_576;

/** What was named, or everything when nothing was. */
const chosen = <T>(named: readonly T[], all: readonly T[]): T[] => (named.length > 0 ? [...named] : [...all]);

function whole(name: string, value: string | undefined, otherwise: number): number {
  const number = Number(value ?? otherwise);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${value}: give a whole number from 1`);
  return number;
}

/** The words of `--only`, each told to be what it is. */
function selected(only: string, contenders: readonly string[]): { sizes: number[]; systems: string[]; parts: Part[] } {
  const words = only.split(',').filter((word) => word !== '');
  const sizes = words.map(Number).filter((size) => Number.isInteger(size) && size >= 2);
  const systems = contenders.filter((name) => words.includes(name));
  const parts = PARTS.filter((name) => words.includes(name));
  if (sizes.length + systems.length + parts.length < words.length) {
    const known = [...contenders, ...PARTS].join(', ');
    throw new Error(`--only ${only}: give ${known} or numbers of participants from 2`);
  }
  return { sizes, systems, parts };
}

/**
 * Throws an Error that says which option is wrong.
 *
 * @param contenders the names there are
 */
export function parseOptions(args: string[], contenders: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      text: { type: 'string' },
      rooms: { type: 'string' },
      stream: { type: 'string' },
      compare: { type: 'string' },
      'install-peers': { type: 'boolean', default: false },
      plot: { type: 'string' },
      profile: { type: 'string' },
      output: { type: 'string', default: '.tmp/bench.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { compare, quick } = values;
  const { parts, sizes, systems } = selected(values.only, contenders);
  const everySize = compare === undefined ? [10, 100, 1000, 5000] : [100, 1000];
  return {
    quick,
    systems: chosen(systems, compare === undefined ? contenders : ['floor', 'server']),
    parts: chosen(parts, compare === undefined ? PARTS : ['fanout']),
    sizes: chosen(sizes, quick ? [100] : everySize),
    texts: values.text === undefined ? [] : [whole('text', values.text, 0)],
    rounds: whole('rounds', values.rounds, quick ? 1 : 5),
    rooms: whole('rooms', values.rooms, quick ? 100 : 1000),
    paced: !quick,
    warmupMs: 300,
    measureMs: quick ? 300 : 1000,
    idle: quick ? 100 : 1000,
    roster: chosen(sizes, quick ? [100] : [100, 200, 1000]),
    sampleMs: quick ? 100 : 250,
    streamOctets: whole('stream', values.stream, quick ? 64 : 1024) * MEBI,
    profile: values.profile,
    compare,
    installPeers: values['install-peers'],
    plot: values.plot,
    output: values.output,
  };
}

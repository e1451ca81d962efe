/**
 * Where the time of a delivered copy goes, and what it allocates:
 *
 *     npm run bench:profile [-- --participants 100 --text 100 --seconds 5 --top 10 --load sat]
 *
 * The server runs twice under the same load: with `--cpu-prof`, then with `--trace-gc-nvp`, as each disturbs the other.
 * Only what happens under load is counted, not the start and the joins.
 */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileDriver, type LoadPoint, type LoadResult } from '../harness/driver.js';
import { describeSpan, watchMachine } from '../harness/machine.js';
import { startServer } from '../harness/server.js';
import { closedLoop } from '../rows/fanout.js';
import { table, two, whole } from '../table.js';
import { type CpuProfile, type Profile, selfTimes, type Span } from './cpu-profile.js';
import { type Allocation, allocation, readCollections } from './gc-trace.js';
import { location } from './source.js';

const FOLDER = join('.tmp', 'profile');
/** V8 compiles what is hot while this goes on. */
const WARM_UP_MS = 3000;
/** Between two samples of the profile, in microseconds. */
const SAMPLING = 200;

interface Settings {
  participants: number;
  top: number;
  point: LoadPoint;
}

function number(name: string, value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1) throw new Error(`--${name} ${value}: give a whole number from 1`);
  return parsed;
}

function readSettings(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      participants: { type: 'string', default: '100' },
      text: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '5' },
      top: { type: 'string', default: '10' },
      load: { type: 'string', default: 'sat' },
    },
  });
  const { load } = values;
  if (load !== 'sat' && load !== 'serial') throw new Error(`--load ${load}: give sat or serial`);
  const crowd = {
    rooms: 1,
    participants: number('participants', values.participants),
    textOctets: number('text', values.text),
  };
  const timing = { warmupMs: 0, measureMs: number('seconds', values.seconds) * 1000 };
  return {
    participants: crowd.participants,
    top: number('top', values.top),
    point: closedLoop(load, crowd, timing),
  };
}

const nowMicros = (): number => Number(process.hrtime.bigint() / 1000n);

interface Loaded {
  result: LoadResult;
  span: Span;
  /** What the server wrote meanwhile. */
  output: string;
}

/** A server started with these options of Node, under load once it is warm. */
async function underLoad({ participants, point }: Settings, nodeOptions: readonly string[]): Promise<Loaded> {
  const system = await startServer('tcp', { subject: { nodeOptions } });
  try {
    await system.join(participants);
    await system.run({ ...point, measureMs: WARM_UP_MS });
    let output = '';
    system.subject.onOutput = (text) => {
      output += text;
    };
    const from = nowMicros();
    const result = await system.run(point);
    return { result, span: { from, to: nowMicros() }, output };
  } finally {
    // By itself, so that the profile is written.
    await system.stop();
  }
}

/** One file for each thread; the one with the most samples is the one that works. */
function readProfile(folder: string): CpuProfile {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile);
  const [profile] = profiles.toSorted((a, b) => b.samples.length - a.samples.length);
  if (!profile) throw new Error(`the server left no profile in ${folder}`);
  return profile;
}

function profileTable({ busyMicros, functions }: Profile, result: LoadResult, top: number): string {
  const perCopy = (result.cpuSeconds / result.copies) * 1e6;
  const rows = functions.slice(0, top).map((each) => {
    const share = each.micros / busyMicros;
    return [each.name, `${(share * 100).toFixed(1)} %`, two(share * perCopy), location(each)];
  });
  return table([['function', 'self', 'CPU µs/copy', 'where'], ...rows], [3]);
}

function allocationTable(measured: Allocation, { copies, seconds }: LoadResult): string {
  const { allocated, collections, milliseconds, pauseMs, promoted, survived } = measured;
  const during = (copies / seconds) * (milliseconds / 1000);
  const rows = [
    ['octets allocated on the heap', whole(allocated / during), '< 200'],
    ['… of which survived a scavenge', two((survived + promoted) / during), '0'],
    ['… of which went to the old generation', two(promoted / during), '0'],
    ['µs paused for collections', two((pauseMs * 1000) / during), ''],
  ];
  const head = [`per delivered copy, ${collections} collections, ${whole(during)} copies`, '', 'target'];
  return table([head, ...rows]);
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  compileDriver();
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'cpu-'));
  const ended = watchMachine('profile');
  const profiled = await underLoad(settings, [
    '--cpu-prof',
    '--cpu-prof-dir',
    folder,
    '--cpu-prof-interval',
    `${SAMPLING}`,
  ]);
  const traced = await underLoad(settings, ['--trace-gc-nvp']);
  const { result } = profiled;
  console.log(
    `N = ${settings.participants}, ${two((result.cpuSeconds / result.copies) * 1e6)} CPU µs/copy with the profiler`,
  );
  console.log(`the machine: ${describeSpan(ended())}\n`);
  console.log(`${profileTable(selfTimes(readProfile(folder), profiled.span), result, settings.top)}\n`);
  console.log(allocationTable(allocation(readCollections(traced.output)), traced.result));
  console.log(`\nprofile for a browser's developer tools: ${folder}`);
}

main().catch((error: unknown) => {
  console.error(`bench:profile: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

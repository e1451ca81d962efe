// What the server costs beside the floor of the same octets; see README.md of this folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fanout, type Measured, type Ratio } from './fanout.js';
import { compileDriver, type Endpoint } from './harness/driver.js';
import { compileFloor, startFloor } from './harness/floor.js';
import { startServer } from './harness/server.js';
import type { System } from './harness/system.js';
import { type Idle, idle } from './idle.js';
import { type Options, parseOptions, type SystemName, USAGE } from './options.js';
import { fanoutTable, idleTable, ratioTable, TARGET } from './table.js';

/** Of the server's session-ids where the server itself is not measured. */
const SESSION_ID_LENGTH = 16;
/** A start for each round is slow; memory and joins vary little. */
const IDLE_ROUNDS = 3;

interface Report {
  node: string;
  cpu: string;
  cpus: number;
  target: number;
  options: Options;
  fanout: Measured[];
  ratios: Ratio[];
  idle: Idle[];
  /** What could not be measured, and why. */
  failures: string[];
}

const write = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(`${text}\n`);
};
const progress = (text: string): void => write(process.stderr, `… ${text}`);
const sessionIdLength = (endpoint: Endpoint | undefined): number =>
  /\/([^/;]+);/.exec(endpoint?.peerPath ?? '')?.[1]?.length ?? SESSION_ID_LENGTH;

/** A part that fails is reported and does not take the others with it. */
async function attempt(report: Report, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report.failures.push(reason);
    process.exitCode = 1;
    write(process.stderr, `bench: ${reason}`);
  }
}

/** The systems with `size` participants each, the floor first. The server starts first: the floor takes its lengths. */
async function startAll(names: readonly SystemName[], size: number): Promise<System[]> {
  const started: System[] = [];
  try {
    if (names.includes('server')) {
      const server = await startServer();
      started.push(server);
      await server.join(size);
    }
    if (names.includes('floor')) {
      const floor = await startFloor(sessionIdLength(started[0]?.endpoints[0]));
      started.unshift(floor);
      await floor.join(size);
    }
    return started;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

async function stopAll(systems: readonly System[]): Promise<void> {
  await Promise.all(systems.map((system) => system.stop()));
}

async function measureFanout(options: Options, size: number, report: Report): Promise<void> {
  const systems = await startAll(options.systems, size);
  try {
    const { measured, ratios } = await fanout(systems, options, (done) =>
      progress(`N = ${size}: round ${done} of ${options.rounds}`),
    );
    report.fanout.push(...measured);
    report.ratios.push(...ratios);
  } finally {
    await stopAll(systems);
  }
}

async function measureIdle(options: Options, name: SystemName, report: Report): Promise<void> {
  const starts = { floor: () => startFloor(SESSION_ID_LENGTH), server: startServer };
  progress(`${name}: ${options.idle} idle participants`);
  report.idle.push(await idle(name, starts[name], options.idle, Math.min(options.rounds, IDLE_ROUNDS)));
}

async function run(options: Options): Promise<void> {
  compileDriver();
  compileFloor();
  const machine = cpus();
  const report: Report = {
    node: process.version,
    cpu: machine[0]?.model ?? 'unknown',
    cpus: machine.length,
    target: TARGET,
    options,
    fanout: [],
    ratios: [],
    idle: [],
    failures: [],
  };
  const { parts, sizes, systems } = options;
  for (const size of parts.includes('fanout') ? sizes : []) {
    await attempt(report, () => measureFanout(options, size, report));
  }
  for (const name of parts.includes('idle') ? systems : []) {
    await attempt(report, () => measureIdle(options, name, report));
  }
  const tables = [
    report.fanout.length > 0 ? fanoutTable(report.fanout) : '',
    report.ratios.length > 0 ? ratioTable(report.ratios) : '',
    report.idle.length > 0 ? idleTable(report.idle) : '',
  ];
  write(process.stdout, tables.filter((text) => text !== '').join('\n\n'));
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(report, null, 2)}\n`);
  progress(`written to ${options.output}`);
}

async function main(): Promise<void> {
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    write(process.stderr, `bench: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') write(process.stdout, USAGE);
  else await run(options);
}

main().catch((error: unknown) => {
  write(process.stderr, `bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

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
const SESSION_ID_LENGTH = 20;
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
}

const progress = (text: string): void => console.error(`… ${text}`);
const sessionIdLength = (endpoint: Endpoint | undefined): number =>
  /\/([^/;]+);/.exec(endpoint?.peerPath ?? '')?.[1]?.length ?? SESSION_ID_LENGTH;

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

async function measureFanout(options: Options, report: Report): Promise<void> {
  for (const size of options.sizes) {
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
}

async function measureIdle(options: Options, report: Report): Promise<void> {
  const starts = { floor: () => startFloor(SESSION_ID_LENGTH), server: startServer };
  for (const name of options.systems) {
    progress(`${name}: ${options.idle} idle participants`);
    report.idle.push(await idle(name, starts[name], options.idle, Math.min(options.rounds, IDLE_ROUNDS)));
  }
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
  };
  if (options.parts.includes('fanout')) await measureFanout(options, report);
  if (options.parts.includes('idle')) await measureIdle(options, report);
  const tables = [
    report.fanout.length > 0 ? fanoutTable(report.fanout) : '',
    report.ratios.length > 0 ? ratioTable(report.ratios) : '',
    report.idle.length > 0 ? idleTable(report.idle) : '',
  ];
  console.log(tables.filter((text) => text !== '').join('\n\n'));
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(report, null, 2)}\n`);
  progress(`written to ${options.output}`);
}

async function main(): Promise<void> {
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (options === 'help') console.log(USAGE);
  else await run(options);
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

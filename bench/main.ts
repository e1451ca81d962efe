// What the server costs beside the floor of the same octets; see README.md of this folder.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { commitHere, revision } from './compare.js';
import { contenders } from './contenders.js';
import { compile } from './harness/compile.js';
import type { Contender } from './harness/contender.js';
import { compileDriver } from './harness/driver.js';
import { Subject } from './harness/process.js';
import { measure } from './measure.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { plot } from './plot/svg.js';
import { type Report, tables } from './report.js';
import { targets } from './targets.js';

const write = (output: NodeJS.WriteStream, text: string): void => {
  output.write(`${text}\n`);
};
const progress = (text: string): void => write(process.stderr, `… ${text}`);

/** Those that are wanted and there; who is absent is told why. */
async function prepared(options: Options, report: Report): Promise<Contender[]> {
  const ready: Contender[] = [];
  const wanted = contenders.filter(({ name }) => options.systems.includes(name));
  if (options.compare !== undefined) {
    progress(`building ${options.compare}`);
    const { contender, remark } = revision(options.compare);
    wanted.push(contender);
    if (remark !== undefined) progress(remark);
  }
  for (const contender of wanted) {
    const state = await contender.prepare(options.installPeers);
    if (state === 'ready') {
      ready.push(contender);
      const version = contender.version?.();
      if (version !== undefined) report.versions[contender.name] = version;
    } else report.skipped.push(`${contender.name}: ${state}`);
  }
  return ready;
}

async function run(options: Options): Promise<void> {
  compileDriver();
  for (const name of ['parser', 'probe', 'configured-server', 'nickname-server', 'switch-server'] as const)
    compile(name);
  if (options.profile !== undefined) Subject.nodeOptions = ['--cpu-prof', '--cpu-prof-dir', options.profile];
  const machine = cpus();
  const report: Report = {
    date: new Date().toISOString(),
    commit: commitHere(),
    node: process.version,
    cpu: machine[0]?.model ?? 'unknown',
    cpus: machine.length,
    options,
    versions: {},
    machine: [],
    targets: [],
    fanout: [],
    idle: [],
    roster: [],
    workers: [],
    stall: null,
    stream: [],
    parser: [],
    nicknames: [],
    skipped: [],
    failures: [],
  };
  await measure(await prepared(options, report), options, report, progress);
  report.targets = targets(report);
  write(process.stdout, tables(report));
  for (const line of report.skipped) write(process.stdout, `left out: ${line}`);
  for (const failure of report.failures) write(process.stderr, `bench: ${failure}`);
  if (report.failures.length > 0) process.exitCode = 1;
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(report, null, 2)}\n`);
  progress(`written to ${options.output}`);
  if (options.plot === undefined) return;
  mkdirSync(dirname(options.plot), { recursive: true });
  writeFileSync(options.plot, plot(report.fanout));
  progress(`drawn in ${options.plot}`);
}

async function main(): Promise<void> {
  let options: Options | 'help';
  try {
    options = parseOptions(
      process.argv.slice(2),
      contenders.map(({ name }) => name),
    );
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

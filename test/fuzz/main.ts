/**
 * `npm run fuzz`: mutation fuzz in a process of its own, watched for crashes, hangs and growth. Settings, from the
 * environment:
 *
 *     FUZZ_SEED=N      of the random numbers; printed when it is drawn. @defaultValue drawn
 *     FUZZ_FRAMES=N    stop after so many frames. @defaultValue 10000000, unless FUZZ_SECONDS is set
 *     FUZZ_SECONDS=N   stop after so many seconds
 *     FUZZ_BATCH=N     run this batch alone, as a finding says
 *
 * Exit code 0 without findings, 1 with one.
 */
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Progress, Settings } from './worker.js';

/** A batch takes milliseconds; one that takes so many ms hangs. */
const HANG = 60_000;
const PRINT_EVERY = 10_000;
/** Octets the heap may grow between its first measurement and its last. */
const GROWTH = 16 * 1024 * 1024;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function setting(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${name} is a number, not ${JSON.stringify(text)}`);
  return Number(text);
}

function readSettings(): Settings {
  const [batch, seconds] = [setting('FUZZ_BATCH'), setting('FUZZ_SECONDS')];
  const frames = setting('FUZZ_FRAMES') ?? (seconds === undefined ? 10_000_000 : Number.MAX_SAFE_INTEGER);
  return { seed: setting('FUZZ_SEED') ?? randomInt(2 ** 31), frames, seconds: seconds ?? null, batch: batch ?? null };
}

function report({ frames, seconds, byTarget, slowest }: Progress): void {
  print(`\n${'target'.padEnd(8)}${'frames'.padStart(12)}${'frames/s'.padStart(10)}`);
  for (const [name, { frames: count, ms }] of Object.entries(byTarget)) {
    print(`${name.padEnd(8)}${String(count).padStart(12)}${String(Math.round((count / ms) * 1000)).padStart(10)}`);
  }
  print(`\n${frames} frames in ${Math.round(seconds)} s; slowest batch ${slowest.batch}: ${Math.round(slowest.ms)} ms`);
}

/** What grew between two measurements; null when nothing did. */
function growth({ first, last }: Progress): string | null {
  if (!first || !last) return null;
  print(`heap ${first.heap} -> ${last.heap} octets, resources ${first.resources} -> ${last.resources}`);
  if (last.heap - first.heap > GROWTH) return `the heap grew by ${last.heap - first.heap} octets`;
  return last.resources > first.resources ? `${last.resources - first.resources} resources are left open` : null;
}

/** Resolves with what was found, or null. */
function run(settings: Settings): Promise<string | null> {
  return new Promise((resolve) => {
    // Half a gigabyte: what grows without bound ends soon.
    const execArgv = [...process.execArgv, '--expose-gc', '--max-old-space-size=512'];
    const child = fork(join(__dirname, 'worker.ts'), [JSON.stringify(settings)], { execArgv });
    let latest: Progress | undefined;
    let printed = Date.now();
    let found: string | null = null;
    const hangs = (): void => {
      found = `batch ${latest?.batch ?? settings.batch ?? 0} hangs: no end after ${HANG} ms`;
      child.kill('SIGKILL');
    };
    let watch = setTimeout(hangs, HANG);
    child.on('message', (message: Progress | { finding: string }) => {
      clearTimeout(watch);
      watch = setTimeout(hangs, HANG);
      if ('finding' in message) {
        found = message.finding;
        return;
      }
      latest = message;
      if (Date.now() - printed < PRINT_EVERY) return;
      printed = Date.now();
      print(`${message.frames} frames, ${Math.round(message.frames / message.seconds)} a second`);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(watch);
      if (latest) report(latest);
      if (code !== 0) found ??= `ended with ${code ?? signal} in batch ${latest?.batch ?? 0} or the next`;
      resolve(found ?? (latest ? growth(latest) : null));
    });
  });
}

async function main(): Promise<void> {
  const settings = readSettings();
  print(`FUZZ_SEED=${settings.seed}`);
  const found = await run(settings);
  print(found === null ? 'nothing found' : `FOUND with FUZZ_SEED=${settings.seed}: ${found}`);
  process.exitCode = found === null ? 0 : 1;
}

void main();

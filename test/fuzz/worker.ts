/** The process that feeds the targets: runs batches one after the other and tells main.ts how far it is. */
import { inspect } from 'node:util';
import { runBatch, targetOf, TARGETS } from './run.js';

export interface Settings {
  seed: number;
  frames: number;
  seconds: number | null;
  /** Run this batch only. */
  batch: number | null;
}

interface Measured {
  /** Octets in use after collecting garbage. */
  heap: number;
  /** Handles and timers that keep the process alive. */
  resources: number;
}

export interface Progress {
  frames: number;
  seconds: number;
  /** The batch that comes next. */
  batch: number;
  byTarget: Record<string, { frames: number; ms: number }>;
  slowest: { batch: number; ms: number };
  first: Measured | null;
  last: Measured | null;
}

const tell = (message: Progress | { finding: string }): void => void process.send?.(message);

/** Batches after which caches are filled and code is compiled. */
const WARM = 20 * TARGETS.length;
const TELL_EVERY = TARGETS.length * 5;

function measure(): Measured {
  globalThis.gc?.();
  return { heap: process.memoryUsage().heapUsed, resources: process.getActiveResourcesInfo().length };
}

async function run({ seed, frames, seconds, batch: only }: Settings): Promise<void> {
  const start = performance.now();
  const state: Progress = {
    frames: 0,
    seconds: 0,
    batch: only ?? 0,
    byTarget: Object.fromEntries(TARGETS.map(({ name }) => [name, { frames: 0, ms: 0 }])),
    slowest: { batch: 0, ms: 0 },
    first: null,
    last: null,
  };
  const enough = (): boolean =>
    only !== null || state.frames >= frames || (seconds !== null && state.seconds >= seconds);
  do {
    const { batch } = state;
    const before = performance.now();
    const fed = await runBatch(seed, batch);
    const ms = performance.now() - before;
    const { name } = targetOf(batch);
    state.byTarget[name].frames += fed;
    state.byTarget[name].ms += ms;
    state.frames += fed;
    state.seconds = (performance.now() - start) / 1000;
    if (ms > state.slowest.ms) state.slowest = { batch, ms };
    state.batch++;
    if (state.batch === WARM) state.first = measure();
    if (state.batch % TELL_EVERY === 0) tell(state);
  } while (!enough());
  state.last = measure();
  tell(state);
}

function found(error: unknown): void {
  tell({ finding: inspect(error, { depth: 6 }) });
  process.disconnect();
  process.exitCode = 1;
}

// Whatever is thrown outside of a call is a finding too.
process.on('uncaughtException', found);

run(JSON.parse(process.argv[2] ?? '{}') as Settings).then(() => process.disconnect(), found);

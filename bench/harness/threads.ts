import { readdirSync, readFileSync } from 'node:fs';
import { readProcessTimes } from './machine.js';

/** Of the times in `/proc`, a second; on every Linux that Node runs on. */
const TICKS = 100;

/** A process and those it has started, which may be its workers. */
export function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

/** CPU seconds so far of each thread of these processes, by the id of the thread. */
export function threadSeconds(pids: readonly number[]): Map<number, number> {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/stat`),
  );
  return new Map(
    threads.map((path) => {
      const { own, pid } = readProcessTimes(readFileSync(path, 'latin1'));
      return [pid, own / TICKS];
    }),
  );
}

/** Of each thread, its share of a core between two readings, the busiest first. */
export function shares(before: Map<number, number>, after: Map<number, number>, seconds: number): number[] {
  return [...after].map(([thread, value]) => (value - (before.get(thread) ?? 0)) / seconds).toSorted((a, b) => b - a);
}

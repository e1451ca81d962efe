/**
 * What a second worker brings: the same load with one thread and with several. Not part of `npm run bench`:
 *
 *     npx tsx bench/workers.ts [WORKERS] [PARTICIPANTS] [SENDERS] [WINDOW] [ROUNDS]      2 200 16 8 3
 *
 * `busiest` is the CPU of the thread that has most to do, for each delivered copy: what bounds the deliveries when every
 * thread has a core of its own. The load generator wants a core too, so that on a machine with two the copies a second tell less.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { compileDriver } from './harness/driver.js';
import { startServer } from './harness/server.js';
import type { System } from './harness/system.js';
import { SMALL } from './scenarios.js';

const TIMING = { warmupMs: 700, measureMs: 1500 };

interface Cost {
  copiesPerSecond: number;
  /** CPU µs for each copy: of all threads, and of the busiest one. */
  all: number;
  busiest: number;
}

/** CPU of each thread so far, in hundredths of a second: proc(5), fields 14 and 15 of `stat`. */
function threads(pid: number): Map<string, number> {
  const cpu = new Map<string, number>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpu.set(id, Number(fields[11]) + Number(fields[12]));
  }
  return cpu;
}

async function cost(system: System, senders: number, window: number): Promise<Cost> {
  const { pid } = system.subject;
  const before = threads(pid);
  const { cpuSeconds, copies, seconds } = await system.run({ textOctets: SMALL, senders, window, rate: 0, ...TIMING });
  const spent = [...threads(pid)].map(([id, cpu]) => cpu - (before.get(id) ?? 0));
  const all = (cpuSeconds / copies) * 1e6;
  const share = Math.max(...spent) / spent.reduce((sum, cpu) => sum + cpu, 0);
  return { copiesPerSecond: copies / seconds, all, busiest: all * share };
}

async function start(workers: number, participants: number): Promise<System> {
  process.env.CHATROOM_WORKERS = String(workers);
  const system = await startServer('tcp');
  await system.join(participants);
  return system;
}

const best = (costs: readonly Cost[]): Cost =>
  costs.reduce((least, cost) => (cost.busiest < least.busiest ? cost : least));

async function main([workers = 2, participants = 200, senders = 16, window = 8, rounds = 3]: number[]): Promise<void> {
  compileDriver();
  const [one, several] = [await start(1, participants), await start(workers, participants)];
  const costs: [Cost[], Cost[]] = [[], []];
  // In turn, so that a busy moment of the machine weighs on both.
  for (let round = 0; round < rounds; round++) {
    costs[0].push(await cost(one, senders, window));
    costs[1].push(await cost(several, senders, window));
  }
  await Promise.all([one.stop(), several.stop()]);
  const [single, shared] = costs.map(best);
  console.log(`N = ${participants}, ${senders} senders with ${window} messages each, the best of ${rounds} rounds`);
  console.log('threads  copies/s  CPU µs/copy  busiest');
  for (const [name, { copiesPerSecond, all, busiest }] of [[1, single] as const, [workers, shared] as const]) {
    const figures = [Math.round(copiesPerSecond).toLocaleString('en'), all.toFixed(2), busiest.toFixed(2)];
    console.log(`${String(name).padEnd(7)}  ${figures.map((figure, i) => figure.padStart([8, 11, 7][i])).join('  ')}`);
  }
  console.log(`deliveries for each second of the busiest thread: ${(single.busiest / shared.busiest).toFixed(2)} ×`);
}

void main(process.argv.slice(2).map(Number));

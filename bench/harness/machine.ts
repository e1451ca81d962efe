import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** What the machine did while one row was measured. */
export interface MachineSpan {
  /** The row. */
  what: string;
  seconds: number;
  /** Processes that run or want to, mean of the last minute, before and after. */
  loadBefore: number;
  loadAfter: number;
  /** Share of all cores that went to processes which are not of this bench, 0..1; interrupts are among them. */
  others: number;
  /** Share of all cores that the hypervisor gave to other machines, 0..1. */
  stolen: number;
}

/** Times of `/proc/stat`, all cores together, in ticks. */
export interface CpuTimes {
  busy: number;
  idle: number;
  stolen: number;
}

/** A process, or a thread, as its `stat` has it. */
export interface ProcessTimes {
  pid: number;
  parent: number;
  /** Its own, user and system. */
  own: number;
  /** With those of its children that ended. */
  ticks: number;
}

/** proc(5), first line of `/proc/stat`: user nice system idle iowait irq softirq steal. */
export function readCpuTimes(stat: string): CpuTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, stolen = 0] = (
    /^cpu +(.*)$/m.exec(stat)?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  return { busy: user + nice + system + irq + softirq, idle: idle + wait, stolen };
}

/** proc(5), `/proc/PID/stat`: the name may have spaces and parentheses, what follows it has none. */
export function readProcessTimes(stat: string): ProcessTimes {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // Fields 4 (ppid) and 14 to 17 (utime stime cutime cstime), of which the first two are cut off here.
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
  const own = user + system;
  return { pid: Number.parseInt(stat, 10), parent: fields[1] ?? 0, own, ticks: own + childUser + childSystem };
}

/** The ticks of a process and of all it has started. */
export function familyTicks(processes: readonly ProcessTimes[], root: number): number {
  const family = new Set([root]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const { parent, pid } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.reduce((sum, { pid, ticks }) => sum + (family.has(pid) ? ticks : 0), 0);
}

function readProcesses(): ProcessTimes[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readProcessTimes(readFileSync(`/proc/${pid}/stat`, 'latin1'))];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

interface Reading extends CpuTimes {
  time: number;
  load: number;
  own: number;
}

function read(): Reading {
  const own = familyTicks(readProcesses(), process.pid);
  const load = loadavg()[0] ?? Number.NaN;
  return { time: performance.now(), load, own, ...readCpuTimes(readFileSync('/proc/stat', 'latin1')) };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** One line, for the reader who asks whether the machine was free. */
export function describeSpan({ loadAfter, loadBefore, others, stolen }: MachineSpan): string {
  const load = `load ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after`;
  return `${load}; others ${percent(others)} of ${cpus().length} cores, stolen ${percent(stolen)}`;
}

/** Begins to watch the machine; what is returned ends it. */
export function watchMachine(what: string): () => MachineSpan {
  const before = read();
  return () => {
    const after = read();
    const busy = after.busy - before.busy;
    const stolen = after.stolen - before.stolen;
    const all = Math.max(1, busy + stolen + after.idle - before.idle);
    return {
      what,
      seconds: (after.time - before.time) / 1000,
      loadBefore: before.load,
      loadAfter: after.load,
      others: Math.max(0, busy - (after.own - before.own)) / all,
      stolen: stolen / all,
    };
  };
}

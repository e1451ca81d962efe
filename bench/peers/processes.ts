import { readdirSync, readFileSync } from 'node:fs';

/** The parent in what proc(5) calls `/proc/PID/stat`; the name of the command, in parentheses, may contain anything. */
export const parentOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);

/**
 * A process and all that descend from it: what a daemon costs is what all its processes cost.
 *
 * @param parents of each process, its parent
 */
export function family(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const members = [pid];
  for (const member of members) {
    for (const [child, parent] of parents) if (parent === member) members.push(child);
  }
  return members;
}

/** Of each process that runs now, its parent. */
export function runningParents(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(Number(name), parentOf(readFileSync(`/proc/${name}/stat`, 'latin1')));
    } catch {
      // It has ended since.
    }
  }
  return parents;
}

/** Resident memory of a process in KB; 0 when it has ended. */
export function residentKbOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

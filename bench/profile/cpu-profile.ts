/** As `--cpu-prof` writes it; times in microseconds of the monotonic clock. */
export interface CpuProfile {
  nodes: ProfileNode[];
  startTime: number;
  /** The node on top of the stack, sample by sample, and the time since the one before. */
  samples: number[];
  timeDeltas: number[];
}

interface ProfileNode {
  id: number;
  callFrame: {
    functionName: string;
    /** Empty for what is not JavaScript. */
    url: string;
    /** Both from 0. */
    lineNumber: number;
    columnNumber: number;
  };
}

/** A function and the time spent in itself, not in those it calls. */
export interface SelfTime {
  name: string;
  url: string;
  /** From 1. */
  line: number;
  /** From 0. */
  column: number;
  micros: number;
}

export interface Profile {
  /** Without waiting. */
  busyMicros: number;
  /** The most expensive first. */
  functions: SelfTime[];
}

/** Microseconds of the monotonic clock. */
export interface Span {
  from: number;
  to: number;
}

/** What stands for a thread that waits, and for the root of all stacks. */
const NO_WORK: ReadonlySet<string> = new Set(['(idle)', '(root)']);

/** Self times within `span`, added up by function. */
export function selfTimes({ nodes, samples, startTime, timeDeltas }: CpuProfile, { from, to }: Span): Profile {
  const byNode = new Map<number, number>();
  let time = startTime;
  for (const [index, node] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    time += delta;
    if (time > from && time <= to) byNode.set(node, (byNode.get(node) ?? 0) + delta);
  }
  const functions = new Map<string, SelfTime>();
  for (const { callFrame, id } of nodes) {
    const micros = byNode.get(id) ?? 0;
    const { columnNumber, functionName, lineNumber, url } = callFrame;
    if (micros === 0 || NO_WORK.has(functionName)) continue;
    const key = `${functionName} ${url}:${lineNumber}:${columnNumber}`;
    const found = functions.get(key);
    if (found) found.micros += micros;
    else {
      const name = functionName === '' ? '(anonymous)' : functionName;
      functions.set(key, { name, url, line: lineNumber + 1, column: columnNumber, micros });
    }
  }
  const sorted = [...functions.values()].toSorted((a, b) => b.micros - a.micros);
  return { busyMicros: sorted.reduce((sum, { micros }) => sum + micros, 0), functions: sorted };
}

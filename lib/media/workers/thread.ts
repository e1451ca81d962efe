import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerStart } from './to-worker.js';

/** Something that runs a switch on its own. */
export interface Thread {
  /** Ends at once. */
  terminate(): void;
}

export interface ThreadEvents {
  /** What nobody caught; `ended` follows. */
  failed(error: unknown): void;
  /** Called once. */
  ended(): void;
}

export type StartThread = (start: WorkerStart, events: ThreadEvents) => Thread;

/** A thread of this process, that runs `worker.ts`. */
export const startThread: StartThread = (start, events) => {
  const transferList = [start.port];
  const worker = new Worker(join(__dirname, 'worker.js'), {
    workerData: start,
    transferList,
    name: `msrp ${start.node}`,
  });
  worker.on('error', (error) => events.failed(error));
  worker.on('exit', () => events.ended());
  return { terminate: () => void worker.terminate() };
};

/** A worker thread: listeners and a switch, told by the focus' thread what to do. */
import { workerData } from 'node:worker_threads';
import { ProcessProbe } from '../../overload/probe.js';
import { systemClock } from '../../util/clock.js';
import type { WorkerStart } from './to-worker.js';
import { WorkerSide } from './worker-side.js';

void new WorkerSide(workerData as WorkerStart, systemClock, new ProcessProbe()).listen();

/** A worker thread: listeners and a switch, told by the focus' thread what to do. */
import { workerData } from 'node:worker_threads';
import { ProcessProbe } from '../../overload/probe.js';
import { systemClock } from '../../util/clock.js';
import { IdleCollection } from '../../util/idle-collection.js';
import type { WorkerStart } from './to-worker.js';
import { WorkerSide } from './worker-side.js';

// The thread is ours alone; its timers do not keep it.
void new IdleCollection({ clock: systemClock });
void new WorkerSide(workerData as WorkerStart, systemClock, new ProcessProbe()).listen();

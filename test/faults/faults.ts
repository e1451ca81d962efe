/** All of them, in the order of the table. */
import type { Fault } from './support/fault.js';
import { clockJump } from './scenarios/clock-jump.js';
import { diskFull } from './scenarios/disk-full.js';
import { drachtioCut, drachtioRestarted, drachtioSlow } from './scenarios/drachtio-connection.js';
import { emittedErrors } from './scenarios/emitted-errors.js';
import { garbage } from './scenarios/garbage.js';
import { halfOpen } from './scenarios/half-open.js';
import { slowReaders } from './scenarios/slow-readers.js';
import { unboundConnections } from './scenarios/unbound-connections.js';
import { memoryBound } from './scenarios/memory-bound.js';
import { sipFlood } from './scenarios/sip-flood.js';
import { sipSlowLoris } from './scenarios/sip-slow-loris.js';
import { resetInMidChunk } from './scenarios/reset-in-mid-chunk.js';
import { stoppedReaders } from './scenarios/stopped-readers.js';
import { sigtermInTraffic } from './scenarios/sigterm-in-traffic.js';
import { uncaughtException } from './scenarios/uncaught-exception.js';

/** Of peers and networks. */
export const NETWORK: readonly Fault[] = [
  resetInMidChunk,
  garbage,
  stoppedReaders,
  slowReaders,
  halfOpen,
  unboundConnections,
  memoryBound,
  sipFlood,
  sipSlowLoris,
];

/** Of what the server stands on: SIP endpoint, disk, clock, supervisor, itself. */
export const PROCESS: readonly Fault[] = [
  drachtioCut,
  drachtioRestarted,
  drachtioSlow,
  diskFull,
  clockJump,
  emittedErrors,
  sigtermInTraffic,
  uncaughtException,
];

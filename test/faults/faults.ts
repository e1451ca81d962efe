/** All of them, in the order of the table. */
import type { Fault } from './support/fault.js';
import { uncaughtException } from './scenarios/uncaught-exception.js';

/** Of peers and networks. */
export const NETWORK: readonly Fault[] = [];

/** Of what the server stands on: SIP endpoint, disk, clock, supervisor, itself. */
export const PROCESS: readonly Fault[] = [uncaughtException];

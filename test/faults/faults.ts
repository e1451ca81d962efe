/** All of them, in the order of the table. */
import type { Fault } from './support/fault.js';
import { drachtioCut, drachtioRestarted, drachtioSlow } from './scenarios/drachtio-connection.js';
import { sigtermInTraffic } from './scenarios/sigterm-in-traffic.js';
import { uncaughtException } from './scenarios/uncaught-exception.js';

/** Of peers and networks. */
export const NETWORK: readonly Fault[] = [];

/** Of what the server stands on: SIP endpoint, disk, clock, supervisor, itself. */
export const PROCESS: readonly Fault[] = [
  drachtioCut,
  drachtioRestarted,
  drachtioSlow,
  sigtermInTraffic,
  uncaughtException,
];

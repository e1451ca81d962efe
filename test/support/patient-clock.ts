import { type Clock, systemClock } from '../../lib/util/clock.js';

/** So that T1 is longer than a machine with other things to do leaves a process waiting. */
const PATIENCE = 20;

/**
 * The clock of the machine, with timers of twenty times their length: for SIP endpoints whose peer takes what is sent twice
 * for something else, as SIPp does. Nothing is lost on the loopback interface, so only who is late is sent something again.
 */
export const patientClock: Clock = {
  now: () => systemClock.now(),
  date: () => systemClock.date(),
  after: (delay, action) => systemClock.after(PATIENCE * delay, action),
};

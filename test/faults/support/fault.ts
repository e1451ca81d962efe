/** A fault: what is done to a server, and what came of it. The test asserts it, `npm run faults` prints it. */
import type { Delays } from './talk.js';

export type { Delay, Delays } from './talk.js';

export interface Outcome {
  /** Who is told, and how. */
  notices: string;
  /** What is lost; `nothing` if so. */
  lost: string;
  /** Of those who have nothing to do with it: a message of one to another. Absent where nobody is left to talk. */
  delays?: Delays;
  /** Whatever else was measured, like `memory 45 MB`. */
  figures?: readonly string[];
}

export interface Fault {
  /** What happens, as in the table. */
  name: string;
  /** It waits for timers of the server most of the time, so that others may do so beside it. @defaultValue false */
  waits?: boolean;
  /** Rejects when the server does not withstand. Leaves nothing behind. */
  run(): Promise<Outcome>;
}

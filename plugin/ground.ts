import type { CreateServer, Probe } from '../lib/chat-server.js';
import type { Clock } from '../lib/util/clock.js';

/** What a server stands on, where it is not the machine itself. */
export interface Ground {
  /** @defaultValue the clock of the machine */
  clock?: Clock | undefined;
  /** What the process needs. @defaultValue this one */
  probe?: (() => Probe) | undefined;
  /** What MSRP over TCP runs over. @defaultValue the sockets of Node */
  createServer?: CreateServer | undefined;
}

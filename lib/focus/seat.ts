import type { Timer } from '../util/clock.js';
import type { Endpoint } from './endpoint.js';
import type { Participant } from './participant.js';
import type { Room } from './room.js';

/** An endpoint in its place. */
export interface Seat {
  readonly room: Room;
  readonly participant: Participant;
  readonly endpoint: Endpoint;
  /** End once the session of this one is there; empty afterwards. */
  replaces: readonly Endpoint[];
  greeted: boolean;
  /** What the switch was told of its role; null before it knows the endpoint. */
  moderator: boolean | null;
  /** Runs while the connection is lost. */
  grace: Timer | null;
}

/** The session is there again, or over for good: nothing waits for its rescue. */
export function rescued(seat: Seat): void {
  seat.endpoint.lost = false;
  seat.grace?.cancel();
  seat.grace = null;
}

import type { EndpointMedia, SwitchControl } from '../focus-switch.js';
import type { Timer } from '../util/clock.js';
import type { Endpoint } from './endpoint.js';
import type { Door } from './moderation/door.js';
import type { Participant } from './participant.js';
import type { Room } from './room.js';

/** What of a participant decides about messages. */
export type Rights = Pick<EndpointMedia, 'moderator' | 'mayWrite'>;

/** An endpoint in its place. */
export interface Seat {
  readonly room: Room;
  readonly participant: Participant;
  readonly endpoint: Endpoint;
  /** End once the session of this one is there; empty afterwards. */
  replaces: readonly Endpoint[];
  greeted: boolean;
  /** Before which it waits until it has said the password; null when it is in. */
  door: Door | null;
  /** What the switch was told of its rights; null before it knows the endpoint. */
  rights: Rights | null;
  /** Runs while the connection is lost. */
  grace: Timer | null;
}

/** The session is there again, or over for good: nothing waits for its rescue. */
export function rescued(seat: Seat): void {
  seat.endpoint.lost = false;
  seat.grace?.cancel();
  seat.grace = null;
}

/** 7701-6.2-07: who moderates may decide who writes to whom; and by its role it is decided who may write at all. */
export function tellRights(
  participant: Participant,
  seats: ReadonlyMap<string, Seat>,
  control: Pick<SwitchControl, 'updateEndpoint'>,
): void {
  const { moderator, mayWrite } = participant;
  for (const [id, endpoint] of participant.endpoints) {
    const seat = seats.get(id);
    const told = seat?.rights;
    if (!seat || !told || (told.moderator === moderator && told.mayWrite === mayWrite)) continue;
    const media = endpoint.media(seat.room.uri, participant);
    seat.rights = { moderator, mayWrite };
    if (media) control.updateEndpoint(media);
  }
}

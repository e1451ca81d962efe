/** Who is asked about messages before they are passed on, and is told whose they are. */
import type { Gate, HeldMessage, Verdict } from '../focus-switch.js';
import type { Endpoint } from './endpoint.js';
import type { Participant } from './participant.js';
import type { Room } from './room.js';

/** Whose a message is that waits for a verdict. */
export interface Sender {
  readonly room: Room;
  readonly participant: Participant;
  readonly endpoint: Endpoint;
}

/** A `Gate` that is told who the sender is; without `everywhere` it is asked in rooms with `commands`. */
export interface RoomGate extends Pick<Gate, 'everywhere'> {
  ask(message: HeldMessage, sender: Sender): Verdict | Promise<Verdict>;
}

/** The gate as the switch knows it; `senders` are by endpoint. */
export const gateOf = (
  gate: RoomGate | undefined,
  senders: { get(endpoint: string): Sender | undefined },
): Gate | undefined =>
  gate && {
    get everywhere() {
      return gate.everywhere;
    },
    ask: (message) => {
      const sender = senders.get(message.endpoint);
      // The message crossed the end of its session.
      return sender ? gate.ask(message, sender) : { is: 'refused', status: 481 };
    },
  };

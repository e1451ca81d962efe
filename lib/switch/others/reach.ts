import type { BusMessage } from '../../cluster/bus.js';
import type { Link } from './link.js';

/** Another switch, as far as one room is concerned. */
export class Reach {
  readonly link: Link;
  readonly #room: string;
  /** What had been sent there with the last message of the room. */
  #mark = 0;

  /** @param room its URI */
  constructor(link: Link, room: string) {
    this.link = link;
    this.#room = room;
  }

  /** Octets that the room sent were all taken. */
  get settled(): boolean {
    return this.link.taken >= this.#mark;
  }

  /** A message to those of the room there, or to one participant; false when it was not sent. */
  carry(message: BusMessage, to: string | null): boolean {
    const isSent = this.link.carry(message, this.#room, to);
    if (isSent) this.#mark = this.link.sent;
    return isSent;
  }
}

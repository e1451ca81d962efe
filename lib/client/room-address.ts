import { cpimUriKey } from '../cpim/index.js';
import type { MessageContext } from './received-message.js';
import { type Roster, userPart } from './roster.js';

/** By which URIs a participant knows its room, and who else is in it. */
export class RoomAddress implements MessageContext {
  readonly #self: string;
  readonly #roster: Roster;
  /** Keys under which a CPIM To means everybody. */
  readonly #keys = new Set<string | null>();
  #room = '';

  constructor(self: string, roster: Roster) {
    this.#self = self;
    this.#roster = roster;
  }

  /** As dialled, `''` before. */
  get room(): string {
    return this.#room;
  }

  dial(room: string): void {
    this.#room = room;
    this.learn(room);
  }

  /** The room is known by that URI too. */
  learn(uri: string): void {
    this.#keys.add(cpimUriKey(uri));
  }

  isSelf(uri: string): boolean {
    return cpimUriKey(uri) === cpimUriKey(this.#self);
  }

  // 7701-6.1-15: "To = room URI → regular message; anything else → private message"
  isRoom(uri: string): boolean {
    if (this.#keys.has(cpimUriKey(uri))) return true;
    // the room under another host (an alias the sender dialled); nobody here has that address
    return userPart(uri) === userPart(this.#room) && !this.isSelf(uri) && !this.#roster.find(uri);
  }

  nicknameOf(uri: string): string | undefined {
    return this.#roster.find(uri)?.nickname;
  }
}

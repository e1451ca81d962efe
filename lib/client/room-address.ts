import { cpimUriKey } from '../cpim/index.js';
import type { MessageContext, MessageHead } from './received-message.js';
import { type Roster, userPart } from './roster.js';

/** RFC 3323 §4.1.1.3: nobody can be reached there, so it names nobody. */
const NOWHERE = /\.invalid$/;

/** By which URIs a participant knows its room and is known there, and who else is in it. */
export class RoomAddress implements MessageContext {
  #self: string;
  #anonymous: boolean;
  readonly #roster: Roster;
  /** Keys under which a CPIM To means everybody. */
  readonly #keys = new Set<string | null>();
  #room = '';

  /** @param anonymous `self` is made up, and must stay all that is told of us */
  constructor(self: string, anonymous: boolean, roster: Roster) {
    this.#self = self;
    this.#anonymous = anonymous;
    this.#roster = roster;
  }

  /** What stands in our CPIM From. */
  get self(): string {
    return this.#self;
  }

  /** It is made up, and must stay all that is told of us. */
  get anonymous(): boolean {
    return this.#anonymous;
  }

  /**
   * A message arrived. A room that hides everybody writes, itself, to the URI that it made up for us: by that the others
   * know us, and what is from another is refused (P-ANON-01).
   */
  hear({ from, private: isPrivate, envelope: { to } }: MessageHead): void {
    if (!isPrivate || !this.isRoom(from) || !NOWHERE.test(cpimUriKey(to[0].uri) ?? '')) return;
    this.#self = to[0].uri;
    this.#anonymous = true;
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

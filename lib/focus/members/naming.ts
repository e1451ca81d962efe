import { cpimUriKey } from '../../cpim/index.js';
import type { Addresses } from '../addresses.js';
import type { Participant } from '../participant.js';
import { participantKey } from '../person.js';
import type { RoomConfig } from '../policy.js';
import { hidden } from '../pseudonym.js';
import { refusal } from '../refusal.js';
import type { Identity } from '../types.js';
import type { Address } from './member-record.js';

export interface NamingOptions {
  /** Comparison form of the room's URI. */
  roomKey: string;
  config: () => Readonly<RoomConfig>;
  addresses: Addresses;
  /** By participant key: those who are in, and those whose INVITE is being answered. */
  joined: ReadonlyMap<string, Participant>;
  /** URI of a member who may be away. */
  isMembers: (uri: string) => boolean;
}

/** Under which URI others know somebody who comes, is invited, or acts. */
export class Naming {
  readonly #options: NamingOptions;

  constructor(options: NamingOptions) {
    this.#options = options;
  }

  /**
   * In a room that hides everybody, who somebody is there; else the same object.
   *
   * @param invited as the room invited him: he is hidden if he was then
   */
  seenAs(identity: Identity, invited?: Identity): Identity {
    const isHidden = invited?.anonymous ?? this.#options.config().pseudonymous;
    return isHidden && !identity.anonymous ? hidden(identity) : identity;
  }

  /** Of somebody who acts; null for nobody in particular, or nobody whom others may know (DOC-23, 4575-5.6-02). */
  shownAs(by: Identity | null): string | null {
    if (by === null) return null;
    const { joined, addresses } = this.#options;
    const seen = this.seenAs(by);
    const participant = joined.get(participantKey(seen));
    if (participant || seen.anonymous) return participant?.uri ?? null;
    return addresses.find(by.uri)?.uri ?? by.uri;
  }

  /** @throws ChatroomsError with `sipStatus` 403 when somebody cannot be known by that URI */
  check({ uri }: Identity): string {
    const key = cpimUriKey(uri);
    // Its messages would look like those of the room.
    if (key === null || key === this.#options.roomKey) throw refusal.identity(uri);
    return key;
  }

  /**
   * Of somebody who is new here.
   *
   * @param before by which he was known, when he was here or invited before: who hides keeps it (4575-4.5-01)
   */
  addressOf(identity: Identity, before?: Address): Address {
    if (!identity.anonymous) return { uri: identity.uri, anonymousName: null };
    const { addresses, isMembers } = this.#options;
    if (before?.anonymousName && !addresses.find(before.uri)) return before;
    for (;;) {
      // 3323-4.1-02: a unique alias for the roster.
      const { uri, name: anonymousName } = addresses.nextAnonymous();
      // That of a member who is away.
      if (!isMembers(uri)) return { uri, anonymousName };
    }
  }
}

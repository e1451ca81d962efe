import type { RoomConfig } from '../policy.js';
import { refusal } from '../refusal.js';
import type { MemberRecords } from './member-records.js';

export interface HeadcountOptions {
  /** Room URI. */
  uri: string;
  config: () => Readonly<RoomConfig>;
  maxParticipants: () => number;
  /** Those who are in, and those whose INVITE is being answered. */
  joined: { readonly size: number };
  records: MemberRecords;
}

/** How many belong to a room, and whether that is too many or too few. */
export class Headcount {
  readonly #options: HeadcountOptions;
  #hadMinimum = false;

  constructor(options: HeadcountOptions) {
    this.#options = options;
  }

  /** JOIN-06: people who are in, about to be, invited or members. */
  get total(): number {
    const { joined, records } = this.#options;
    return joined.size + records.absent;
  }

  /** Those who are being invited are the only ones, and it is nobody's group: who called them is gone (BYE-15). */
  get forsaken(): boolean {
    const { config, joined, records } = this.#options;
    if (joined.size > 0 || records.size === 0) return false;
    return !(config().membership && records.begun);
  }

  /** BYE-08: there were enough, and are not any more. "Pending invitees count as members." */
  get tooFew(): boolean {
    const { minMembers } = this.#options.config();
    return minMembers !== null && this.#hadMinimum && this.total < minMembers;
  }

  /** Somebody is new here. */
  grew(): void {
    const { minMembers } = this.#options.config();
    if (minMembers !== null && !this.#hadMinimum) this.#hadMinimum = this.total >= minMembers;
  }

  /** JOIN-06, FAC-11. @throws ChatroomsError with `sipStatus` 486 when so many more people have no place */
  checkSpace(count: number): void {
    const { uri, maxParticipants } = this.#options;
    const limit = maxParticipants();
    if (this.total + count > limit) throw refusal.full(uri, limit);
  }
}

import type { RoomConfig } from '../policy.js';
import { refusal } from '../refusal.js';
import type { Roster } from '../roster/roster.js';
import type { Identity, InviteOutcome } from '../types.js';
import { belongs } from './ending.js';
import type { Headcount } from './headcount.js';
import type { InvitationOwner, InviteeHandle, InviteRequest } from './invitee.js';
import type { Invitation, MemberRecord } from './member-record.js';
import type { MemberRecords } from './member-records.js';
import type { Naming } from './naming.js';

export interface InvitationsOptions {
  /** Room URI. */
  uri: string;
  config: () => Readonly<RoomConfig>;
  records: MemberRecords;
  headcount: Headcount;
  naming: Naming;
  roster: Roster;
  /** Whether somebody is in, or his INVITE is being answered. */
  isJoined: (identity: Identity) => boolean;
  moderates: (identity: Identity) => boolean;
  /** Somebody is not invited, or no member, any more. */
  left: (identity: Identity) => void;
  /** The roster tells of somebody who is gone. */
  departed: () => void;
  /** Something that others see changed. */
  changed: () => void;
  /** Tells an owner; does not throw. */
  callOff: (owner: InvitationOwner, reason: string) => void;
}

/** The INVITEs of one room (RFC 4353 §5.2): whom it may invite, and what others see of it (INV-17). */
export class Invitations {
  readonly #options: InvitationsOptions;

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /**
   * The invitation of somebody, or where he is already (REF-10).
   *
   * @throws ChatroomsError with `sipStatus` 403 (locked, no URI to invite, or he left for good) or 486 (full)
   */
  begin({ identity: asked, by, owner, automatic }: InviteRequest): Invitation | Exclude<InviteeHandle['state'], 'new'> {
    const { uri, config, records, headcount, naming, roster, isJoined, moderates, changed } = this.#options;
    const identity = naming.seenAs(asked);
    if (isJoined(identity)) return 'present';
    const record = records.find(identity);
    if (record?.invitation) return 'dialing';
    const isMember = record !== undefined && belongs(record.standing);
    // INV-18: "a member who left for good is never dialled again automatically".
    if (automatic && record && !isMember) throw refusal.leftForGood(uri);
    // JOIN-05: RFC 4575 §5.5.3, "the conference roster cannot be added to".
    const mayAdd = !config().locked || isMember || by === null || moderates(by);
    if (!mayAdd) throw refusal.locked(uri);
    naming.check(identity);
    if (!isMember) headcount.checkSpace(1);
    const invitation = records.invite(identity, naming.shownAs(by), owner);
    headcount.grew();
    roster.came(invitation.record.address.uri);
    changed();
    return invitation;
  }

  /** 180. */
  ringing(invitation: Invitation): void {
    if (this.#options.records.alerting(invitation)) this.#options.changed();
  }

  /** INV-17: it came to nothing, for null although it was accepted. False when it was over. */
  ended(invitation: Invitation, outcome: InviteOutcome | null): boolean {
    const { records, roster, departed, left, changed } = this.#options;
    const shown = records.unreached(invitation, outcome);
    if (!shown) return false;
    roster.unreachable(shown);
    departed();
    left(invitation.record.identity);
    changed();
    return true;
  }

  /** It is of no use any more: he joined by himself. */
  superseded(invitation: Invitation): void {
    this.#tell(invitation, 'he joined by himself');
  }

  /** Takes back all that are under way. */
  callOff(reason: string): void {
    const { records, changed } = this.#options;
    if (records.size === 0) return;
    for (const record of records.ringing) this.#callOff(record, reason);
    changed();
  }

  /** Somebody who is not in does not belong to the room any more; false when he did not. */
  expel(uri: string, reason: string, by: Identity | null): boolean {
    const { records, naming, left, changed } = this.#options;
    const record = records.addressed(uri);
    if (!record || record.participant || !belongs(record.standing)) return false;
    this.#callOff(record, reason);
    records.expel(record, naming.shownAs(by));
    left(record.identity);
    changed();
    return true;
  }

  #callOff(record: MemberRecord, reason: string): void {
    const { records, left } = this.#options;
    const invitation = records.callOff(record);
    if (!invitation) return;
    left(record.identity);
    // Who has accepted has an endpoint, and is told by that.
    if (invitation.endpoint === null) this.#tell(invitation, reason);
  }

  #tell({ owner }: Invitation, reason: string): void {
    if (owner) this.#options.callOff(owner, reason);
  }
}

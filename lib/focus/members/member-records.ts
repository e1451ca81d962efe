import type { User } from '../../conference-event/index.js';
import { cpimUriKey } from '../../cpim/index.js';
import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';
import { keysOf, participantKey } from '../person.js';
import type { EndReason, Identity, InviteOutcome, Sight } from '../types.js';
import { belongs, standingAfter, standingWithout } from './ending.js';
import type { InvitationOwner } from './invitee.js';
import { type Address, type Invitation, MemberRecord } from './member-record.js';
import type { MemberSnapshot } from './snapshot.js';

export interface MemberRecordsOptions {
  /** Who was in belongs to the room afterwards: `membership` of its configuration. */
  lasting: () => boolean;
  now: () => Date;
  /** By which others are to know somebody who comes, or is invited. */
  addressOf: (identity: Identity) => Address;
  /** What a snapshot holds changed. */
  changed: () => void;
}

/** Those remembered who do not belong to the room any more. */
const MAX_STRANGERS = 1000;

/**
 * Who belongs to a room beside those who are in: those whom it invites, and with `membership` everybody who was invited
 * or in, until he left for good.
 */
export class MemberRecords {
  readonly #options: MemberRecordsOptions;
  readonly #records = new Set<MemberRecord>();
  /** By every key under which somebody may come. */
  readonly #byKey = new Map<string, MemberRecord>();
  readonly #byParticipant = new Map<Participant, MemberRecord>();
  readonly #ringing = new Set<MemberRecord>();

  constructor(options: MemberRecordsOptions) {
    this.#options = options;
  }

  get all(): Iterable<MemberRecord> {
    return this.#records;
  }

  /** Those with an INVITE under way who are not in. */
  get size(): number {
    return this.#ringing.size;
  }

  /** Roster entries of those. */
  users(sight: Sight): User[] {
    return Array.from(this.#ringing, (record) => record.user(sight));
  }

  find(identity: Identity): MemberRecord | undefined {
    if (this.#byKey.size === 0) return undefined;
    for (const key of keysOf(identity)) {
      const record = this.#byKey.get(key);
      if (record) return record;
    }
    return undefined;
  }

  /** By a URI that others see, or by one under which he may come. */
  addressed(uri: string): MemberRecord | undefined {
    const key = cpimUriKey(uri);
    if (key === null) return undefined;
    for (const record of this.#records) if (cpimUriKey(record.address.uri) === key) return record;
    return this.#byKey.get(key);
  }

  of(participant: Participant): MemberRecord | undefined {
    return this.#byParticipant.get(participant);
  }

  /** JOIN-06: those who belong to the room and have no endpoint in it. */
  get absent(): number {
    let count = 0;
    for (const { standing, participant } of this.#records) if (!participant && belongs(standing)) count++;
    return count;
  }

  /** Somebody was in once. */
  get begun(): boolean {
    for (const { wasIn } of this.#records) if (wasIn) return true;
    return false;
  }

  /** URI of one of those listed. */
  isAddress(uri: string): boolean {
    for (const { address } of this.#records) if (address.uri === uri) return true;
    return false;
  }

  invite(identity: Identity, by: string | null, owner: InvitationOwner | undefined): Invitation {
    const at = this.#options.now();
    const record = this.find(identity) ?? this.#add(identity, this.#options.addressOf(identity), 'dialing-out');
    // INV-18: who left for good begins anew; a 603 says now that he does not want to come (BYE-13).
    if (!belongs(record.standing)) record.wasIn = false;
    const invitation: Invitation = { record, owner, at, endpoint: null, state: 'under way' };
    record.invitation = invitation;
    record.invitedBy = by;
    record.become('dialing-out', at);
    this.#ringing.add(record);
    this.#changed();
    return invitation;
  }

  /** True when others see that. */
  alerting({ record, state }: Invitation): boolean {
    if (state !== 'under way' || record.standing !== 'dialing-out') return false;
    record.become('alerting', this.#options.now());
    return true;
  }

  /** An endpoint of the participant is about to join, by all we know the first one. */
  admitted(participant: Participant, record: MemberRecord): void {
    if (record.participant || this.#byParticipant.has(participant)) return;
    record.participant = participant;
    this.#byParticipant.set(participant, record);
  }

  /**
   * An endpoint of the participant joined; gives the invitation that is of no use now, as he came by himself.
   *
   * @param endpoint its id
   */
  connected(participant: Participant, identity: Identity, endpoint: string): Invitation | null {
    const lasting = this.#options.lasting();
    const record = this.of(participant) ?? (lasting ? this.#newMember(participant, identity) : undefined);
    for (const invited of this.#ringing) {
      // Invited by a name under which nobody knew him as the one who is in.
      if (invited.invitation?.endpoint === endpoint && invited !== record) this.#drop(invited, invited.invitation);
    }
    if (!record || record.standing === 'connected') return null;
    const { invitation } = record;
    if (invitation) this.#over(invitation, 'over');
    record.wasIn = true;
    this.#recognised(record, identity);
    record.address = participant;
    record.become('connected', this.#options.now());
    if (!lasting) this.#forget(record);
    this.#changed();
    return invitation && invitation.endpoint !== endpoint ? invitation : null;
  }

  /** None of his endpoints is connected any more; true when he stays a member. */
  left(record: MemberRecord, how: EndReason, outcome: InviteOutcome | null, by: string | null): boolean {
    const standing = standingWithout(how);
    record.become(standing, this.#options.now(), outcome, by);
    this.#trim();
    this.#changed();
    return belongs(standing);
  }

  /** He has no endpoint any more, nor one whose INVITE is being answered. */
  released(participant: Participant): void {
    const record = this.of(participant);
    if (record) record.participant = null;
    this.#byParticipant.delete(participant);
  }

  /** INV-17: the final response, null for a call without session. Gives the roster entry, or null when all that is over. */
  unreached(invitation: Invitation, outcome: InviteOutcome | null): User | null {
    const { record, state } = invitation;
    if (state !== 'under way') return null;
    const now = this.#options.now();
    const shown = record.unreached(outcome, now);
    this.#over(invitation, 'over');
    record.become(standingAfter(outcome, record.wasIn), now, outcome);
    this.#settle(record);
    return shown;
  }

  /** Takes an invitation back; gives it when it was still under way. */
  callOff(record: MemberRecord): Invitation | null {
    const { invitation } = record;
    if (invitation?.state !== 'under way') return null;
    this.#over(invitation, 'called off');
    record.become(record.wasIn ? 'disconnected' : 'failed', this.#options.now());
    this.#settle(record);
    return invitation;
  }

  /** Somebody who is not in does not belong to the room any more. */
  expel(record: MemberRecord, by: string | null): void {
    record.become('booted', this.#options.now(), null, by);
    this.#settle(record);
  }

  get ringing(): MemberRecord[] {
    return [...this.#ringing];
  }

  /** `membership` may have changed: those who are in belong to the room from now on, or nobody does who is not. */
  configured(participants: Iterable<Participant>): void {
    if (this.#options.lasting()) {
      for (const participant of participants) {
        const joined = [...participant.endpoints.values()].find(({ connectedAt }) => connectedAt !== null);
        if (joined) this.connected(participant, joined.identity, joined.id);
      }
    } else for (const record of this.#records) if (record.invitation === null) this.#forget(record);
  }

  get snapshot(): MemberSnapshot[] {
    return this.#options.lasting() ? Array.from(this.#records, (record) => record.snapshot) : [];
  }

  restore(members: readonly MemberSnapshot[]): void {
    for (const member of members) if (!this.find(member.identity)) this.#index(MemberRecord.restored(member));
  }

  #newMember(participant: Participant, identity: Identity): MemberRecord | undefined {
    // Nobody would be recognised by that.
    if (!isTraceable(identity)) return undefined;
    const { uri, anonymousName } = participant;
    const record = this.#add(identity, { uri, anonymousName }, 'pending');
    this.admitted(participant, record);
    return record;
  }

  #add(identity: Identity, address: Address, standing: 'dialing-out' | 'pending'): MemberRecord {
    const record = new MemberRecord(identity, address, standing, this.#options.now());
    this.#index(record);
    return record;
  }

  #index(record: MemberRecord): void {
    this.#records.add(record);
    for (const key of keysOf(record.identity)) if (!this.#byKey.has(key)) this.#byKey.set(key, record);
  }

  /** He may come again as he was invited, and as he came. */
  #recognised(record: MemberRecord, identity: Identity): void {
    const before = record.identity;
    this.#unindex(record);
    const isKnown = keysOf(identity).includes(participantKey(before));
    const aliases = isKnown || identity.anonymous !== before.anonymous ? [] : [before.uri];
    record.identity = { ...identity, aliases: [...identity.aliases, ...aliases] };
    this.#index(record);
  }

  #over(invitation: Invitation, state: 'over' | 'called off'): void {
    invitation.state = state;
    this.#ringing.delete(invitation.record);
    invitation.record.invitation = null;
  }

  /** He has no endpoint and no invitation now. */
  #settle(record: MemberRecord): void {
    if (!this.#options.lasting()) this.#forget(record);
    this.#trim();
    this.#changed();
  }

  #drop(record: MemberRecord, invitation: Invitation): void {
    this.#over(invitation, 'over');
    this.#forget(record);
  }

  #unindex(record: MemberRecord): void {
    for (const key of keysOf(record.identity)) if (this.#byKey.get(key) === record) this.#byKey.delete(key);
  }

  #forget(record: MemberRecord): void {
    this.#records.delete(record);
    this.#unindex(record);
    if (record.participant) this.#byParticipant.delete(record.participant);
  }

  #trim(): void {
    const strangers = [...this.#records].filter(({ standing }) => !belongs(standing));
    for (const record of strangers.slice(0, Math.max(0, strangers.length - MAX_STRANGERS))) this.#forget(record);
  }

  #changed(): void {
    if (this.#options.lasting()) this.#options.changed();
  }
}

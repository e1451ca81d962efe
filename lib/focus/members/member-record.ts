import type { Execution, User } from '../../conference-event/index.js';
import { endpointEntity, type Participant } from '../participant.js';
import type { Identity, InviteOutcome, Sight } from '../types.js';
import { isRinging, reasonText, unreachedMethod } from './ending.js';
import type { InvitationOwner, Member, Standing } from './invitee.js';
import type { MemberSnapshot } from './snapshot.js';

/** One INVITE of the room. */
export interface Invitation {
  readonly record: MemberRecord;
  readonly owner: InvitationOwner | undefined;
  readonly at: Date;
  /** Endpoint that accepted it and is to be connected. */
  endpoint: string | null;
  state: 'under way' | 'over' | 'called off';
}

/** By which others know somebody. */
export interface Address {
  uri: string;
  /** Name made for somebody who hides; null for who does not. */
  anonymousName: string | null;
}

/** Somebody who belongs to a room, did so, or is invited. */
export class MemberRecord {
  /** As he was recognised last. */
  identity: Identity;
  address: Address;
  standing: Standing;
  since: Date;
  wasIn = false;
  invitedBy: string | null = null;
  outcome: InviteOutcome | null = null;
  removedBy: string | null = null;
  invitation: Invitation | null = null;
  /** While he has an endpoint, also one whose INVITE is being answered. */
  participant: Participant | null = null;
  readonly #users = new Map<Sight, User>();

  constructor(identity: Identity, address: Address, standing: Standing, since: Date) {
    this.identity = identity;
    this.address = address;
    this.standing = standing;
    this.since = since;
  }

  /** A new standing; what came of the one before holds no more. */
  become(standing: Standing, since: Date, outcome: InviteOutcome | null = null, removedBy: string | null = null): void {
    this.standing = standing;
    this.since = since;
    this.outcome = outcome;
    this.removedBy = removedBy;
    this.#users.clear();
  }

  /** DOC-23: when, and by whom he was invited. */
  get referred(): Execution | undefined {
    if (!this.invitation) return undefined;
    return { when: this.invitation.at, by: this.invitedBy ?? undefined };
  }

  /** Roster entry of who is being invited: the same object as long as nothing changes. */
  user(sight: Sight): User {
    const known = this.#users.get(sight);
    if (known) return known;
    const { referred } = this;
    const status = this.standing === 'alerting' ? ('alerting' as const) : ('dialing-out' as const);
    const endpoint = { entity: this.#endpoint, state: 'full' as const, referred, status };
    const user: User = { ...this.#person(sight), endpoints: [{ ...endpoint, joiningMethod: 'dialed-out' }] };
    this.#users.set(sight, user);
    return user;
  }

  /** Roster entry of who was invited in vain. */
  unreached(outcome: InviteOutcome | null, at: Date): User {
    return {
      ...this.#person('others'),
      endpoints: [
        {
          entity: this.#endpoint,
          state: 'full',
          referred: this.referred,
          status: 'disconnected',
          joiningMethod: 'dialed-out',
          disconnectionMethod: unreachedMethod(outcome),
          disconnectionInfo: { when: at, reason: outcome ? reasonText(outcome) : undefined },
        },
      ],
    };
  }

  get member(): Omit<Member, 'moderator'> {
    const { standing, since, invitedBy, outcome, removedBy } = this;
    return { uri: this.address.uri, displayName: this.#name, standing, since, invitedBy, outcome, removedBy };
  }

  get snapshot(): MemberSnapshot {
    const { identity, address, standing, since, wasIn, invitedBy, outcome, removedBy } = this;
    const { uri, anonymousName } = address;
    const named = { identity, uri, anonymousName };
    return { ...named, standing, since: since.toISOString(), wasIn, invitedBy, outcome, removedBy };
  }

  /** His legs and INVITEs ended with the process. */
  static restored({ identity, uri, anonymousName, ...facts }: MemberSnapshot): MemberRecord {
    const { standing, since, wasIn, invitedBy, outcome, removedBy } = facts;
    const now = standing === 'connected' ? 'disconnected' : isRinging(standing) ? 'pending' : standing;
    const record = new MemberRecord(identity, { uri, anonymousName }, now, new Date(since));
    return Object.assign(record, { wasIn, invitedBy, outcome, removedBy });
  }

  get #endpoint(): string {
    return endpointEntity(this.address.uri, 1);
  }

  /** 4575-5.6-02: of who hides only what does not tell. */
  get #name(): string | null {
    return this.address.anonymousName ?? (this.identity.anonymous ? null : this.identity.displayName);
  }

  #person(sight: Sight): Pick<User, 'entity' | 'state' | 'displayText' | 'roles' | 'associatedAors'> {
    const { uri, anonymous } = this.identity;
    return {
      entity: this.address.uri,
      state: 'full',
      displayText: this.#name ?? undefined,
      // 4575-8.2-01.
      associatedAors: anonymous && sight === 'moderators' ? [{ uri }] : undefined,
      roles: ['participant'],
    };
  }
}

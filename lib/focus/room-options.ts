/** What a room is made with, and what it gives to who joins. */
import type { Clock } from '../util/clock.js';
import type { LimitReport } from '../util/limit-reports.js';
import type { Logger } from '../util/log.js';
import type { Endpoint } from './endpoint.js';
import type { InvitationOwner } from './members/invitee.js';
import type { MemberRecord } from './members/member-record.js';
import type { Consequence } from './members/quiet.js';
import type { NicknameScopes } from './nicknames/scopes.js';
import type { Participant } from './participant.js';
import type { FocusLimits } from './policy.js';
import type { Pacer } from './roster/pacer.js';
import type { Identity } from './types.js';

/** @typeParam R the room */
export interface RoomOptions<R> {
  clock: Clock;
  log: Logger;
  limits: Readonly<FocusLimits>;
  nicknameScopes: NicknameScopes;
  /** Told that a participant went beyond a limit. */
  limited: ((report: LimitReport) => void) | undefined;
  /** Paces NOTIFYs, of all rooms. */
  pacer: Pacer;
  /** Octets of the largest conference-info document. */
  maxDocumentSize: () => number;
  /** Tells the owner of an invitation that it is called off. */
  callOff: (owner: InvitationOwner, reason: string) => void;
  /** What its snapshot holds changed. */
  changedDurably: (room: R) => void;
  /** A message was added to its history. */
  recorded: (room: R) => void;
  /** Nobody wrote for `idleTimeout`; or nobody came either, for `groupTtl`. */
  quiet: (room: R, consequence: Consequence) => void;
  /** Some of those who were muted may write again. */
  muteEnded: (room: R) => void;
}

/** A joiner's place in a room. */
export interface Admission {
  participant: Participant;
  endpoint: Endpoint;
  /** Endpoints of the participant that are to end once the session of this one is there. */
  replaces: readonly Endpoint[];
  /** Is to be asked for the password before anything else. */
  mustAnswer: boolean;
}

/** Who comes, and whose place he takes. */
export interface Reception extends Pick<Admission, 'replaces' | 'mustAnswer'> {
  /** As the room sees him. */
  identity: Identity;
  /** He is here already. */
  known: Participant | undefined;
  record: MemberRecord | undefined;
}

/** What of a room outlives the process, as plain JSON: no Date, nothing undefined. */
import type { Ban } from '../moderation/bans.js';
import type { RoomConfig } from '../policy.js';
import type { Identity, InviteOutcome } from '../types.js';
import type { Standing } from './invitee.js';
import type { RoomOrigin } from './origin.js';

export interface RoomSnapshot {
  /** Of this shape. */
  readonly version: 1;
  readonly uri: string;
  readonly config: Readonly<RoomConfig>;
  /** The configuration of the server names it: without that it is not to be there. @defaultValue `false` */
  readonly configured?: boolean;
  /** Null for a room that no INVITE to the factory made. */
  readonly origin: RoomOrigin | null;
  /** Of a room with `membership`, those who left for good included. */
  readonly members: readonly MemberSnapshot[];
  readonly bans: readonly Ban[];
  /** When there was traffic, or somebody there, last; in ms since the epoch (FAC-23). */
  readonly quietSince: number;
}

export interface MemberSnapshot {
  /** As he was recognised last. */
  readonly identity: Identity;
  /** By which others know him. */
  readonly uri: string;
  /** Name made for somebody who hides. */
  readonly anonymousName: string | null;
  readonly standing: Standing;
  /** ISO 8601. */
  readonly since: string;
  /** He was connected once (BYE-13). */
  readonly wasIn: boolean;
  readonly invitedBy: string | null;
  readonly outcome: InviteOutcome | null;
  readonly removedBy: string | null;
}

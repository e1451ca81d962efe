/** Acts of moderation: one door for programs, typed commands and REFER, so that each is permitted and written down alike. */
import type { Identity } from '../types.js';

/** What somebody may do in a room, from most to least (RFC 4575 §5.6 `roles`). */
export type Role = 'owner' | 'moderator' | 'participant' | 'visitor';

/** `target`: a nickname, or a URI by which others see him. */
export type Act =
  /** Removes him with all endpoints; he may not come back for `kickBan`. */
  | { act: 'kick'; target: string; reason?: string }
  /** Removes him if he is there; he may not come back before `until`, without it never. The target may be somebody absent. */
  | { act: 'ban'; target: string; until?: Date; reason?: string }
  | { act: 'unban'; target: string }
  /** His messages are refused with 403, until then. */
  | { act: 'mute'; target: string; until?: Date; reason?: string }
  | { act: 'unmute'; target: string }
  | { act: 'role'; target: string; role: Role }
  | { act: 'lock'; locked: boolean }
  | { act: 'subject'; subject: string };

/** Who does it; null is the program or the operator, who may everything. */
export type Actor = Identity | null;

/** One line of the audit log. */
export interface AuditEntry {
  /** When it was done, or refused. */
  time: Date;
  /** Room URI. */
  room: string;
  /** URI of who did it, as authenticated; null for the program. */
  actor: string | null;
  /** What was done, or was to be done. */
  act: Act['act'] | 'invite' | 'close' | 'configure';
  /** URI of whom it was done to. */
  target?: string;
  /** Whether it was permitted. */
  allowed: boolean;
  /** Further facts, e.g. `{ until, reason }`. */
  detail?: Readonly<Record<string, unknown>>;
}

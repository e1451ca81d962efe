/** Who may do what in a room (docs/moderation.md has the table). */
import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';
import type { Room } from '../room.js';
import type { Identity } from '../types.js';
import type { Act, Actor, Role } from './acts.js';
import { compareRoles, isModerating } from './roles.js';

/** It is himself: by a URI that both were recognised by. */
function isSelf(actor: Identity, target: Participant): boolean {
  if (!isTraceable(actor)) return false;
  return [...target.endpoints.values()].some(({ identity }) => identity.uri === actor.uri);
}

/**
 * Whether somebody may do that, to somebody in the room or, of a ban, to the URI of somebody who is not.
 *
 * @param target null when he is not in the room, or the act needs none
 */
export function mayAct(room: Room, act: Act, actor: Actor, target: Participant | null): boolean {
  if (actor === null) return true;
  const own = room.moderation.roleOf(actor);
  if (target && isSelf(actor, target)) {
    // REF-12: "anybody for himself". To go, or to step down; not to be heard again.
    if (act.act === 'kick') return true;
    if (act.act === 'role') return compareRoles(act.role, own) <= 0;
  }
  if (!isModerating(own)) return false;
  if (!('target' in act)) return true;
  // Nobody makes somebody what he is not himself, so a moderator makes no owner.
  if (act.act === 'role' && compareRoles(act.role, own) > 0) return false;
  // Who is banned is nobody in the room any more.
  if (act.act === 'unban') return true;
  const his = target ? target.role : roleAt(room, act.target);
  return his === null || compareRoles(own, his) > 0;
}

/** The role of somebody absent, by URI; null for patterns, which spare those who moderate. */
function roleAt(room: Room, uri: string): Role | null {
  if (uri.includes('*')) return null;
  const identity = { uri, aliases: [], displayName: null, anonymous: false, anonymousUri: null };
  return room.moderation.roleOf(identity);
}

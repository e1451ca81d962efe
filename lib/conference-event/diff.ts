import { isDeepStrictEqual } from 'node:util';
import type { ConferenceDocument, User, Users } from './document.js';

/**
 * The partial document (RFC 4575 §4.4) that makes `after` of `before` at a subscriber. Users are found by key: who is
 * new or changed is in it whole, who is gone is in it as deleted, who is the same object, or equal to it, is left out.
 * Nothing tells an order of users, so it takes no part.
 *
 * @param before what the subscriber has; full, with keys that are unique
 * @param after full; its entity and version become those of the result. A `deleted` one is itself the result.
 * @returns of state `partial`, with what changed of description, host, state and users; null when nothing did
 */
export function diffDocuments(before: ConferenceDocument, after: ConferenceDocument): ConferenceDocument | null {
  if (after.state === 'deleted') return after;
  const description = changed(before.description, after.description);
  const host = changed(before.host, after.host);
  const conferenceState = changed(before.conferenceState, after.conferenceState);
  const users = changedUsers(before.users, after.users);
  if (!description && !host && !conferenceState && !users) return null;
  const { entity, version } = after;
  return { entity, state: 'partial', version, description, host, conferenceState, users };
}

/**
 * RFC 4575 §4.6 step 3.2: an element without `state` "is replaced with the new information as a whole". No state, so it
 * cannot be deleted either: one that is gone is told as an empty one.
 */
function changed<T extends object>(before: T | undefined, after: T | undefined): T | Record<string, never> | undefined {
  return same(before, after) ? undefined : (after ?? {});
}

function changedUsers(before: Users | undefined, after: Users | undefined): Users | undefined {
  if (!before || !after) return before ? { state: 'deleted', list: [] } : after;
  const gone = new Map<string, User>();
  for (const user of before.list) gone.set(user.entity, user);
  const list: User[] = [];
  for (const user of after.list) {
    if (!same(gone.get(user.entity), user)) list.push(user);
    gone.delete(user.entity);
  }
  // 4575-4.4-01.
  for (const entity of gone.keys()) list.push({ entity, state: 'deleted' });
  return list.length === 0 ? undefined : { state: 'partial', list };
}

/** Most are the same object; comparing what is in them is for those made anew each time. */
const same = (before: object | undefined, after: object | undefined): boolean =>
  before === after || isDeepStrictEqual(before, after);

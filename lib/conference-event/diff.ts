import type { ConferenceDocument, User, Users } from './document.js';

/** TEMPORARY seam until the folder's own one is merged. */
export function diffDocuments(before: ConferenceDocument, after: ConferenceDocument): ConferenceDocument | null {
  const users = diffUsers(before.users?.list ?? [], after.users?.list ?? []);
  const description = same(before.description, after.description) ? undefined : after.description;
  const conferenceState = same(before.conferenceState, after.conferenceState) ? undefined : after.conferenceState;
  if (!users && !description && !conferenceState) return null;
  return { entity: after.entity, state: 'partial', version: after.version, description, conferenceState, users };
}

const same = (one: unknown, other: unknown): boolean => one === other || JSON.stringify(one) === JSON.stringify(other);

function diffUsers(before: readonly User[], after: readonly User[]): Users | undefined {
  const known = new Map(before.map((user) => [user.entity, user]));
  const list: User[] = [];
  for (const user of after) {
    if (known.get(user.entity) !== user) list.push(user);
    known.delete(user.entity);
  }
  for (const entity of known.keys()) list.push({ entity, state: 'deleted' });
  return list.length > 0 ? { state: 'partial', list } : undefined;
}

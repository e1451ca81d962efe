import type { Participant } from '../participant.js';
import type { Identity } from '../types.js';
import type { Member } from './invitee.js';
import type { MemberRecords } from './member-records.js';

/** Who belongs to a room, by the URI under which others know him: those who are in first. Made anew at every call. */
export function memberList(
  participants: Iterable<Participant>,
  records: MemberRecords,
  moderates: (identity: Identity) => boolean,
  now: Date,
): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  for (const participant of participants) {
    const { uri, name: displayName, moderator, endpoints } = participant;
    const joined = [...endpoints.values()].flatMap(({ joinedAt }) => joinedAt ?? []);
    const known = records.of(participant)?.member;
    const facts = { standing: 'connected' as const, outcome: null, removedBy: null };
    const since = known?.since ?? joined[0] ?? now;
    members.set(uri, { ...facts, uri, displayName, moderator, since, invitedBy: known?.invitedBy ?? null });
  }
  for (const { member, identity } of records.all) {
    if (!members.has(member.uri)) members.set(member.uri, { ...member, moderator: moderates(identity) });
  }
  return members;
}

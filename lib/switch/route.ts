/** Who receives a message, or why nobody does: decided once, on the envelope (D7). Pure. */
import { cpimUriKey, type Envelope } from '../cpim/index.js';
import type { RoomRules } from '../focus-switch.js';
import type { Addressee } from './addressee.js';
import { DISPOSITION } from './anonymity.js';
import { type Elsewhere, elsewhere } from './others/elsewhere.js';
import { RemoteMember } from './others/remote-member.js';

/** What routing needs to know of an endpoint here. */
export interface Member extends Addressee {
  /** Keys (`cpimUriKey`) of the URIs it may write as From. */
  readonly fromKeys: ReadonlySet<string>;
  /** Keys of URIs that denote the room for it, beside the room URI. */
  readonly roomKeys: ReadonlySet<string>;
  /** It may write to everybody; else only to those who moderate. */
  readonly mayWrite: boolean;
  /** What it declared in SDP: a listener may not send (4975-8.9-02). */
  readonly maySend: boolean;
}

export interface RoutedRoom<M extends Member> {
  readonly key: string;
  readonly rules: RoomRules;
  /** Members here that can be told content of this type: `hearersAmong` them. */
  hearers(type: string): readonly M[];
  /** Members at other switches. */
  readonly elsewhere: Elsewhere;
  /** Whether the room's policy takes this wrapped type. */
  permits(wrappedType: string): boolean;
  /** Endpoints of the participant that a URI addresses, wherever they are; undefined when it addresses nobody. */
  resolve(uriKey: string): readonly (M | RemoteMember)[] | undefined;
}

// 4975-8.9-01: reports on delivery are exchanged "as if no direction attribute were present".
const says = (member: Member, type: string): boolean => member.maySend || type === DISPOSITION;
// GDM-05: what a visitor writes, or somebody muted, reaches nobody but those who moderate; is-composing is no exception.
const isHeard = (member: Member, type: string): boolean => member.mayWrite || type === DISPOSITION;
const hears = (member: Addressee, type: string): boolean => member.mayReceive || type === DISPOSITION;

/** `elsewhere`: the recipients at other switches; of a broadcast all members there, for their switch chooses among them. */
export type Route<M extends Member> =
  | { kind: 'broadcast'; recipients: M[]; elsewhere: Elsewhere }
  | { kind: 'private'; recipients: M[]; elsewhere: Elsewhere; to: string }
  /** `forged`: it says to be from somebody else. */
  | { kind: 'reject'; status: 400 | 403 | 404 | 415 | 428; forged?: true };

const reject = (status: 400 | 403 | 404 | 415 | 428): { kind: 'reject'; status: typeof status } => ({
  kind: 'reject',
  status,
});

/**
 * 7701-6.1-21: after 415 and 400 for what is no message/cpim, the order is From 403, To count 403, then the room, or
 * policy 403, 404, 428. The type of the content changes nothing in it (7701-6.2-14, 3994-P-01, 5438-8-01), nor does cc
 * (7701-6.1-23).
 */
export function route<M extends Member>(envelope: Envelope, sender: M, room: RoutedRoom<M>): Route<M> {
  // 7701-6.1-21, A-34.
  if (envelope.to.length === 0) return reject(400);
  // 7701-6.1-03, 7701-6.2-02, 7701-6.3-02: a From that is not a URI of the session's own participant; P-ANON-01,
  // P-ANON-02: nor the real one of an anonymous.
  const from = envelope.from === null ? null : cpimUriKey(envelope.from.uri);
  if (from === null || !sender.fromKeys.has(from)) return { ...reject(403), forged: true };
  // 7701-6.1-04, 7701-6.2-03.
  if (envelope.to.length > 1) return reject(403);
  // 4975-8.9-02: a listener's content is refused.
  if (!says(sender, envelope.contentType)) return reject(403);
  const to = cpimUriKey(envelope.to[0].uri);
  // 7701-6.1-16: the room, or what this endpoint dialled to reach it.
  if (to !== null && (to === room.key || sender.roomKeys.has(to))) return broadcast(envelope.contentType, sender, room);
  return toParticipant(envelope.contentType, to, sender, room);
}

/** 7701-6.1-05: to everybody but the sender. */
function broadcast<M extends Member>(type: string, sender: M, room: RoutedRoom<M>): Route<M> {
  if (!isHeard(sender, type)) return reject(403);
  // 7701-6.1-24.
  if (!room.permits(type)) return reject(415);
  const recipients = audience(room.hearers(type), sender.participant, room.rules, sender);
  return { kind: 'broadcast', recipients, elsewhere: room.elsewhere };
}

/** 7701-6.1-07: MUST NOT deliver what a member does not accept; the sender is not told. */
export const hearersAmong = <M extends Addressee>(members: readonly M[], type: string): M[] =>
  members.filter((member) => hears(member, type) && member.takes(type));

/** Those of `hearers` whom a message to the room reaches that came from this participant, by this endpoint if it is one of them. */
export function audience<M extends Addressee>(
  hearers: readonly M[],
  participant: string,
  { echoOwnSessions }: RoomRules,
  sender?: M,
): M[] {
  // 7701-6.1-14, A-10: never to the originating session; to the sender's others unless policy says no.
  if (!echoOwnSessions) return hearers.filter((member) => member !== sender && member.participant !== participant);
  const at = sender ? hearers.indexOf(sender) : -1;
  return at < 0 ? [...hearers] : hearers.toSpliced(at, 1);
}

/** 7701-6.2-05, 7701-6.2-06: those of the endpoints addressed that can be told something in private. */
export const devices = <A extends Addressee>(addressed: readonly A[], type: string): A[] =>
  addressed.filter((member) => member.privateMessages && hears(member, type));

/** 7701-6.2-08: to every session of one participant that can take it. */
function toParticipant<M extends Member>(type: string, to: string | null, sender: M, room: RoutedRoom<M>): Route<M> {
  const { privateMessages } = room.rules;
  // 7701-6.2-07, A-12: the room forbids private messages.
  if (privateMessages === false) return reject(403);
  const addressed = to === null ? undefined : room.resolve(to);
  // Before 404 and 428: who may write to moderators only cannot find out who else is here.
  const onlyToModerators = (privateMessages === 'moderators' && !sender.moderator) || !isHeard(sender, type);
  if (onlyToModerators && !addressed?.some(({ moderator }) => moderator)) return reject(403);
  // 7701-6.2-04.
  if (!addressed || addressed.length === 0) return reject(404);
  // 7701-6.2-05, 7701-6.2-06: to those that support it; 428 only if none does. 7701-6.2-10: oneself is as good as others.
  const capable = devices(addressed, type);
  if (capable.length === 0) return reject(428);
  if (!room.permits(type)) return reject(415);
  const takers = capable.filter((member) => member.takes(type));
  // 7701-6.2-13, A-20: the sole recipient cannot take it.
  if (takers.length === 0) return reject(415);
  const recipients: M[] = [];
  const there: RemoteMember[] = [];
  for (const member of takers) {
    if (member instanceof RemoteMember) there.push(member);
    else recipients.push(member);
  }
  return { kind: 'private', recipients, elsewhere: elsewhere(there), to: takers[0].participant };
}

import type { ChatroomsError } from '../../util/errors.js';
import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';
import { addressKeys, identityOf } from '../person.js';
import type { RoomConfigChange } from '../policy.js';
import { refusal } from '../refusal.js';
import type { Room } from '../room.js';
import type { Clock } from '../../util/clock.js';
import type { Act, Actor, AuditEntry, Role } from './acts.js';
import { appointed } from './appointed.js';
import { moderationKeys } from './keys.js';
import { mayAct } from './rights.js';
import { succession } from './succession.js';
import { means, uriPattern } from './uri-pattern.js';

/** What acts come to. */
export interface ModeratorHost {
  clock: Clock;
  /** Removes somebody with all endpoints. */
  eject(room: Room, participant: Participant, reason: string, by: Actor): void;
  /** Somebody who is being invited, or a member who is away, belongs to the room no more; false when he did not. */
  expel(room: Room, target: string, reason: string, by: Actor): boolean;
  close(room: Room, reason: string): void;
  configure(room: Room, change: RoomConfigChange): void;
  /** Decides something about people anew, and tells who has to know whom it changed. */
  revise(room: Room, change: () => undefined): void;
  audit(room: Room, entry: AuditEntry): void;
  /** Somebody was not banned, because the room has all the bans it keeps. */
  tooManyBans(room: Room): void;
}

/** What an act was about, for the audit log. */
interface Done {
  /** URI, as authenticated. */
  target?: string;
  detail?: Record<string, unknown>;
}

type Facts = Pick<AuditEntry, 'allowed' | 'target' | 'detail'>;

type Of<A extends Act['act']> = Extract<Act, { act: A }>;

const REMOVED = 'Removed by moderator';
const BANNED = 'Banned by moderator';

/** Characters of the longest reason kept. */
const MAX_REASON = 200;

/** Carries out acts of moderation, whoever asks for them, and writes each down, also those that are refused. */
export class Moderator {
  readonly #host: ModeratorHost;

  constructor(host: ModeratorHost) {
    this.#host = host;
  }

  /** @throws ChatroomsError with `sipStatus` and `msrpStatus` 403 or 404 */
  act(room: Room, act: Act, actor: Actor): void {
    const target = 'target' in act ? found(room, act.target) : null;
    if (!mayAct(room, act, actor, target)) {
      this.#write(room, actor, act.act, {
        allowed: false,
        ...('target' in act && { target: nameOf(act.target, target) }),
      });
      throw refusal.forbidden(room.uri, act.act);
    }
    // Whom it is about may be gone when it is done.
    const name = 'target' in act ? nameOf(act.target, target) : undefined;
    const { target: known = name, detail } = this.#do(room, act, actor, target);
    this.#write(room, actor, act.act, {
      allowed: true,
      ...(known !== undefined && { target: known }),
      ...(detail && { detail }),
    });
  }

  /** Who came first or moderated has left (BYE-10). */
  left(room: Room): void {
    const next = succession(room);
    if (next?.is === 'close') this.#host.close(room, 'nobody is left who moderates');
    if (next?.is !== 'heir') return;
    this.#host.revise(room, () => {
      room.moderation.roles.grant(next.keys, 'moderator');
      return undefined;
    });
    const target = nameOf(next.heir.uri, next.heir);
    this.#write(room, null, 'role', { allowed: true, target, detail: { role: 'moderator' } });
  }

  /** Writes down what was done elsewhere. */
  note(room: Room, actor: Actor, act: AuditEntry['act'], facts: Facts): void {
    this.#write(room, actor, act, facts);
  }

  #write(room: Room, actor: Actor, act: AuditEntry['act'], facts: Facts): void {
    const time = this.#host.clock.date();
    this.#host.audit(room, { time, room: room.uri, actor: actor?.uri ?? null, act, ...facts });
  }

  #do(room: Room, act: Act, actor: Actor, target: Participant | null): Done {
    switch (act.act) {
      case 'kick':
        return this.#kick(room, act, actor, target);
      case 'ban':
        return this.#ban(room, act, actor, target);
      case 'unban':
        return this.#unban(room, act);
      case 'mute':
        return this.#mute(room, act, present(room, act, target));
      case 'unmute':
        return this.#unmute(room, act, target);
      case 'role':
        return this.#role(room, act, actor, present(room, act, target));
      case 'lock':
      case 'subject':
        return this.#configure(room, act.act === 'lock' ? { locked: act.locked } : { subject: act.subject });
      default:
        return act satisfies never;
    }
  }

  #configure(room: Room, change: { locked: boolean } | { subject: string }): Done {
    this.#host.configure(room, change);
    return { detail: change };
  }

  /** REF-12: all his endpoints get BYE. REF-14: "a booted user may not return while `bootBan`: 403". */
  #kick(room: Room, act: Of<'kick'>, actor: Actor, target: Participant | null): Done {
    const reason = short(act.reason);
    const said = reason ?? REMOVED;
    if (!target) {
      // REF-12: "target not in the room → 404".
      if (!this.#host.expel(room, act.target, said, actor)) throw refusal.nobody(room.uri, act.target);
      return detail({ reason });
    }
    const { kickBan, membership } = room.config;
    const isSelf = actor !== null && moderationKeys(target).some((key) => addressKeys(actor).includes(key));
    const until = new Date(this.#host.clock.date().getTime() + kickBan).toISOString();
    const ban = { until, reason, by: actor?.uri ?? null, kick: true };
    // A member does not come back by himself anyhow. Where no more bans are kept he goes all the same.
    if (kickBan > 0 && !membership && !isSelf) this.#keepOut(room, target, ban);
    for (const { identity } of target.endpoints.values()) room.moderation.invited.delete(identity);
    this.#host.eject(room, target, said, actor);
    return detail({ reason });
  }

  #tooManyBans(room: Room): ChatroomsError {
    this.#host.tooManyBans(room);
    return refusal.moderation(room.uri, 'bans');
  }

  #ban(room: Room, act: Of<'ban'>, actor: Actor, target: Participant | null): Done {
    const reason = short(act.reason);
    const ban = { until: act.until?.toISOString() ?? null, reason, by: actor?.uri ?? null, kick: false };
    if (target) {
      // Who is nobody in particular can only be removed.
      if (this.#keepOut(room, target, ban) === false) throw this.#tooManyBans(room);
      this.#host.eject(room, target, reason ?? BANNED, actor);
      return detail({ reason, until: act.until });
    }
    const pattern = uriPattern(act.target);
    // A URI that the room made up for somebody who has left says nothing of him.
    if (!pattern || /\.invalid$/i.test(act.target)) throw refusal.nobody(room.uri, act.target);
    if (!room.moderation.bans.add({ pattern: act.target, aliases: [], ...ban })) throw this.#tooManyBans(room);
    const affected = [...room.participants.values()].filter((participant) =>
      [...participant.endpoints.values()].some(
        ({ identity }) => means(pattern, identity) && room.moderation.isBanned(identity),
      ),
    );
    for (const participant of affected) this.#host.eject(room, participant, reason ?? BANNED, actor);
    this.#host.expel(room, act.target, reason ?? BANNED, actor);
    // SUB-14: also those who only watch.
    this.#host.revise(room, () => undefined);
    return detail({ reason, until: act.until });
  }

  /** By all URIs that he was recognised by, also of who hides; undefined when nobody knows who it is. */
  #keepOut(
    room: Room,
    target: Participant,
    facts: { until: string | null; reason: string | null; by: string | null; kick: boolean },
  ): boolean | undefined {
    const known = [...target.endpoints.values()].map(({ identity }) => identity).filter(isTraceable);
    const uris = new Set<string>();
    for (const identity of known) for (const uri of [identity.uri, ...identity.aliases]) uris.add(uri);
    const [pattern, ...aliases] = uris;
    if (pattern === undefined) return undefined;
    const added = room.moderation.bans.add({ pattern, aliases, ...facts });
    room.changedDurably();
    return added;
  }

  #unban(room: Room, { target }: Of<'unban'>): Done {
    if (!room.moderation.bans.delete(target)) throw refusal.nobody(room.uri, target);
    room.changedDurably();
    return { target };
  }

  #mute(room: Room, { until, reason }: Of<'mute'>, target: Participant): Done {
    this.#host.revise(room, () => {
      const muted = room.moderation.mutes.add(moderationKeys(target), until?.getTime() ?? null);
      if (!muted) throw refusal.moderation(room.uri, 'mutes');
      return undefined;
    });
    return detail({ until, reason: short(reason) });
  }

  /** Also of somebody who is away: he is muted until he is not any more. */
  #unmute(room: Room, act: Of<'unmute'>, target: Participant | null): Done {
    const keys = target ? moderationKeys(target) : addressKeys(identityOf(act.target));
    let found = false;
    this.#host.revise(room, () => {
      found = room.moderation.mutes.delete(keys);
      return undefined;
    });
    if (!found && !target) throw refusal.nobody(room.uri, act.target);
    return {};
  }

  /** GDM-05. The program writes owners and moderators into the configuration; what people decide stands beside it. */
  #role(room: Room, { role }: Of<'role'>, actor: Actor, target: Participant): Done {
    const { roles } = room.moderation;
    const keys = moderationKeys(target);
    if (actor === null) this.#appoint(room, role, target);
    if (target.role === role) return detail({ role });
    if (!isKnown(target)) throw refusal.untraceable(room.uri, target.uri);
    this.#host.revise(room, () => {
      if (!roles.grant(keys, role)) throw refusal.moderation(room.uri, 'roles');
      return undefined;
    });
    return detail({ role });
  }

  #appoint(room: Room, role: Role, target: Participant): void {
    const { config, moderation } = room;
    const owners = appointed(config.owners, target, role === 'owner');
    const moderators = appointed(config.moderators, target, role === 'moderator');
    if (!owners || !moderators) throw refusal.untraceable(room.uri, target.uri);
    const change = {
      ...(owners !== config.owners && { owners }),
      ...(moderators !== config.moderators && { moderators }),
    };
    // What people decided about him is over.
    this.#host.revise(room, () => {
      moderation.roles.revoke(moderationKeys(target));
      return undefined;
    });
    if (Object.keys(change).length > 0) this.#host.configure(room, change);
  }
}

/** Who is meant by a URI is not who took it as nickname. */
function found(room: Room, target: string): Participant | null {
  const participant = room.find(target) ?? null;
  const pattern = /^(?:sips?|tel):/i.test(target) ? uriPattern(target) : null;
  if (!participant || !pattern || pattern.matches(participant.uri)) return participant;
  const isOwn = [...participant.endpoints.values()].some(({ toUris }) => toUris.some((uri) => pattern.matches(uri)));
  return isOwn ? participant : null;
}

const isKnown = (target: Participant): boolean =>
  [...target.endpoints.values()].some(({ identity }) => isTraceable(identity));

function present(room: Room, act: Extract<Act, { target: string }>, target: Participant | null): Participant {
  // REF-12: "target not in the room → 404".
  if (!target) throw refusal.nobody(room.uri, act.target);
  return target;
}

/** As authenticated, where that is known. */
const nameOf = (given: string, target: Participant | null): string =>
  target?.endpoints.values().next().value?.identity.uri ?? given;

const short = (reason: string | undefined): string | null =>
  reason === undefined ? null : Array.from(reason).slice(0, MAX_REASON).join('');

/** The facts that there are. */
function detail(facts: Record<string, unknown>): Done {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  return given.length === 0 ? {} : { detail: Object.fromEntries(given) };
}

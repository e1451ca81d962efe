import type { Clock } from '../../util/clock.js';
import { PerMinute } from '../../util/per-minute.js';
import { type Nickname, nicknameOf } from './nickname.js';
import type { NicknameScope } from './scope.js';
import type { NicknameScopes } from './scopes.js';
import type { Participant } from '../participant.js';
import type { RoomConfig } from '../policy.js';
import { ReservedNicknames } from './reserved.js';

/** What of a room's configuration is about nicknames. */
export type NicknamePolicy = Pick<
  RoomConfig,
  'nicknameScope' | 'nicknameHold' | 'reservedNicknames' | 'refuseConfusableNicknames' | 'nicknameChangesPerMinute'
>;

/** Who asks. */
export type NicknameUser = Pick<Participant, 'key' | 'anonymous'>;

export interface NicknamesOptions {
  clock: Clock;
  /** That of now. */
  policy: () => NicknamePolicy;
  scopes: NicknameScopes;
  /** The comparison form of the room's URI. */
  room: string;
  /** The participant with this key was refused because he changed his too often. @defaultValue nobody is told */
  tooMany?: (participant: string) => void;
}

/** What an endpoint uses. */
interface Use {
  readonly nickname: Nickname;
  readonly participant: string;
  /** Who that is in the scope. */
  readonly holder: string;
}

/**
 * Who uses which nickname in one room. Another endpoint of a participant may ask for the same one, but never gets it by
 * itself (7701-7.1-12). Whose a nickname is, is decided in the scope of the room, which may reach further.
 */
export class Nicknames {
  readonly #policy: () => NicknamePolicy;
  readonly #scopes: NicknameScopes;
  readonly #room: string;
  readonly #roomNumber: number;
  /** By participant key (7701-11-02). */
  readonly #changes: PerMinute;
  readonly #tooMany: NicknamesOptions['tooMany'];
  /** By endpoint. */
  readonly #used = new Map<string, Use>();
  /** Endpoints by comparison form. */
  readonly #endpoints = new Map<string, Set<string>>();
  /** Null before the room is open, and after it. */
  #scope: NicknameScope | null = null;
  #scopeKind: NicknamePolicy['nicknameScope'] = 'room';
  #reserved = new ReservedNicknames([]);

  constructor({ clock, policy, scopes, room, tooMany }: NicknamesOptions) {
    this.#tooMany = tooMany;
    this.#policy = policy;
    this.#scopes = scopes;
    this.#room = room;
    this.#roomNumber = scopes.nextRoom();
    this.#changes = new PerMinute(clock);
  }

  /** The room is open: what is held in its scope for who left outlasts the others of it. */
  open(): void {
    this.#entered(this.#policy());
  }

  /** What the endpoint uses, as it is shown; null for none. */
  of(endpoint: string): string | null {
    return this.#used.get(endpoint)?.nickname.shown ?? null;
  }

  /** Key of the participant of this room that uses the nickname now. */
  holderOf(nickname: string): string | null {
    const [endpoint = ''] = this.#endpoints.get(nicknameOf(nickname)?.key ?? '') ?? [];
    return this.#used.get(endpoint)?.participant ?? null;
  }

  /**
   * Status of a NICKNAME request: 200, or 403 (too many), 424 and 425, which leave everything as it was (7701-7.2-01).
   * Decided at once, so that of two who ask at the same time one is first (7701-11-03).
   */
  claim(user: NicknameUser, endpoint: string, text: string): 200 | 403 | 424 | 425 {
    const policy = this.#policy();
    const nickname = nicknameOf(text);
    // 7701-7.1-11: the same user may request what it already uses; what changes nothing costs nothing.
    if (nickname !== null && nickname.shown === this.of(endpoint)) return 200;
    if (!this.#changes.allows(user.key, policy.nicknameChangesPerMinute)) {
      this.#tooMany?.(user.key);
      return 403;
    }
    // 7701-7.1-06: forbidden by PRECIS.
    if (nickname === null) return 424;
    const holder = this.#holder(user);
    if (this.#isReserved(nickname, policy) || !this.#isFree(nickname, holder, policy)) return 425;

    if (this.#used.get(endpoint)?.nickname.key !== nickname.key) this.release(endpoint);
    this.#use(endpoint, { nickname, participant: user.key, holder }, this.#entered(policy));
    this.#changes.count(user.key, policy.nicknameChangesPerMinute);
    return 200;
  }

  /** The endpoint removed its nickname or left; the last one to do so starts the quarantine (7701-7.1-16). */
  release(endpoint: string): void {
    const use = this.#used.get(endpoint);
    if (!use) return;
    this.#forget(endpoint, use);
    this.#scope?.release(use.nickname, endpoint, this.#policy().nicknameHold);
  }

  /**
   * The policy changed. Nicknames in use go into the scope that is now the room's, oldest first; those that another has
   * there already, or that look like such a one where that is refused, are dropped. Those in quarantine stay behind.
   * Returns the keys of participants who lost one.
   */
  configured(): ReadonlySet<string> {
    const losers = new Set<string>();
    const policy = this.#policy();
    const from = this.#scope;
    if (!from || this.#scopeKind === policy.nicknameScope) return losers;
    const kind = this.#scopeKind;
    this.#scope = null;
    const to = this.#entered(policy);
    for (const [endpoint, use] of this.#used) {
      from.release(use.nickname, endpoint, 0);
      if (this.#isFree(use.nickname, use.holder, policy)) to.reserve(use.nickname, use.holder, endpoint);
      else {
        this.#forget(endpoint, use);
        losers.add(use.participant);
      }
    }
    this.#scopes.leave(from, kind, this.#room);
    return losers;
  }

  /** Everybody was removed before. */
  close(): void {
    if (this.#scope) this.#scopes.leave(this.#scope, this.#scopeKind, this.#room);
    this.#scope = null;
  }

  /**
   * Who the participant is in the scope: across rooms the same person only by an authenticated URI, as who hides in one
   * must not be known in another. The blank keeps it apart from URIs.
   */
  #holder({ key, anonymous }: NicknameUser): string {
    return anonymous ? `${key} in room ${this.#roomNumber}` : key;
  }

  #isReserved(nickname: Nickname, policy: NicknamePolicy): boolean {
    if (this.#reserved.words !== policy.reservedNicknames) {
      this.#reserved = new ReservedNicknames(policy.reservedNicknames);
    }
    return this.#reserved.has(nickname) || (policy.refuseConfusableNicknames && this.#reserved.resembles(nickname));
  }

  #isFree(nickname: Nickname, holder: string, policy: NicknamePolicy): boolean {
    const scope = this.#entered(policy);
    if (scope.isTaken(nickname.key, holder)) return false;
    return !policy.refuseConfusableNicknames || !scope.isConfusable(nickname, holder);
  }

  #entered({ nicknameScope }: NicknamePolicy): NicknameScope {
    if (!this.#scope) {
      this.#scope = this.#scopes.enter(nicknameScope, this.#room);
      this.#scopeKind = nicknameScope;
    }
    return this.#scope;
  }

  #use(endpoint: string, use: Use, scope: NicknameScope): void {
    const { key } = use.nickname;
    scope.reserve(use.nickname, use.holder, endpoint);
    this.#used.set(endpoint, use);
    this.#endpoints.set(key, (this.#endpoints.get(key) ?? new Set<string>()).add(endpoint));
  }

  #forget(endpoint: string, { nickname: { key } }: Use): void {
    this.#used.delete(endpoint);
    const endpoints = this.#endpoints.get(key);
    endpoints?.delete(endpoint);
    if (endpoints?.size === 0) this.#endpoints.delete(key);
  }
}

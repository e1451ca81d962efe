import { addressKeys, isAmong, uriKeys } from '../person.js';
import type { RoomConfig } from '../policy.js';
import type { Identity } from '../types.js';
import type { Role } from './acts.js';

const RANK: Readonly<Record<Role, number>> = { visitor: 0, participant: 1, moderator: 2, owner: 3 };

/** Positive when `a` stands above `b`. */
export const compareRoles = (a: Role, b: Role): number => RANK[a] - RANK[b];

/** Owners and moderators. */
export const isModerating = (role: Role): boolean => RANK[role] >= RANK.moderator;

/** Roles given by people, of one room: beyond it nobody is given one. */
export const MAX_GRANTS = 10_000;

/**
 * What somebody may do in one room (GDM-05), by authenticated URI: what people in the room gave him, else what its
 * configuration says.
 */
export class Roles {
  #owners: ReadonlySet<string> = new Set();
  #moderators: ReadonlySet<string> = new Set();
  #newcomers: RoomConfig['newcomers'] = 'participant';
  /** By `cpimUriKey`. */
  readonly #granted = new Map<string, Role>();

  /** What the configuration names holds from now on, whatever was given before. */
  configured({ owners, moderators, newcomers }: Readonly<RoomConfig>): void {
    const [before, beside] = [this.#owners, this.#moderators];
    this.#owners = uriKeys(owners);
    this.#moderators = uriKeys(moderators);
    this.#newcomers = newcomers;
    for (const key of this.#owners) if (!before.has(key)) this.#granted.delete(key);
    for (const key of this.#moderators) if (!beside.has(key)) this.#granted.delete(key);
  }

  of(identity: Identity): Role {
    if (this.#granted.size > 0) {
      for (const key of addressKeys(identity)) {
        const granted = this.#granted.get(key);
        if (granted !== undefined) return granted;
      }
    }
    if (isAmong(this.#owners, identity)) return 'owner';
    return isAmong(this.#moderators, identity) ? 'moderator' : this.#newcomers;
  }

  /**
   * The operator made him owner or moderator. Only then is he told who hides behind a made-up URI (4575-8.2-01): otherwise
   * whoever creates a room, which anybody may, would learn that of all who come.
   */
  isTrusted(identity: Identity): boolean {
    return isModerating(this.of(identity)) && (isAmong(this.#owners, identity) || isAmong(this.#moderators, identity));
  }

  /** False when there are too many. @param keys of all URIs of one person */
  grant(keys: readonly string[], role: Role): boolean {
    if (this.#granted.size + keys.length > MAX_GRANTS) return false;
    for (const key of keys) this.#granted.set(key, role);
    return true;
  }

  /** What the configuration says holds for him again. */
  revoke(keys: readonly string[]): void {
    for (const key of keys) this.#granted.delete(key);
  }
}

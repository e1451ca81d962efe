import type { Clock } from '../util/clock.js';
import type { Nickname } from './nickname.js';
import { NicknameLookalikes } from './nickname-lookalikes.js';
import { NicknameQuarantine } from './nickname-quarantine.js';

interface Reservation {
  readonly holder: string;
  /** Endpoints that use it now, and what they show. */
  readonly users: Map<string, string>;
}

/**
 * Where a nickname is one user's alone: a room, the rooms of a domain, or those of the server. A nickname is reserved by
 * a user and used per endpoint (D6).
 */
export class NicknameScope {
  readonly #quarantine: NicknameQuarantine;
  /** By comparison form. */
  readonly #reservations = new Map<string, Reservation>();
  /** Made when a room first asks. */
  #lookalikes: NicknameLookalikes | null = null;

  constructor(clock: Clock) {
    this.#quarantine = new NicknameQuarantine(clock, (key) => this.#free(key));
  }

  /** 7701-7.1-08, 7701-7.1-10: in use, or held, by another than `holder`. */
  isTaken(key: string, holder: string): boolean {
    const reservation = this.#reservations.get(key);
    return reservation !== undefined && reservation.holder !== holder;
  }

  /** 7701-7.1-14: looks like one in use, or held, by another. The cost does not depend on how many there are. */
  isConfusable(nickname: Nickname, holder: string): boolean {
    this.#lookalikes ??= this.#allLookalikes();
    // Of one user there are few, so that the first of another is soon found.
    for (const key of this.#lookalikes.of(nickname)) if (this.isTaken(key, holder)) return true;
    return false;
  }

  /** The endpoint uses it from now on; the caller has made sure that no other user has it. */
  reserve(nickname: Nickname, holder: string, endpoint: string): void {
    const { key, shown } = nickname;
    this.#quarantine.end(key);
    const reservation = this.#reservations.get(key);
    if (!reservation) this.#lookalikes?.add(asCompared(key));
    const users = reservation?.users ?? new Map<string, string>();
    const before = users.get(endpoint);
    if (before !== undefined) this.#lookalikes?.remove({ key, shown: before });
    this.#lookalikes?.add(nickname);
    this.#reservations.set(key, { holder, users: users.set(endpoint, shown) });
  }

  /** The endpoint uses it no more; after the last one it is held for `hold` milliseconds (7701-7.1-16). */
  release({ key, shown }: Nickname, endpoint: string, hold: number): void {
    const reservation = this.#reservations.get(key);
    if (!reservation?.users.delete(endpoint)) return;
    this.#lookalikes?.remove({ key, shown });
    if (reservation.users.size > 0) return;
    if (hold > 0) this.#quarantine.start(key, reservation.holder, hold);
    else this.#free(key);
  }

  close(): void {
    this.#quarantine.close();
    this.#reservations.clear();
    this.#lookalikes = null;
  }

  #free(key: string): void {
    if (this.#reservations.delete(key)) this.#lookalikes?.remove(asCompared(key));
  }

  #allLookalikes(): NicknameLookalikes {
    const lookalikes = new NicknameLookalikes();
    for (const [key, { users }] of this.#reservations) {
      lookalikes.add(asCompared(key));
      for (const shown of users.values()) lookalikes.add({ key, shown });
    }
    return lookalikes;
  }
}

/** How it looks as long as it is reserved, whoever shows it in which case. */
const asCompared = (key: string): Nickname => ({ key, shown: key });

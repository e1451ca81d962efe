import type { Clock, Timer } from '../util/clock.js';
import { enforceNickname, nicknameKey } from './nickname.js';
import type { RoomConfig } from './policy.js';

/** What of a room's configuration is about nicknames. */
export type NicknamePolicy = Pick<RoomConfig, 'nicknameHold' | 'reservedNicknames'>;

export interface NicknamesOptions {
  clock: Clock;
  /** That of now. */
  policy: () => NicknamePolicy;
}

/** Nicknames held in quarantine for one participant; the oldest is given up for a further one. */
const MAX_HELD = 16;

interface Reservation {
  /** Participant key. */
  readonly holder: string;
  /** Endpoints that use it now. */
  readonly users: Set<string>;
}

/**
 * Who may use which nickname in one room. A nickname is reserved by a participant and used per endpoint (D6): another
 * endpoint of the participant may ask for it, but never gets it by itself (7701-7.1-12).
 */
export class Nicknames {
  readonly #clock: Clock;
  readonly #policy: () => NicknamePolicy;
  /** By comparison form. */
  readonly #reservations = new Map<string, Reservation>();
  /** Comparison form and shown form by endpoint. */
  readonly #used = new Map<string, { key: string; shown: string }>();
  /** When the quarantine of a comparison form ends; every wait is equal, so the order is that of expiry. */
  readonly #quarantine = new Map<string, number>();
  /** Comparison forms in quarantine by their last holder, oldest first. */
  readonly #held = new Map<string, Set<string>>();
  #timer: Timer | null = null;

  constructor({ clock, policy }: NicknamesOptions) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /** What the endpoint uses, as it is shown. */
  of(endpoint: string): string | null {
    return this.#used.get(endpoint)?.shown ?? null;
  }

  /** Key of the participant that uses the nickname now. */
  holderOf(nickname: string): string | null {
    const reservation = this.#reservations.get(nicknameKey(nickname) ?? '');
    return reservation && reservation.users.size > 0 ? reservation.holder : null;
  }

  /**
   * Status of a NICKNAME request: 200, or 424 and 425, which leave everything as it was (7701-7.2-01). Decided at once, so
   * that of two who ask at the same time one is first (7701-11-03).
   */
  claim(holder: string, endpoint: string, nickname: string): 200 | 424 | 425 {
    const shown = enforceNickname(nickname);
    const key = nicknameKey(nickname);
    // 7701-7.1-06: forbidden by PRECIS.
    if (shown === null || key === null) return 424;
    const reservation = this.#reservations.get(key);
    // 7701-7.1-08, 7701-7.1-10: a reserved word, or "in use or reserved by another user".
    if (this.#isReserved(key) || (reservation && reservation.holder !== holder)) return 425;

    // 7701-7.1-11: the same user may request what it already uses.
    const users = reservation?.users ?? new Set();
    const old = this.#used.get(endpoint);
    if (old && old.key !== key) this.release(endpoint);
    users.add(endpoint);
    this.#endQuarantine(key);
    this.#reservations.set(key, { holder, users });
    this.#used.set(endpoint, { key, shown });
    return 200;
  }

  /** The endpoint removed its nickname or left; the last one to do so starts the quarantine (7701-7.1-16). */
  release(endpoint: string): void {
    const old = this.#used.get(endpoint);
    if (!old) return;
    this.#used.delete(endpoint);
    const reservation = this.#reservations.get(old.key);
    reservation?.users.delete(endpoint);
    if (!reservation || reservation.users.size > 0) return;
    if (this.#policy().nicknameHold <= 0) {
      this.#reservations.delete(old.key);
      return;
    }
    this.#startQuarantine(old.key, reservation.holder);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #isReserved(key: string): boolean {
    return this.#policy().reservedNicknames.some((reserved) => nicknameKey(reserved) === key);
  }

  #startQuarantine(key: string, holder: string): void {
    const held = this.#held.get(holder) ?? new Set();
    this.#held.set(holder, held.add(key));
    this.#quarantine.set(key, this.#clock.now() + this.#policy().nicknameHold);
    // Changing names over and over must not reserve them all.
    const [oldest] = held;
    if (held.size > MAX_HELD && oldest !== undefined) this.#free(oldest);
    this.#watch();
  }

  #endQuarantine(key: string): void {
    const holder = this.#reservations.get(key)?.holder;
    const held = holder === undefined ? undefined : this.#held.get(holder);
    if (held?.delete(key) && held.size === 0 && holder !== undefined) this.#held.delete(holder);
    this.#quarantine.delete(key);
  }

  #watch(): void {
    const next = this.#quarantine.values().next();
    if (this.#timer || next.done) return;
    this.#timer = this.#clock.after(Math.max(0, next.value - this.#clock.now()), () => {
      this.#timer = null;
      const now = this.#clock.now();
      for (const [key, until] of this.#quarantine) {
        if (until > now) break;
        this.#free(key);
      }
      this.#watch();
    });
  }

  #free(key: string): void {
    this.#endQuarantine(key);
    this.#reservations.delete(key);
  }
}

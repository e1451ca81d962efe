import type { Clock, Timer } from '../../lib/util/clock.js';

/** A user with at least one device registered somewhere. */
export interface OnlineUser {
  /** Address of record: who registered, never the address of a device. */
  readonly uri: string;
  /** Until when, unless it is refreshed. */
  readonly expires: Date;
  /** Further URIs of the same person (P-Associated-URI). */
  readonly aliases: readonly string[];
  /** Feature tags of the device, as in Contact (`+g.oma.sip-im`), where they are known (SAF-09). */
  readonly features: readonly string[];
}

/** Told of it. */
export interface UserListener {
  online: (user: OnlineUser) => void;
  offline: (user: OnlineUser, reason: 'unregistered' | 'expired') => void;
}

/** What a registration said. */
export interface RegistrationState {
  uri: string;
  /** What tells one binding of the user from another; it is compared and goes nowhere. */
  binding: string;
  /** Seconds; 0 when it ends. */
  expires: number;
  aliases?: readonly string[];
  features?: readonly string[];
}

interface Entry {
  user: OnlineUser;
  /** When each ends, by `Clock.now`. */
  readonly bindings: Map<string, number>;
  timer: Timer;
}

/** Users remembered; of more nobody is told. */
const MAX_USERS = 200_000;
/** Of one user. */
const MAX_BINDINGS = 32;
/** Milliseconds that a timer can wait. */
const MAX_WAIT = 2 ** 31 - 1;

/** Who is registered, as far as REGISTERs that came by tell. */
export class Users {
  readonly #clock: Clock;
  readonly #events: UserListener;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(clock: Clock, events: UserListener) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Those who are online, by address of record. */
  get online(): ReadonlyMap<string, OnlineUser> {
    return new Map([...this.#entries].map(([uri, { user }]) => [uri, user]));
  }

  isOnline(uri: string): boolean {
    return this.#entries.has(uri);
  }

  /** One binding came, was refreshed or ended (SAF-08). */
  registered({ uri, binding, expires, aliases, features }: RegistrationState): void {
    if (this.#closed) return;
    const entry = this.#entries.get(uri);
    if (expires <= 0) {
      if (!entry) return;
      entry.bindings.delete(binding);
      if (entry.bindings.size === 0) this.#gone(uri, entry, 'unregistered');
      else this.#wait(uri, entry);
      return;
    }
    const until = this.#clock.now() + Math.min(expires * 1000, MAX_WAIT);
    if (!entry) {
      if (this.#entries.size >= MAX_USERS) return;
      const user = { uri, expires: this.#date(until), aliases: aliases ?? [], features: features ?? [] };
      const added: Entry = { user, bindings: new Map([[binding, until]]), timer: NO_TIMER };
      this.#entries.set(uri, added);
      this.#wait(uri, added);
      this.#events.online(user);
      return;
    }
    if (entry.bindings.size >= MAX_BINDINGS && !entry.bindings.has(binding)) {
      const [oldest] = entry.bindings.keys();
      if (oldest !== undefined) entry.bindings.delete(oldest);
    }
    entry.bindings.set(binding, until);
    const known = entry.user;
    entry.user = { ...known, aliases: aliases ?? known.aliases, features: features ?? known.features };
    this.#wait(uri, entry);
  }

  /** No binding of the user is left. */
  unregistered(uri: string): void {
    const entry = this.#entries.get(uri);
    if (entry) this.#gone(uri, entry, 'unregistered');
  }

  /** Forgets everybody, tells nobody, and takes no more. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#entries.values()) timer.cancel();
    this.#entries.clear();
  }

  #gone(uri: string, entry: Entry, reason: 'unregistered' | 'expired'): void {
    entry.timer.cancel();
    this.#entries.delete(uri);
    this.#events.offline(entry.user, reason);
  }

  /** What is told of a time of the clock that measures. */
  #date(until: number): Date {
    return new Date(this.#clock.date().getTime() + until - this.#clock.now());
  }

  /** Until the last binding ends. */
  #wait(uri: string, entry: Entry): void {
    entry.timer.cancel();
    const until = Math.max(...entry.bindings.values());
    entry.user = { ...entry.user, expires: this.#date(until) };
    entry.timer = this.#clock.after(until - this.#clock.now(), () => this.#gone(uri, entry, 'expired'));
  }
}

const NO_TIMER: Timer = { cancel: () => {} };

import type { Clock } from '../../util/clock.js';
import type { Identity } from '../types.js';
import { means, type UriPattern, uriPattern } from './uri-pattern.js';

/** Somebody may not come in (JOIN-03). Plain JSON, so that it can be kept. */
export interface Ban {
  /** URI, or a pattern of several: `*@example.com`, `sip:+34*`. */
  readonly pattern: string;
  /** Further URIs of who was banned while he was in. */
  readonly aliases: readonly string[];
  /** ISO 8601; null for ever. */
  readonly until: string | null;
  readonly reason: string | null;
  /** URI of who banned him; null for the program. */
  readonly by: string | null;
  /** He was removed, and is kept out for the `kickBan` of the room alone: an invitation lifts it (REF-14). */
  readonly kick: boolean;
}

interface Entry {
  ban: Ban;
  patterns: readonly UriPattern[];
}

/** The bans of one room: they outlast those whom they are about, and end by the clock. */
export class Bans {
  readonly #clock: Clock;
  readonly #limit: () => number;
  /** By pattern, the latest at the end. */
  readonly #entries = new Map<string, Entry>();

  /** @param limit bans at once */
  constructor(clock: Clock, limit: () => number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Those that still hold. */
  get list(): readonly Ban[] {
    this.#expire();
    return [...this.#entries.values()].map(({ ban }) => ban);
  }

  /** In the place of one with the same pattern; false when there are too many, or when it bans nobody. */
  add(ban: Ban): boolean {
    const patterns = [ban.pattern, ...ban.aliases].map(uriPattern).filter((pattern) => pattern !== null);
    if (patterns.length === 0) return false;
    const known = this.#entries.get(ban.pattern);
    // Who is banned for long does not get away with being kicked.
    if (known && ban.kick && !known.ban.kick && this.#holds(known.ban)) return true;
    this.#entries.delete(ban.pattern);
    if (this.#entries.size >= this.#limit()) this.#expire();
    if (this.#entries.size >= this.#limit()) return false;
    this.#entries.set(ban.pattern, { ban, patterns });
    return true;
  }

  /** False when there was none of that URI or pattern. */
  delete(pattern: string): boolean {
    this.#expire();
    const means = (text: string): boolean => text === pattern || (!pattern.includes('*') && isSame(text, pattern));
    const found = [...this.#entries.values()].filter(({ ban }) => [ban.pattern, ...ban.aliases].some(means));
    for (const { ban } of found) this.#entries.delete(ban.pattern);
    return found.length > 0;
  }

  /** He is wanted again. */
  forgive(identity: Identity): void {
    for (const { ban, patterns } of this.#entries.values()) {
      if (ban.kick && patterns.some((pattern) => means(pattern, identity))) this.#entries.delete(ban.pattern);
    }
  }

  /**
   * Whether somebody is banned.
   *
   * @param spared he moderates the room: a pattern of many does not mean him
   */
  has(identity: Identity, spared: boolean): boolean {
    for (const { ban, patterns } of this.#entries.values()) {
      if (!this.#holds(ban)) continue;
      if (patterns.some((pattern) => !(spared && pattern.wild) && means(pattern, identity))) return true;
    }
    return false;
  }

  #holds({ until }: Ban): boolean {
    return until === null || Date.parse(until) > this.#clock.date().getTime();
  }

  #expire(): void {
    for (const { ban } of this.#entries.values()) if (!this.#holds(ban)) this.#entries.delete(ban.pattern);
  }
}

const isSame = (known: string, given: string): boolean => {
  const pattern = uriPattern(known);
  return pattern !== null && !pattern.wild && pattern.matches(given);
};

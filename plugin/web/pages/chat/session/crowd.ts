import { addressKey, nameOf, type RosterEntry } from '../../../../../lib/client/roster.js';
import { listPeople, type Person } from '../model/people.js';

/** Somebody who is called otherwise than before. */
export interface Renaming {
  uri: string;
  before: string;
  now: string;
}

/** Who is in the room, and who of them writes. */
export class Crowd {
  #roster = new Map<string, RosterEntry>();
  #count = 0;
  /** There is a list. */
  #told = false;
  readonly #writers = new Set<string>();

  /** How many are here; more than are listed where the room does not tell of all. */
  get count(): number {
    return this.#count;
  }

  /** Names of those who write. */
  get writers(): string[] {
    return [...this.#writers].map((key) => this.#roster.get(key)).flatMap((entry) => (entry ? [nameOf(entry)] : []));
  }

  /** In the order of the list. */
  people(isSelf: (uri: string) => boolean): Person[] {
    return listPeople([...this.#roster.values()], ({ uri }) => isSelf(uri), this.#writers);
  }

  /** Somebody who is not listed is not here, as far as anybody tells us who is. */
  get complete(): boolean {
    return this.#told && this.#count <= this.#roster.size;
  }

  at(uri: string): RosterEntry | undefined {
    return this.#roster.get(addressKey(uri));
  }

  /**
   * Takes the list.
   * @returns those of both lists whose names differ. It is names, not nicknames, that were seen: who takes his first
   * nickname was called something before, and many rooms list him as he comes and his nickname only with the next changes.
   */
  listed(participants: readonly RosterEntry[], count: number): Renaming[] {
    const before = this.#roster;
    this.#roster = new Map(participants.map((entry) => [addressKey(entry.uri), entry]));
    this.#count = count;
    this.#told = true;
    return [...this.#roster].flatMap(([key, entry]) => {
      const known = before.get(key);
      if (!known || nameOf(known) === nameOf(entry)) return [];
      return [{ uri: entry.uri, before: nameOf(known), now: nameOf(entry) }];
    });
  }

  composing(uri: string, active: boolean): void {
    if (active) this.#writers.add(addressKey(uri));
    else this.#writers.delete(addressKey(uri));
  }

  /** Nobody tells any more who is here. */
  unlisted(): void {
    this.#told = false;
  }

  /** Nor who writes. */
  lost(): void {
    this.unlisted();
    this.#writers.clear();
  }
}

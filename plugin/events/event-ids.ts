/** Ids of events: when this feed began, and how many there were. Those of a feed that began later are greater. */
export class EventIds {
  readonly #feed: string;

  /** @param began milliseconds since the epoch */
  constructor(began: number) {
    this.#feed = `${began.toString(36).padStart(9, '0')}-`;
  }

  id(sequence: number): string {
    return this.#feed + sequence.toString(36).padStart(8, '0');
  }

  /** Undefined for what is no id of this feed: one from before the server was started, perhaps. */
  sequence(id: string): number | undefined {
    const digits = id.startsWith(this.#feed) ? id.slice(this.#feed.length) : '';
    return /^[0-9a-z]{8}$/.test(digits) ? Number.parseInt(digits, 36) : undefined;
  }
}

/** How many re-INVITEs of ours may be under way in one room. */
const REOFFERS_AT_ONCE = 20;

/** Who offers in one room. */
interface Lane {
  taken: number;
  /** In the order in which they asked; a dialog waits at most once, so there are never more than dialogs. */
  readonly waiting: Set<() => void>;
  /** Some are being called: what they give back meanwhile is seen by the same loop. */
  calling: boolean;
}

/**
 * Spreads the re-INVITEs that one change of a room brings about: a thousand at once would be lost on the way, and their
 * answers would come all together. Whoever has a turn gives it back, at the latest when its re-INVITE timed out.
 */
export class OfferTurns {
  readonly #atOnce: () => number;
  readonly #lanes = new Map<string, Lane>();

  /** @param atOnce turns that may be taken in one room: of re-INVITEs, or of INVITEs (INV-14) */
  constructor(atOnce = (): number => REOFFERS_AT_ONCE) {
    this.#atOnce = atOnce;
  }

  /**
   * Calls `run` when it is the caller's turn, perhaps at once. What `run` gets and what is returned is the same function:
   * it gives the turn back, or the place among those who wait.
   */
  take(room: string, run: (release: () => void) => void): () => void {
    const lane = this.#lanes.get(room) ?? { taken: 0, waiting: new Set(), calling: false };
    this.#lanes.set(room, lane);
    let mine = false;
    let over = false;
    const start = (): void => {
      mine = true;
      run(release);
    };
    const release = (): void => {
      if (over) return;
      over = true;
      lane.waiting.delete(start);
      if (mine) lane.taken--;
      this.#next(room, lane);
    };
    lane.waiting.add(start);
    this.#next(room, lane);
    return release;
  }

  #next(room: string, lane: Lane): void {
    if (lane.calling) return;
    lane.calling = true;
    for (const start of lane.waiting) {
      if (lane.taken >= this.#atOnce()) break;
      lane.waiting.delete(start);
      lane.taken++;
      start();
    }
    lane.calling = false;
    if (lane.taken + lane.waiting.size === 0) this.#lanes.delete(room);
  }
}

import type { NodeId } from '../../cluster/bus.js';

/** What was on its way between two workers while one of them answered shows in the next answers. */
const ROUNDS = 2;

interface Round {
  /** Who has not answered. */
  awaited: Set<NodeId>;
  settled: boolean;
  /** Rounds before this one in which everybody said that the room was settled. */
  before: number;
}

/** Whether messages of a room are under way anywhere: each look asks the workers, and the next one knows what they said. */
export class SettledRooms {
  readonly #ask: (room: string) => readonly NodeId[];
  readonly #rounds = new Map<string, Round>();

  /** @param ask asks every worker there is, and returns them */
  constructor(ask: (room: string) => readonly NodeId[]) {
    this.#ask = ask;
  }

  isSettled(room: string): boolean {
    const round = this.#rounds.get(room);
    if (round && round.awaited.size > 0) return false;
    const before = round?.settled ? round.before + 1 : 0;
    if (before >= ROUNDS) return true;
    this.#rounds.set(room, { awaited: new Set(this.#ask(room)), settled: true, before });
    return false;
  }

  answered(node: NodeId, room: string, settled: boolean): void {
    const round = this.#rounds.get(room);
    if (!round?.awaited.delete(node)) return;
    round.settled &&= settled;
  }

  /** Nobody looks at the room any more. */
  forget(room: string): void {
    this.#rounds.delete(room);
  }

  /** It answers no more. */
  left(node: NodeId): void {
    for (const { awaited } of this.#rounds.values()) awaited.delete(node);
  }
}

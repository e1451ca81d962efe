import type { Vector } from '../vectors.js';
import { wiring } from '../wiring.js';
import { byteByByte } from './pieces.js';
import type { RoomVerdict, SystemUnderTest } from './system.js';

/** What one fresh system made of a vector. */
export interface Outcome {
  /** How the bytes came, for people. */
  way: string;
  replies: Buffer;
  verdicts: RoomVerdict[];
}

/** Systems that wait for the end of one turn together. */
const AT_ONCE = 20;
/** Of longer vectors, most of which are one long line or body, the inside is cut at every `STEP` bytes only. */
const EDGE = 500;
const STEP = 97;

/** Whole, byte by byte, and cut in two at every byte. */
function* everyWay({ bytes }: Vector): Generator<Buffer[]> {
  yield [bytes];
  yield byteByByte(bytes);
  for (let cut = 1; cut < bytes.length; cut += cut > EDGE && cut < bytes.length - EDGE - STEP ? STEP : 1) {
    yield [bytes.subarray(0, cut), bytes.subarray(cut)];
  }
}

/** Replies and verdicts of one vector are looked at one after the other. */
let latest: { vector: Vector; outcomes: Promise<Outcome[]> } | undefined;

/** The outcome of every way to cut a vector. Making a system is most of the work, so it is done once for all kinds. */
function outcomesOf(vector: Vector): Promise<Outcome[]> {
  if (latest?.vector !== vector) latest = { vector, outcomes: run(vector) };
  return latest.outcomes;
}

/** What `check` finds wrong with the outcome of a vector, in the first of all ways; null when nothing is. */
export async function checkEveryWay(
  vector: Vector,
  check: (outcome: Outcome) => string | null,
): Promise<string | null> {
  if (!wiring.system) return 'not wired';
  for (const outcome of await outcomesOf(vector)) {
    const found = check(outcome);
    if (found !== null) return `${outcome.way}: ${found}`;
  }
  return null;
}

async function run(vector: Vector): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let fed: { system: SystemUnderTest; way: string }[] = [];
  const settle = async (): Promise<void> => {
    await Promise.all(fed.map(({ system }) => system.settled()));
    for (const { system, way } of fed) {
      outcomes.push({ way, replies: system.replies(), verdicts: system.verdicts() });
      system.close();
    }
    fed = [];
  };
  for (const pieces of everyWay(vector)) {
    const system = wiring.system!(vector);
    for (const piece of pieces) system.feed(piece);
    fed.push({ system, way: pieces.length === 2 ? `cut at ${pieces[0].length}` : `${pieces.length} pieces` });
    if (fed.length >= AT_ONCE) await settle();
  }
  await settle();
  return outcomes;
}

import { difference } from '../compare.js';
import type { ExpectedVerdict, Vector } from '../vectors.js';
import { messageBody } from './pieces.js';
import { checkEveryWay } from './runs.js';
import type { RoomVerdict } from './system.js';

/** Verdicts of the room, and that what it handed on are the bytes it received (7701-6.1-06), however they are cut. */
export function checkRoom(vector: Vector): Promise<string | null> {
  const accepted = [vector.expect, ...vector.alternatives].flatMap(({ room }) => (room ? [room] : []));
  return checkEveryWay(vector, (outcome) => {
    const { verdicts } = outcome;
    const found = accepted.map((expected) => difference(expected.map(sorted), verdicts.map(sorted)));
    if (!found.includes(null)) return found[0] ?? null;
    const altered = verdicts.find((verdict) => isAltered(vector, verdict));
    return altered ? `the content forwarded for ${altered.messageId} is not the one received` : null;
  });
}

const sorted = (verdict: ExpectedVerdict): ExpectedVerdict =>
  verdict.recipients ? { ...verdict, recipients: verdict.recipients.toSorted() } : verdict;

const isAltered = (vector: Vector, verdict: RoomVerdict): boolean =>
  verdict.forwarded !== undefined && !verdict.forwarded.equals(messageBody(vector, verdict.messageId));

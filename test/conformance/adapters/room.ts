import { difference } from '../compare.js';
import type { ExpectedVerdict, Vector } from '../vectors.js';
import { wiring } from '../wiring.js';
import { byteByByte, messageBody } from './pieces.js';
import type { RoomVerdict } from './system.js';

/** Verdicts of the room, and that what it handed on are the bytes it received (7701-6.1-06). */
export async function checkRoom(vector: Vector): Promise<string | null> {
  if (!wiring.system) return 'not wired';
  const accepted = [vector.expect, ...vector.alternatives].flatMap((outcome) => (outcome.room ? [outcome.room] : []));
  for (const pieces of [[vector.bytes], byteByByte(vector.bytes)]) {
    const system = wiring.system(vector);
    for (const piece of pieces) system.feed(piece);
    await system.settled();
    const verdicts = system.verdicts();
    system.close();
    const found = accepted.map((expected) => difference(expected.map(sorted), verdicts.map(sorted)));
    if (!found.includes(null)) return `${pieces.length} pieces: ${found[0]}`;
    const altered = verdicts.find((verdict) => isAltered(vector, verdict));
    if (altered) return `the content forwarded for ${altered.messageId} is not the one received`;
  }
  return null;
}

const sorted = (verdict: ExpectedVerdict): ExpectedVerdict =>
  verdict.recipients ? { ...verdict, recipients: verdict.recipients.toSorted() } : verdict;

const isAltered = (vector: Vector, verdict: RoomVerdict): boolean =>
  verdict.forwarded !== undefined && !verdict.forwarded.equals(messageBody(vector, verdict.messageId));

import { enforceNickname, nicknameKey } from '../../lib/focus/nicknames/nickname.js';
import { parseByteRange, Reassembler, type Reassembly } from '../../lib/msrp/index.js';
import { ManualClock } from '../support/manual-clock.js';
import type { SystemFactory } from './adapters/system.js';
import { EndpointSystem } from './systems/endpoint.js';
import { RoomSystem } from './systems/room.js';

/** One chunk of the table `reassembly`. */
export interface TableChunk {
  range: string | null;
  data: string;
  flag: '$' | '+' | '#';
}

/**
 * Where the parts that need a whole endpoint or room are plugged in. Null means that there is no such part yet; its
 * checks then fail as "not wired".
 */
export interface Wiring {
  /** Replies and room verdicts. */
  system: SystemFactory | null;
  /** Feeds chunks of one message: `{complete}`, `{pending: true}`, `{aborted: true}` or `{error: status}`. */
  reassemble: ((chunks: readonly TableChunk[]) => unknown) | null;
  /** RFC 8266: enforced and comparison form; both null when rejected. */
  nickname: ((input: string) => { enforced: string | null; compared: string | null }) | null;
}

export const wiring: Wiring = {
  system: (vector) => (vector.role === 'switch' ? new RoomSystem(vector) : new EndpointSystem(vector)),
  reassemble,
  nickname: (input) => {
    const enforced = enforceNickname(input);
    return { enforced, compared: enforced === null ? null : nicknameKey(input) };
  },
};

function reassemble(chunks: readonly TableChunk[]): unknown {
  const reassembler = new Reassembler({ clock: new ManualClock() });
  let last: Reassembly = { kind: 'pending' };
  for (const { range, data, flag } of chunks) {
    const start = range === null ? undefined : parseByteRange(range)?.start;
    last = reassembler.add('message', { start, bytes: Buffer.from(data), flag });
  }
  if (last.kind === 'complete') return { complete: Buffer.from(last.bytes).toString() };
  if (last.kind === 'refused') return { error: last.status };
  return { [last.kind]: true };
}

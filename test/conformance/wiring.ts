import type { SystemFactory } from './adapters/system.js';

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

export const wiring: Wiring = { system: null, reassemble: null, nickname: null };

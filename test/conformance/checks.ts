import { checkClosed, checkEvents, checkPending } from './adapters/codec.js';
import { checkCpim } from './adapters/cpim.js';
import { checkReplies } from './adapters/replies.js';
import { checkRoom } from './adapters/room.js';
import { checkFocus, checkMedia } from './adapters/sdp.js';
import { TABLES } from './adapters/tables.js';
import type { Expectation, Table, Vector } from './vectors.js';

export type Kind = keyof Expectation | 'table';

/** What differed, or null. */
type VectorCheck = (vector: Vector) => string | null | Promise<string | null>;

const CHECKS: Readonly<Record<keyof Expectation, VectorCheck>> = {
  events: checkEvents,
  pending: checkPending,
  closed: checkClosed,
  replies: checkReplies,
  room: checkRoom,
  cpim: checkCpim,
  media: checkMedia,
  focus: checkFocus,
};

export interface Check {
  name: string;
  kind: Kind;
  run: () => Promise<string | null>;
}

/** One check per expectation of the vector. */
export function vectorChecks(vector: Vector): Check[] {
  return (Object.keys(CHECKS) as (keyof Expectation)[])
    .filter((kind) => vector.expect[kind] !== undefined)
    .map((kind) => ({ name: vector.name, kind, run: guarded(() => CHECKS[kind](vector)) }));
}

/** One check per row of the table. */
export function tableChecks(table: Table): Check[] {
  return table.rows.map((row, index) => ({
    name: `${table.name}[${index}]`,
    kind: 'table',
    run: guarded(() => {
      const check = TABLES[table.name];
      return check ? check(row) : `no adapter for the table ${table.name}`;
    }),
  }));
}

/** An exception of the code under test is a failure of this check, not of the run. */
function guarded(check: () => string | null | Promise<string | null>): () => Promise<string | null> {
  return async () => {
    try {
      return await check();
    } catch (error) {
      return `threw ${error instanceof Error ? error.message : String(error)}`;
    }
  };
}

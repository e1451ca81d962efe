import type { Options } from './options.js';
import type { Measured, Ratio } from './rows/fanout.js';
import type { Idle } from './rows/idle.js';
import type { Nicknames } from './rows/nicknames.js';
import type { ParserSpeed } from './rows/parser.js';
import type { RosterMeasured } from './rows/roster.js';
import type { Stall } from './rows/stall.js';
import type { Stream } from './rows/stream.js';
import { rosterTable } from './roster-table.js';
import { fanoutTable, idleTable, nicknamesTable, parserTable, ratioTable, stallTable, streamTable } from './table.js';

/** What is written as JSON. */
export interface Report {
  node: string;
  cpu: string;
  cpus: number;
  target: number;
  options: Options;
  fanout: Measured[];
  ratios: Ratio[];
  idle: Idle[];
  roster: RosterMeasured[];
  /** Null when it was not measured. */
  stall: Stall | null;
  stream: Stream[];
  parser: ParserSpeed[];
  nicknames: Nicknames[];
  /** What could not be measured, and why. */
  failures: string[];
}

/** Tables of what was measured. */
export function tables(report: Report): string {
  const { fanout, idle, nicknames, options, parser, ratios, roster, stall, stream } = report;
  return [
    fanout.length > 0 ? fanoutTable(fanout) : '',
    ratios.length > 0 ? ratioTable(ratios, !options.quick) : '',
    idle.length > 0 ? idleTable(idle) : '',
    roster.length > 0 ? rosterTable(roster) : '',
    stall ? stallTable(stall) : '',
    stream.length > 0 ? streamTable(stream) : '',
    parser.length > 0 ? parserTable(parser) : '',
    nicknames.length > 0 ? nicknamesTable(nicknames) : '',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

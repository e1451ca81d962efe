import type { MachineSpan } from './harness/machine.js';
import type { Options } from './options.js';
import { rosterTable } from './roster-table.js';
import { compared, type Measured } from './rows/fanout.js';
import type { Idle } from './rows/idle.js';
import type { Nicknames } from './rows/nicknames.js';
import type { ParserSpeed } from './rows/parser.js';
import type { RosterMeasured } from './rows/roster.js';
import type { Stall } from './rows/stall.js';
import type { Stream } from './rows/stream.js';
import type { Workers } from './rows/workers.js';
import {
  fanoutTable,
  idleTable,
  machineTable,
  nicknamesTable,
  parserTable,
  ratioTable,
  stallTable,
  streamTable,
  targetTable,
  workersTable,
} from './table.js';
import type { Judged } from './targets.js';

/** What is written as JSON. */
export interface Report {
  /** When it began, ISO 8601. */
  date: string;
  /** Of this checkout, with `+` when it was changed since; empty outside of git. */
  commit: string;
  node: string;
  cpu: string;
  cpus: number;
  options: Options;
  /** Of the peers that took part. */
  versions: Record<string, string>;
  /** What the machine did meanwhile, row by row. */
  machine: MachineSpan[];
  /** Filled in at the end. */
  targets: Judged[];
  fanout: Measured[];
  idle: Idle[];
  roster: RosterMeasured[];
  workers: Workers[];
  /** Null when it was not measured. */
  stall: Stall | null;
  stream: Stream[];
  parser: ParserSpeed[];
  nicknames: Nicknames[];
  /** What was left out, and why. */
  skipped: string[];
  /** What could not be measured, and why. */
  failures: string[];
}

/** Tables of what was measured. */
export function tables(report: Report): string {
  const { fanout, idle, machine, nicknames, parser, roster, stall, stream, versions, workers } = report;
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const ratios = compared(fanout, 'server');
  return [
    fanout.length > 0 ? fanoutTable(fanout) : '',
    ratios.length > 0 ? ratioTable(ratios) : '',
    idle.length > 0 ? idleTable(idle) : '',
    roster.length > 0 ? rosterTable(roster) : '',
    workers.length > 0 ? workersTable(workers) : '',
    stall ? stallTable(stall) : '',
    stream.length > 0 ? streamTable(stream) : '',
    parser.length > 0 ? parserTable(parser) : '',
    nicknames.length > 0 ? nicknamesTable(nicknames) : '',
    peers.length > 0 ? `versions: ${peers.join(', ')}` : '',
    machineTable(machine),
    targetTable(report.targets),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

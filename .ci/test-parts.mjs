// The jest processes that all tests run in, one after another; each leaves a report in .tmp/.
import { existsSync, readFileSync } from 'node:fs';

/** A folder of suites that have a process of their own. */
const FAULTS = '/test/faults/';

export const PARTS = [
  // They time what a thousand readers do, and a process that has run all other suites is slow.
  { report: 'jest-faults', args: ['--selectProjects', 'e2e', '--', 'test/faults'], ignored: [], mayRunAgain: true },
  // They compute, and wait for no socket of a neighbour: two at once. What fails here at one seed only is a find.
  {
    report: 'jest-unit',
    args: ['--selectProjects', 'unit', 'fuzz', '--maxWorkers=2'],
    ignored: [],
    mayRunAgain: false,
  },
  {
    report: 'jest-e2e',
    args: ['--selectProjects', 'e2e', '--runInBand'],
    ignored: [FAULTS],
    mayRunAgain: true,
  },
];

export const reportFile = (report) => `.tmp/${report}.json`;

/** What a jest process told: its suites, each with its tests; `undefined` when it left no report. */
export const suitesOf = (report) => {
  const file = reportFile(report);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : undefined;
};

export const hasFailed = ({ status }) => status === 'failed';

/**
 * Suites of real processes and sockets that failed are run once more, each in a process of its own: a machine that stood
 * still for seconds is no fault of theirs. More than these have not failed by that.
 */
const MOST_AGAIN = 3;

/** The suites that are run again, and the report that each leaves then. */
export function suitesToRunAgain() {
  const failed = PARTS.filter(({ mayRunAgain }) => mayRunAgain)
    .flatMap(({ report }) => suitesOf(report) ?? [])
    .filter(hasFailed);
  return failed.length > MOST_AGAIN ? [] : failed.map(({ name }, n) => ({ name, report: `jest-again-${n + 1}` }));
}

// The jest processes that all tests run in, one after another; each leaves a report in .tmp/.

/** A folder of suites that have a process of their own. */
const FAULTS = '/test/faults/';

export const PARTS = [
  // They time what a thousand readers do, and a process that has run all other suites is slow.
  { report: 'jest-faults', args: ['--selectProjects', 'e2e', '--', 'test/faults'], ignored: [] },
  // They compute, and wait for no socket of a neighbour: two at once.
  { report: 'jest-unit', args: ['--selectProjects', 'unit', 'fuzz', '--maxWorkers=2'], ignored: [] },
  { report: 'jest-e2e', args: ['--selectProjects', 'e2e', '--runInBand'], ignored: [FAULTS] },
];

export const reportFile = (report) => `.tmp/${report}.json`;

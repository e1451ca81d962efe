// Adds the jest reports to the counts of the other steps and prints the last line of .ci/run.
import { existsSync, readFileSync } from 'node:fs';
import { PARTS, reportFile } from './test-parts.mjs';

const [stepsPassed, stepsFailed] = process.argv.slice(2).map(Number);
const reports = PARTS.map(({ report }) => reportFile(report)).map((file) =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined,
);
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
// A suite that does not even load has no failed tests of its own; no report at all is a failure too.
const broken = sum((jest) => (jest ? jest.numRuntimeErrorTestSuites : 1));
const passed = stepsPassed + sum((jest) => jest?.numPassedTests ?? 0);
const failed = stepsFailed + sum((jest) => jest?.numFailedTests ?? 0) + broken;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

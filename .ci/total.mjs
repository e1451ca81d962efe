// Adds the jest report to the counts of the other steps and prints the last line of .ci/run.
import { existsSync, readFileSync } from 'node:fs';

const [stepsPassed, stepsFailed] = process.argv.slice(2).map(Number);
const report = '.tmp/jest.json';
const jest = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
// A suite that does not even load has no failed tests of its own; no report at all is a failure too.
const broken = jest ? jest.numRuntimeErrorTestSuites : 1;
const passed = stepsPassed + (jest?.numPassedTests ?? 0);
const failed = stepsFailed + (jest?.numFailedTests ?? 0) + broken;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

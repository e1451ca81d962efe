// Adds the jest reports to the counts of the other steps and prints the last line of .ci/run.
import { relative } from 'node:path';
import { hasFailed, PARTS, suitesOf, suitesToRunAgain } from './test-parts.mjs';

const [stepsPassed, stepsFailed] = process.argv.slice(2).map(Number);
const parts = PARTS.map(({ report }) => suitesOf(report));
const suites = new Map(parts.flatMap((part) => part ?? []).map((suite) => [suite.name, suite]));
for (const { name, report } of suitesToRunAgain()) {
  const first = suites.get(name);
  const again = suitesOf(report)?.find((suite) => suite.name === name);
  if (!again) continue;
  suites.set(name, again);
  const failed = first.assertionResults.filter(hasFailed).map(({ fullName }) => fullName);
  console.log(`run again, ${again.status}: ${relative('.', name)}: ${failed.join('; ') || 'it did not load'}`);
}

const count = (status) =>
  [...suites.values()].flatMap((suite) => suite.assertionResults).filter((test) => test.status === status).length;
// A suite that does not even load has no failed tests of its own; no report at all is a failure too.
const isBroken = (suite) => hasFailed(suite) && !suite.assertionResults.some(hasFailed);
const broken = [...suites.values()].filter(isBroken).length + parts.filter((part) => !part).length;
const passed = stepsPassed + count('passed');
const failed = stepsFailed + count('failed') + broken;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

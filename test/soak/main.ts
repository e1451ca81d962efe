/**
 * `npm run soak`: people join, leave, refer and re-INVITE at the highest rate that the machine holds, over a network with
 * faults; in the end nothing may be left of them. Exit code 0 when nothing is, 1 otherwise.
 */
import { parseOptions, USAGE } from './options.js';
import { report } from './report.js';
import { soak } from './run.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return print(USAGE);
  print(`seed ${options.seed}`);
  const result = await soak(options, print);
  for (const line of report(result)) print(line);
  if (result.findings.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
});

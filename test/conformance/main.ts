/**
 * `npm run conformance -- [--baseline[=FILE]] DIR…` runs every vector and table of the folders and lists each failure.
 * Ends with `N passed, N failed` and exit code 1 when something failed; with `--baseline` the exit code is 0 exactly
 * when the failures are those listed in FILE (default: known-failures.json beside this program). Code 2: wrong usage.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, type Kind, tableChecks, vectorChecks } from './checks.js';
import { loadFolder } from './vectors.js';

interface Arguments {
  /** File of known failures; null without `--baseline`. */
  baseline: string | null;
  folders: string[];
}

function readArguments(argv: readonly string[]): Arguments | null {
  const folders: string[] = [];
  let baseline: string | null = null;
  for (const argument of argv) {
    if (argument === '--baseline') baseline = join(__dirname, 'known-failures.json');
    else if (argument.startsWith('--baseline=')) baseline = argument.slice('--baseline='.length);
    else if (argument.startsWith('-')) return null;
    // `--baseline FILE`: a JSON file cannot be a folder of vectors.
    else if (argument.endsWith('.json') && baseline !== null) baseline = argument;
    else folders.push(argument);
  }
  return folders.length > 0 ? { baseline, folders } : null;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

class Tally {
  readonly failed: string[] = [];
  readonly #counts = new Map<Kind, { passed: number; failed: number }>();

  add(check: Check, difference: string | null): void {
    const count = this.#counts.get(check.kind) ?? { passed: 0, failed: 0 };
    this.#counts.set(check.kind, count);
    if (difference === null) {
      count.passed++;
      return;
    }
    count.failed++;
    this.failed.push(`${check.name}: ${check.kind}`);
    print(`${check.name}: ${check.kind}: ${difference}`);
  }

  summary(): void {
    print(`\n${'kind'.padEnd(10)}${'passed'.padStart(8)}${'failed'.padStart(8)}`);
    let passed = 0;
    for (const [kind, count] of this.#counts) {
      print(`${kind.padEnd(10)}${String(count.passed).padStart(8)}${String(count.failed).padStart(8)}`);
      passed += count.passed;
    }
    print(`\n${passed} passed, ${this.failed.length} failed`);
  }
}

async function runFolders(folders: readonly string[]): Promise<Tally> {
  const tally = new Tally();
  for (const folder of folders) {
    const { vectors, tables } = loadFolder(folder);
    for (const check of [...vectors.flatMap(vectorChecks), ...tables.flatMap(tableChecks)]) {
      tally.add(check, await check.run());
    }
  }
  return tally;
}

/** Prints what is not as the list of known failures says; true when nothing is. */
function matchesBaseline(file: string, failed: readonly string[]): boolean {
  const known = new Set(JSON.parse(readFileSync(file, 'utf8')) as string[]);
  const unexpected = failed.filter((entry) => !known.has(entry));
  const repaired = [...known].filter((entry) => !failed.includes(entry));
  for (const entry of unexpected) print(`not a known failure: ${entry}`);
  for (const entry of repaired) print(`listed as a known failure, but passed or not run: ${entry}`);
  return unexpected.length === 0 && repaired.length === 0;
}

async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2));
  if (!read) {
    print('usage: npm run conformance -- [--baseline [FILE.json]] DIR [DIR…]');
    return 2;
  }
  const tally = await runFolders(read.folders);
  const asExpected = read.baseline === null ? tally.failed.length === 0 : matchesBaseline(read.baseline, tally.failed);
  tally.summary();
  return asExpected ? 0 : 1;
}

async function run(): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    print(`conformance: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}

void run();

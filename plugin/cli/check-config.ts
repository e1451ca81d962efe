import { stringify } from 'yaml';
import { FLAGS_HELP, wantsHelp } from '../config/help.js';
import { schemaText } from '../config/json-schema.js';
import { loadConfig, type Loaded } from '../config/load.js';
import { masked } from '../config/masked.js';
import { ConfigError, type Problem } from '../config/problems.js';
import { dotted } from '../config/tree.js';

export interface CheckIo {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  env: NodeJS.ProcessEnv;
}

const HELP = `drachtio-chatroom check-config [FILE]: what serve would make of a configuration, without starting anything

  --print                 writes it with all that holds, secrets masked
  --format json|text      how errors are written                              text
  --schema                writes the JSON Schema of the file, for editors

and the flags of serve:

${FLAGS_HELP}
`;

const OWN = { config: 'value', format: 'value', print: 'alone', schema: 'alone' } as const;

/**
 * `drachtio-chatroom check-config`.
 * @param argv what stands behind `check-config`
 * @returns exit code: 0 it is good, 2 it is not
 */
export function runCheckConfig(argv: readonly string[], { stdout, stderr, env }: CheckIo): number {
  if (wantsHelp(argv)) {
    stdout.write(HELP);
    return 0;
  }
  // It says nothing about a configuration, so that none is looked at.
  if (argv.includes('--schema')) {
    stdout.write(schemaText());
    return 0;
  }
  const json = argv.some(
    (word, index) => word === '--format=json' || (word === '--format' && argv[index + 1] === 'json'),
  );
  try {
    const loaded = loadConfig({ argv, env, command: 'check-config', own: OWN, fileAsWord: true });
    const format = loaded.own.get('format');
    if (format !== undefined && format !== 'json' && format !== 'text') {
      throw new ConfigError([{ message: `--format ${format} is not known; use json, text` }]);
    }
    stdout.write(json ? asJson(loaded.file, [], loaded.warnings) : asText(loaded));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) stdout.write(asJson(undefined, error.problems, []));
    else stderr.write(error.problems.map(({ message }) => `${message}\n`).join(''));
    return 2;
  }
}

function asText({ file, own, settings, warnings }: Loaded): string {
  const notes = warnings.map((warning) => `# ${warning}\n`).join('');
  if (own.has('print')) return `${notes}${stringify(masked(settings))}`;
  return `${notes}${file ?? 'The configuration'} is good\n`;
}

/** For programs: `errors` has one entry for each, in the order of the lines otherwise. */
function asJson(file: string | undefined, problems: readonly Problem[], warnings: readonly string[]): string {
  const errors = problems.map(({ message, path, origin }) => ({
    message,
    ...(path && { option: dotted(path) }),
    ...(origin?.kind === 'file' && { file: origin.file, line: origin.line, column: origin.column }),
    ...(origin && origin.kind !== 'file' && { [origin.kind]: origin.name }),
  }));
  return `${JSON.stringify({ good: errors.length === 0, ...(file !== undefined && { file }), errors, warnings }, null, 2)}\n`;
}

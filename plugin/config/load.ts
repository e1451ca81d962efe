import { ChatroomsError } from '../../lib/util/errors.js';
import { webhookSettings } from '../events/webhooks/webhook-options.js';
import { parseOptions } from '../options/parse-options.js';
import { readArgv, type OwnFlags } from './argv.js';
import type { Config } from './config.js';
import { readEnvironment } from './environment.js';
import { readConfigFile } from './file.js';
import { problemsOf } from './issues.js';
import { ConfigError, position, type Problem } from './problems.js';
import { applyRules } from './rules.js';
import { configSchema, type Settings } from './schema.js';
import { readSecrets } from './secrets.js';
import { Sources } from './sources.js';
import { toConfig } from './to-config.js';
import type { Path } from './tree.js';

export interface LoadOptions {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
  /** The command, of which `--help` lists the flags. @defaultValue `'serve'` */
  command?: string;
  /** Flags of it that say nothing about the configuration. @defaultValue none */
  own?: OwnFlags;
  /** One word, which is no flag, is the configuration file. @defaultValue `false` */
  fileAsWord?: boolean;
}

export interface Loaded {
  config: Config;
  /** The same as it would stand in a file, with every default and secret. */
  settings: Settings;
  /** Which file it came from, if any. */
  file: string | undefined;
  /** What would better be otherwise, one line each. */
  warnings: readonly string[];
  sources: Sources;
  /** Values of the command's own flags; `''` for those that stand alone. */
  own: ReadonlyMap<string, string>;
}

/**
 * Reads flags, environment and file, the first being the strongest; opens nothing but files with text.
 *
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig({ argv, env, command = 'serve', own = {}, fileAsWord = false }: LoadOptions): Loaded {
  const flags = readArgv(argv, command, { config: 'value', ...own }, fileAsWord ? 1 : 0);
  const environment = readEnvironment(env);
  const [word] = flags.words;
  const flag = flags.own.get('config');
  const file = word ?? flag ?? environment.file;
  const by = flag === undefined ? 'CHATROOM_CONFIG' : '--config';
  const read = file === undefined ? undefined : readConfigFile(file, word === undefined ? by : undefined);
  const sources = new Sources([...(read ? [read.layer] : []), ...environment.layers, flags.layer]);
  const { tree, problems, warnings } = readSecrets(sources);
  const parsed = configSchema.safeParse(tree);
  const found = [
    ...flags.problems,
    ...environment.problems,
    ...(read?.problems ?? []),
    ...problems,
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, tree, sources)),
  ];
  // What is wrong by itself would be told again as what another option misses.
  if (parsed.success && found.length === 0) found.push(...applyRules(parsed.data, sources));
  refuse(inOrder(found));
  const settings = parsed.data as Settings;
  const config = toConfig(settings);
  refuse(problemsOfOptions(config, sources));
  return { config, settings, file, warnings, sources, own: flags.own };
}

function refuse([first, ...others]: readonly Problem[]): void {
  if (first) throw new ConfigError([first, ...others]);
}

const place = ({ origin }: Problem): [line: number, column: number] =>
  origin?.kind === 'file' ? [origin.line, origin.column] : [0, 0];

/** What is wrong in the file from its top to its end, after all else. */
function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((one, other) => {
    const [[line, column], [otherLine, otherColumn]] = [place(one), place(other)];
    return line - otherLine || column - otherColumn;
  });
}

/** What only those find who get the options, such as a factory in a domain that is not ours. */
function problemsOfOptions({ chatrooms, webhooks }: Config, sources: Sources): Problem[] {
  return [
    ...refusal(() => parseOptions(chatrooms), sources),
    ...webhooks.flatMap((webhook, index) => refusal(() => webhookSettings(webhook), sources, ['webhooks', index])),
  ];
}

/** @param path what is checked. @defaultValue what the error names */
function refusal(check: () => unknown, sources: Sources, path?: Path): Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof ChatroomsError)) throw error;
    const message = error.message.replace(/\.$/, '');
    // It is worded `Option KEY: …`.
    const [named, key] = /^Option ([\w.]+)/.exec(message) ?? [''];
    const about = path ?? key?.split('.');
    const origin = about && sources.origin(about);
    const place = origin?.kind === 'file' ? ` (${position(origin)})` : '';
    return [{ message: named ? message.replace(named, named + place) : message + place, path: about, origin }];
  }
}

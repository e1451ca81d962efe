import { didYouMean } from '../../config/nearest.js';
import { UsageError } from '../../config/problems.js';
import { ACCESS_FLAGS, ACCESS_HELP, type ApiAccess, apiAccess } from '../api-client.js';
import { readArguments } from '../arguments.js';
import { type Command, COMMANDS, type Flag, type Flags } from './commands.js';

export interface RoomsOptions {
  command: Command;
  /** What stands behind it. */
  args: readonly string[];
  flags: Flags;
  access: ApiAccess;
  /** Answers as JSON, as the API gives them. */
  json: boolean;
}

const ARGUMENTS = {
  ...ACCESS_FLAGS,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  reason: { type: 'string' },
  until: { type: 'string' },
  to: { type: 'string' },
  subject: { type: 'string' },
  type: { type: 'string' },
  limit: { type: 'string' },
  before: { type: 'string' },
  since: { type: 'string' },
  set: { type: 'string', multiple: true },
} as const;

const usageOf = ([name, { args }]: [string, Command]): string => `${name} ${args.join(' ')}`.trim();

const WIDTH = Math.max(...Object.entries(COMMANDS).map((entry) => usageOf(entry).length)) + 3;

export const HELP = `drachtio-chatroom rooms: what goes on in a server that runs

${Object.entries(COMMANDS)
  .map((entry) => `  ${usageOf(entry).padEnd(WIDTH)}${entry[1].help}`)
  .join('\n')}

A ROOM is its name in the first domain, or its URI; WHO a nickname or a URI.

${ACCESS_HELP}  --json                 what the API answers, for programs

Exits with 0 when it was done, 1 when it was not, and 2 when it was not said rightly.
`;

/**
 * Reads the command line behind `rooms`.
 *
 * @returns `'help'` when help was asked for
 * @throws UsageError
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): RoomsOptions | 'help' {
  const { values, positionals } = readArguments({ args: [...argv], options: ARGUMENTS, allowPositionals: true });
  if (values.help) return 'help';
  const [name, ...args] = positionals;
  if (name === undefined) throw new UsageError('what about rooms? `rooms list` lists them');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`there is no rooms ${name}${didYouMean(name, Object.keys(COMMANDS))}`);
  const { url, 'token-file': tokenFile, json = false, help: _, ...flags } = values;
  for (const flag of Object.keys(flags)) {
    if (!command.flags?.includes(flag as Flag)) throw new UsageError(`rooms ${name} takes no --${flag}`);
  }
  checkCount(name, command, args);
  return { command, args, flags, access: apiAccess({ url, 'token-file': tokenFile }, env), json };
}

/** `[ROOM]` may be left out, of `URI…` there may be several. */
function checkCount(name: string, { args: wanted }: Command, args: readonly string[]): void {
  const least = wanted.filter((each) => !each.startsWith('[')).length;
  const most = wanted.at(-1)?.endsWith('…') ? Number.POSITIVE_INFINITY : wanted.length;
  if (args.length < least) throw new UsageError(`rooms ${name} needs ${wanted.slice(args.length).join(' ')}`);
  if (args.length > most) throw new UsageError(`"${args[most]}" is one too many; quote a text that has spaces`);
}

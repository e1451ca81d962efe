/** What `--help` says of the flags. */
import { FLAG_NAMES, FLAGS } from './flags.js';

/** Where what a flag is for begins, and where its default does. */
const [TEXT, FALLBACK] = [26, 78];

function lines(flag: string, [value, text, fallback = '']: readonly [string, string, string?]): string[] {
  const name = `  --${flag}${value && ` ${value}`}`;
  // Two blanks at least, also where that moves the column.
  const [first = '', ...rest] = text.split('\n');
  const begin = `${name.padEnd(TEXT - 2)}  ${first}`;
  return [
    fallback ? `${begin.padEnd(FALLBACK - 2)}  ${fallback}` : begin,
    ...rest.map((line) => `${' '.repeat(TEXT)}${line}`),
  ];
}

/** A line or two of each flag. */
export const FLAGS_HELP = FLAG_NAMES.filter((name) => !FLAGS[name].variableOnly)
  .flatMap((name) => lines(name, FLAGS[name].help))
  .join('\n');

export const ENVIRONMENT_HELP = `\
Each flag can be given as CHATROOM_<FLAG> in the environment, e.g. CHATROOM_SIP_WS; the token of the API is
CHATROOM_HTTP_TOKEN. Flags win over the environment, that over the file, that over the defaults.`;

export const SERVE_HELP = `drachtio-chatroom serve: chat rooms for SIP networks

${lines('config', ['FILE', 'configuration in YAML or JSON; docs/configuration.md', '$CHATROOM_CONFIG, else none']).join('\n')}
${FLAGS_HELP}

${ENVIRONMENT_HELP}
`;

/** Whether a command line asks for help, whatever else is on it. */
export const wantsHelp = (argv: readonly string[]): boolean => argv.includes('--help') || argv.includes('-h');

/** The log of `serve`, in which nobody but the program begins a line. */
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '../../lib/util/log.js';

export interface LogOptions {
  /** `info` and the other levels of pino, or `silent`. */
  logLevel: string;
  /** @defaultValue `'pretty'` on a terminal, else `'json'` */
  logFormat: 'json' | 'pretty' | undefined;
}

/** What JSON writes escaped. */
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const C0 = /[\u0000-\u001f]/g;

/** What it does not, and yet steers a terminal, ends a line, or turns around what stands next to it. */
const UNESCAPED = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** An Error has no fields of its own that JSON would write. Those of other threads come without their class. */
const plain = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const { message, stack } = error;
  return { message, ...('code' in error && { code: error.code }), stack };
};

/**
 * What peers wrote gets into the log in fields and in the messages of errors. It comes out escaped in both formats, so that
 * every line is one that the program wrote, and a terminal shows it as it is.
 */
export function createLog({ logLevel, logFormat }: LogOptions, stderr: NodeJS.WritableStream): Logger {
  const terminal = 'isTTY' in stderr && stderr.isTTY === true;
  const isJson = logFormat === 'json' || (logFormat === undefined && !terminal);
  const pretty = prettyFactory({
    colorize: terminal,
    ignore: 'pid,hostname',
    // These two it would print as they are.
    messageFormat: ({ msg }) => (typeof msg === 'string' ? msg.replace(C0, escaped) : ''),
    errorLikeObjectKeys: [],
  });
  const write = (line: string): void => {
    stderr.write((isJson ? line : pretty(line)).replace(UNESCAPED, escaped));
  };
  return pino({ level: logLevel, serializers: { error: plain } }, { write });
}

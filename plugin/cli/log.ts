/** The log of `serve`, in which nobody but the program begins a line. */
import { type Logger as Pino, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Logger } from '../../lib/util/log.js';

export interface LogOptions {
  /** `info` and the other levels of pino, or `silent`. */
  logLevel: string;
  /** @defaultValue `'pretty'` on a terminal, else `'json'` */
  logFormat: 'json' | 'pretty' | undefined;
}

/** A log whose options can change. */
export interface ProgramLog extends Logger {
  /** From the next line on, for its children too. */
  adjust(options: LogOptions): void;
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
export function createLog(options: LogOptions, stderr: NodeJS.WritableStream): ProgramLog {
  const terminal = 'isTTY' in stderr && stderr.isTTY === true;
  const wantsJson = ({ logFormat }: LogOptions): boolean =>
    logFormat === 'json' || (logFormat === undefined && !terminal);
  let isJson = wantsJson(options);
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
  const children = new Set<Pino>();
  const log = pino(
    // A child has a level of its own from then on. There is one for each part, not for each session.
    { level: options.logLevel, serializers: { error: plain }, onChild: (child) => void children.add(child) },
    { write },
  );
  const adjust = (next: LogOptions): void => {
    isJson = wantsJson(next);
    for (const each of [log, ...children]) each.level = next.logLevel;
  };
  return Object.assign(log, { adjust });
}

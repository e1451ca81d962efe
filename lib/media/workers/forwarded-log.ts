import type { Logger } from '../../util/log.js';
import type { Level, PlainError } from './to-focus.js';

/** Who takes a record; false when there are too many under way. */
export type Forward = (level: Level, fields: object, message: string | undefined) => boolean;

/** A logger whose records are written in another thread: fields are made plain; how many were lost on the way is said. */
export function forwardedLog(forward: Forward): Logger {
  let lost = 0;
  const write =
    (level: Level) =>
    (fields: object, message?: string): void => {
      if (lost > 0 && forward('warn', { records: lost }, 'log records lost between threads')) lost = 0;
      if (!forward(level, plainFields(fields), message)) lost++;
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** The error without its class; the fields that Node adds too. */
export function plainError(error: unknown): PlainError {
  const { message, code, listener, address, port } = (error ?? {}) as Partial<PlainError>;
  return { message: message ?? String(error), code, listener, address, port };
}

const plainFields = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));

function plain(value: unknown): unknown {
  if (value instanceof Error) return { ...plainError(value), stack: value.stack };
  // No method, and nothing with methods, can cross.
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

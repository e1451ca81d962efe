import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest } from '../config/nearest.js';
import { UsageError } from '../config/problems.js';

/**
 * `parseArgs` of Node, for commands with a few flags of their own; those of `serve` are read by `config/argv`.
 *
 * @throws UsageError that names the flag that is unknown or has no value
 */
export function readArguments<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // Node's text names the flag; its further sentences, about "--", only confuse here.
    const [message] = (error as Error).message.split('. ', 1);
    const [, unknown] = /^Unknown option '--([^']+)'$/.exec(message) ?? [];
    const meant = unknown === undefined ? undefined : nearest(unknown, Object.keys(config.options ?? {}));
    throw new UsageError(meant === undefined ? message : `${message}; there is --${meant}`, { cause: error });
  }
}

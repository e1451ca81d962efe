import { inspect } from 'node:util';
import { type Logger, silent } from '../lib/util/log.js';
import { isLogger } from './options/parse-options.js';

/** Different defects that are told of without a logger; each once, as a peer may be able to bring one about again and again. */
const MAX_WARNINGS = 100;

/**
 * Says nothing until it is shown the logger of the application that the rooms are attached to; only defects, such as a
 * listener of the program that throws, would then be missed by everybody, and become warnings of the process.
 */
export class AdoptedLogger implements Logger {
  #logger: Logger = silent;
  readonly #warned = new Set<string>();

  /** Whatever an application keeps as `srf.locals.logger`; what is no logger, or comes second, is left alone. */
  adopt(logger: unknown): void {
    if (this.#logger === silent && isLogger(logger)) this.#logger = logger;
  }

  debug(fields: object, message?: string): void {
    this.#logger.debug(fields, message);
  }

  info(fields: object, message?: string): void {
    this.#logger.info(fields, message);
  }

  warn(fields: object, message?: string): void {
    this.#logger.warn(fields, message);
  }

  error(fields: object, message?: string): void {
    if (this.#logger === silent) this.#warnOnce(fields, message);
    else this.#logger.error(fields, message);
  }

  #warnOnce(fields: object, message = 'failed'): void {
    const error: unknown = Reflect.get(fields, 'error');
    const told = `${message}: ${typeof error === 'string' ? error : inspect(error ?? fields)}`;
    if (this.#warned.has(told) || this.#warned.size >= MAX_WARNINGS) return;
    this.#warned.add(told);
    process.emitWarning(`${told}\nGive chatrooms() a logger to have all of them.`, 'ChatroomsWarning');
  }
}

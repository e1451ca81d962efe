/** What the library asks of a logger; pino, winston and console adapters fit. */
export interface Logger {
  trace?(fields: object, message?: string): void;
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
  child?(bindings: object): Logger;
}

const nothing = (): void => {};

/** Says nothing; the default of the library. */
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

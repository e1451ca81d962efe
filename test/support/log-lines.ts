import type { Logger } from '../../lib/util/log.js';

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  fields: Record<string, unknown>;
  message: string;
}

/** A logger that keeps what it is told. */
export class LogLines {
  readonly lines: LogLine[] = [];

  readonly logger: Logger = {
    debug: (fields, message) => this.#add('debug', fields, message),
    info: (fields, message) => this.#add('info', fields, message),
    warn: (fields, message) => this.#add('warn', fields, message),
    error: (fields, message) => this.#add('error', fields, message),
  };

  #add(level: LogLine['level'], fields: object, message = ''): void {
    this.lines.push({ level, fields: { ...fields }, message });
  }
}

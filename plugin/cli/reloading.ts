/** What `serve` makes of a configuration that was read again. */
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import { ProblemError } from '../api/problem.js';
import { compare, inForce } from '../config/changes.js';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/problems.js';
import type { Settings } from '../config/schema.js';
import { type ReloadResult, resultOf } from '../reload/library.js';
import type { LogOptions } from './log.js';

/** What holds when `wanted` was read after `now`: of what needs a restart, what held before. */
export function reloaded(now: Settings, wanted: Settings): { settings: Settings; result: ReloadResult } {
  const [before, after] = [plain(now), plain(wanted)];
  const changes = compare(before, after);
  return { settings: inForce(before, after, changes), result: resultOf(changes) };
}

/** `true` is a page with nothing said of it, so that its title can change. */
const plain = (settings: Settings): Settings =>
  settings.http.web === true ? { ...settings, http: { ...settings.http, web: {} } } : settings;

export const logOptions = ({ log }: Config): LogOptions => ({ logLevel: log.level, logFormat: log.format });

/** One line for all that holds now, one for each option that waits. */
export function logReload(log: Logger, { applied, restart }: ReloadResult): void {
  log.info({ applied }, 'configuration reloaded');
  if (restart.length > 0) log.warn({ restart }, 'these options hold from the next start on');
}

/** One line for each thing that is wrong. */
export function logRefusal(log: Logger, error: unknown): void {
  for (const reason of reasonsOf(error))
    log.error({ error: reason }, 'configuration not reloaded, nothing has changed');
  if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_TLS_CERTIFICATE') {
    log.error({ error: error.message }, 'TLS certificate not replaced');
  }
}

/** @throws ProblemError for what the operator can mend */
export function refuseReload(error: unknown): never {
  if (error instanceof ConfigError || error instanceof ChatroomsError) {
    const errors = reasonsOf(error);
    if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_DRAINING') throw error;
    const code = error instanceof ChatroomsError ? error.code : 'CHAT_ERR_OPTION';
    throw new ProblemError(422, code, errors[0], { errors, cause: error });
  }
  throw error;
}

const reasonsOf = (error: unknown): string[] =>
  error instanceof ConfigError
    ? error.problems.map(({ message }) => message)
    : [error instanceof Error ? error.message : String(error)];

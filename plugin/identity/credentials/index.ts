import type { Clock } from '../../../lib/util/clock.js';
import type { Logger } from '../../../lib/util/log.js';
import type { DigestOptions } from '../../options/options.js';
import { FileSource } from './file.js';
import { LookupSource } from './lookup.js';
import { type CredentialSource, TimedSource } from './source.js';
import { SqlSource } from './sql.js';

export type { CredentialSource } from './source.js';

/**
 * The users that `digest` names; undefined when it names none.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function credentialSource(
  { file, lookup, sql }: DigestOptions,
  clock: Clock,
  log: Logger,
): CredentialSource | undefined {
  if (file !== undefined) return new TimedSource(new FileSource(file, log), clock, log);
  if (lookup) return new TimedSource(new LookupSource(lookup), clock, log);
  if (sql) return new TimedSource(new SqlSource(sql, log), clock, log);
  return undefined;
}

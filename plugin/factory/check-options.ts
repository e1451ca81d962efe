import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { ChatroomSettings } from '../options/options.js';

/**
 * Refuses a factory whose rooms nobody could call: they are in its domain.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function checkFactoryOption({ factory, domain }: Pick<ChatroomSettings, 'factory' | 'domain'>): void {
  if (typeof domain === 'function') return;
  const hosts = new Set(domain.map((host) => host.toLowerCase()));
  const elsewhere = factory.find((name) => {
    const host = parseUri(name)?.host.toLowerCase();
    return host !== undefined && !hosts.has(host);
  });
  if (elsewhere === undefined) return;
  throw new ChatroomsError('CHAT_ERR_OPTION', `Option factory: ${elsewhere} is in no domain of option domain.`);
}

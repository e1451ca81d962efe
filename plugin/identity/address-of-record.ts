import { formatUri, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { ownText } from '../../lib/util/own-text.js';

/** RFC 3261 §19.1.1: the user part is a telephone number; without the parameter it might be the name of somebody. */
const PHONE = new Map([['user', 'phone']]);

/**
 * The URI without headers, password and parameters other than the `user=phone` of a number, host in lower case (RFC 3261
 * §19.1.4).
 *
 * @throws ChatroomsError `CHAT_ERR_SIP_FROM` with `sipStatus` 400 for what is neither a SIP nor a tel URI
 */
export function addressOfRecord(uri: string): string {
  const parsed = parseUri(uri);
  if (parsed) {
    const user = parsed.user?.split(':', 1)[0];
    const host = parsed.host.toLowerCase();
    const isPhone = parsed.params.get('user')?.toLowerCase() === 'phone' && user?.startsWith('+');
    return ownText(formatUri({ ...parsed, user, host, params: isPhone ? PHONE : new Map(), headers: undefined }));
  }
  if (/^tel:\+?[\w().*#-]+(?:;|$)/i.test(uri)) return ownText(uri.split(';', 1)[0].toLowerCase());
  throw badAddress(`${JSON.stringify(uri.slice(0, 100))} is neither a SIP nor a tel URI.`);
}

/** Whether nobody can be called under the URI (RFC 3323 §4.1.1.3), or its user part says that it hides. */
export function isAnonymous(uri: string): boolean {
  const parsed = parseUri(uri);
  if (!parsed) return false;
  return parsed.host.toLowerCase().endsWith('.invalid') || /^anonymous$/i.test(parsed.user ?? '');
}

export const badAddress = (what: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_SIP_FROM', what, { sipStatus: 400 });

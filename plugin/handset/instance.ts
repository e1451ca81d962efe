import { param, parseNameAddrs, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { header } from '../header-values.js';

/** Characters of the longest name of a device that is kept. */
const MAX_INSTANCE = 255;

/**
 * Which device a message comes from (JOIN-08): `+sip.instance` of its Contact (RFC 5626 §4.1), "else same Contact host"; null
 * when neither tells.
 *
 * @param isHandset of others a host says little: that of a proxy, or of a NAT behind which there are two devices of a user
 */
export function instanceOf(message: Pick<SipRequest, 'get'>, isHandset: boolean): string | null {
  const [contact] = parseNameAddrs(header(message, 'Contact', 'm') ?? '');
  if (!contact) return null;
  const instance = param(contact.params, '+sip.instance');
  if (instance !== undefined && instance !== '') return instance.slice(0, MAX_INSTANCE).toLowerCase();
  return isHandset ? (parseUri(contact.uri)?.host.toLowerCase() ?? null) : null;
}

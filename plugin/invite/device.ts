/** Which device is at the other end of a dialog (JOIN-08). */
import { param, parseNameAddr, parseUri } from '../../lib/embedded-drachtio/message/index.js';
import { header } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/**
 * `+sip.instance` of the Contact (RFC 5626 §4.1), else with `byHost` the Contact's host; null when neither tells.
 *
 * By its address a device is known in networks of handsets only: elsewhere several share that of a proxy, or of a home.
 */
export function deviceOf(message: Pick<SipRequest, 'get'>, byHost: boolean): string | null {
  const contact = parseNameAddr(header(message, 'Contact', 'm') ?? '');
  if (!contact) return null;
  const instance = param(contact.params, '+sip.instance');
  // RFC 8141 §3.1: of a URN all letters of a UUID are the same in either case.
  if (instance !== undefined && instance !== '') return instance.toLowerCase();
  const host = byHost ? parseUri(contact.uri)?.host : undefined;
  return host === undefined ? null : host.toLowerCase();
}

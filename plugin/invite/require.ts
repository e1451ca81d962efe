import { header, SUPPORTED, TOKEN, tokens } from '../sip/header-values.js';
import { LIST_TAG, namesRecipients } from '../lists/recipient-list.js';
import type { Reply } from '../drachtio/srf-adapter.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** Tags that ask nothing of who answers an INVITE (FAC-06); not offered, and yet no reason to refuse. */
const NO_MATTER: ReadonlySet<string> = new Set(['path', 'gruu']);

/**
 * Why an INVITE or UPDATE is refused for what it requires; undefined when all of it is understood. drachtio does not look
 * (DRA-07).
 *
 * @param takesLists it was sent to a factory, and begins a dialog
 */
export function notUnderstood(req: SipRequest, takesLists: boolean): { status: number; reply: Reply } | undefined {
  const required = tokens(header(req, 'Require'));
  if (!required.every((tag) => TOKEN.test(tag))) return { status: 400, reply: { reason: 'Bad Require' } };
  // FAC-06, RFC 3261 §8.2.2.3: "MUST respond … with status code 420 (Bad Extension). The UAS MUST add an Unsupported header
  // field, and list in it those options it does not understand".
  const unsupported = new Set(required.filter((tag) => !SUPPORTED.has(tag) && !NO_MATTER.has(tag)));
  if (takesLists) unsupported.delete(LIST_TAG);
  // FAC-05, RFC 5366 §5: lists are for what makes conferences. Who was told that only by the part of the body hears it too:
  // its handling is required (RFC 3261 §20.11).
  else if (namesRecipients(req)) unsupported.add(LIST_TAG);
  if (unsupported.size === 0) return undefined;
  return { status: 420, reply: { headers: { Unsupported: [...unsupported].join(', ') } } };
}

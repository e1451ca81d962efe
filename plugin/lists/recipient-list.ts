/** The list of recipients in the body of a request (RFC 5363, RFC 5366). */
import { ChatroomsError } from '../../lib/util/errors.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { header, tokens } from '../sip/header-values.js';
import { type BodyPart, bodyParts } from '../sip/multipart.js';
import { type ListEntry, parseResourceLists } from './resource-lists.js';

/** Option tag of RFC 5366 §3. */
export const LIST_TAG = 'recipient-list-invite';

/** Content-Type of a list. */
export const LIST_TYPE = 'application/resource-lists+xml';

/** Content-Disposition of a list of recipients (RFC 5363 §9.1). */
const DISPOSITION = 'recipient-list';

type Body = Pick<SipRequest, 'body' | 'get'>;

/** Whether the body says in so many words that it names recipients. */
export const namesRecipients = (req: Body): boolean => lists(req).some(isMarked);

/**
 * Whom an INVITE to a factory names; none without a list.
 *
 * @throws ChatroomsError `CHAT_ERR_RESOURCE_LIST` with `sipStatus` 400 for a list that cannot be read, or none where Require
 * promises one
 */
export function recipientsIn(req: Body): ListEntry[] {
  const found = lists(req);
  const marked = found.filter(isMarked);
  // FAC-04: with or without the tag in Require, and where there is no other also without a Content-Disposition.
  const only = found.length === 1 && found[0].header('Content-Disposition') === undefined ? found : [];
  const parts = marked.length > 0 ? marked : only;
  if (parts.length === 0 && tokens(header(req, 'Require')).includes(LIST_TAG)) {
    throw unusable(`${LIST_TAG} is required, and no part of the body is a ${DISPOSITION}`);
  }
  return parts.flatMap(({ text }) => {
    if (text === undefined) throw unusable('its Content-Transfer-Encoding is not known');
    return parseResourceLists(text);
  });
}

const isMarked = (part: BodyPart): boolean => part.header('Content-Disposition') === DISPOSITION;

function lists(req: Body): BodyPart[] {
  const { body } = req;
  const contentType = header(req, 'Content-Type', 'c') ?? '';
  if (body === undefined || !/^\s*multipart\//i.test(contentType)) return [];
  return bodyParts(contentType, body).filter((part) => part.header('Content-Type') === LIST_TYPE);
}

const unusable = (why: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_RESOURCE_LIST', `The list of recipients cannot be used: ${why}.`, { sipStatus: 400 });

import type { KeptMessage } from '../../lib/chat-server.js';
import { parseCpim } from '../../lib/cpim/index.js';
import { textOf } from '../hooks/text.js';
import type { PastMessage } from '../rooms-api.js';

/** A message that a room kept, as programs see it. */
export function pastMessage({
  id,
  time,
  from,
  nickname,
  contentType,
  body,
  size,
  messageId,
}: KeptMessage): PastMessage {
  const message: PastMessage = {
    id,
    time: new Date(time),
    from,
    ...(nickname !== null && { nickname }),
    contentType,
    body: null,
    size,
    ...(messageId !== null && { messageId }),
  };
  const parsed = body === null ? null : parseCpim(body);
  if (!body || !parsed?.ok) return message;
  message.body = body.subarray(parsed.contentOffset);
  const text = textOf(parsed.envelope, message.body);
  if (text !== undefined) message.text = text;
  return message;
}

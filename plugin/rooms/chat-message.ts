import { parseCpim } from '../../lib/cpim/index.js';
import type { SeenMessage } from '../../lib/focus-switch.js';
import type { ChatMessage } from '../rooms-api.js';

/** A message that the switch let through. */
export function chatMessage(seen: SeenMessage, nickname?: string | null): ChatMessage {
  const message: ChatMessage = {
    endpoint: seen.endpoint,
    from: seen.from,
    ...(nickname && { nickname }),
    contentType: seen.contentType,
    body: null,
    private: seen.to !== null,
    size: seen.size,
  };
  const parsed = seen.body === null ? null : parseCpim(seen.body);
  if (!seen.body || !parsed?.ok) return message;
  message.body = seen.body.subarray(parsed.contentOffset);
  if (seen.contentType.startsWith('text/')) message.text = message.body.toString('utf8');
  return message;
}

import type { Envelope } from './envelope.js';
import { formatAddress } from './serializer.js';

/**
 * The header bytes of an envelope with another URI in its first To; every other byte stays. RFC 3862 §2.2 forbids this in
 * transit (3862-2.2-04): it is for receivers that show a room's message as a private one unless To is the URI that
 * they dialled themselves.
 *
 * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when the URI cannot stand in a header
 */
export function withTo(envelope: Envelope, uri: string): Buffer {
  const { headerBytes, toLine } = envelope;
  if (toLine < 0) return headerBytes;
  let start = 0;
  for (let line = 0; line < toLine; line++) start = headerBytes.indexOf('\r\n', start) + 2;
  const end = headerBytes.indexOf('\r\n', start);
  // An address ends with its URI in angle brackets, and a URI has none inside.
  const open = headerBytes.lastIndexOf('<', end);
  const address = Buffer.from(formatAddress({ name: null, uri }));
  return Buffer.concat([headerBytes.subarray(0, open), address, headerBytes.subarray(end)]);
}

import type { Envelope, OtherHeader } from './envelope.js';
import { formatAddress, serializeCpim } from './serializer.js';

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

/** MIME headers that are about the octets of a content, and not true of another. */
const OF_THE_OCTETS = new Set(['content-type', 'content-length', 'content-transfer-encoding', 'content-md5']);

const isNamed = (header: OtherHeader): header is OtherHeader & { namespace: string } => header.namespace !== null;

/**
 * A message with the headers of `envelope` and other content, written anew. RFC 3862 §2.2 forbids that in transit
 * (3862-2.2-04): it is for rooms whose program wants it so.
 *
 * @param contentType with its parameters
 * @param to in place of the To it has; @defaultValue that one
 * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when a header of it was read but may not be written
 */
export function withText(
  envelope: Envelope,
  { contentType, text, to }: { contentType: string; text: string; to?: string },
): Buffer {
  return serializeCpim({
    from: envelope.from ?? { name: null, uri: '' },
    to: to === undefined ? envelope.to : [{ name: null, uri: to }],
    cc: envelope.cc,
    dateTime: envelope.dateTime ?? undefined,
    subject: envelope.subject,
    require: envelope.require,
    other: envelope.other.filter(isNamed),
    contentType,
    contentHeaders: envelope.contentHeaders.filter(({ name }) => !OF_THE_OCTETS.has(name.toLowerCase())),
    content: text,
  });
}

/** The text of a content, as its receivers will read it. */
import { contentHeaderValue, type Envelope } from '../../lib/cpim/index.js';

/** RFC 2045 §6.2: these leave the octets as they are. */
const AS_THEY_ARE: ReadonlySet<string> = new Set(['', '7bit', '8bit', 'binary']);

/** Undefined for a type that is no text, and for a charset or encoding that is not known. */
export function textOf(envelope: Envelope, content: Buffer): string | undefined {
  if (!envelope.contentType.startsWith('text/')) return undefined;
  const encoding = (contentHeaderValue(envelope, 'Content-Transfer-Encoding') ?? '').trim().toLowerCase();
  if (!AS_THEY_ARE.has(encoding) && encoding !== 'base64') return undefined;
  const octets = encoding === 'base64' ? Buffer.from(content.toString('latin1'), 'base64') : content;
  const type = contentHeaderValue(envelope, 'Content-Type') ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(octets);
  } catch {
    // A label that is none of the Encoding Standard.
    return undefined;
  }
}

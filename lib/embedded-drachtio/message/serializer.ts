import { isHeaderValue } from './grammar.js';
import { canonicalName } from './headers.js';
import type { SipMessage } from './message.js';

/**
 * The bytes of a message, header names in their usual spelling. Content-Length is computed, whatever the header list
 * says. A header value with control characters is the caller's mistake: use `isHeaderValue` on foreign input.
 *
 * @throws TypeError for such a value, so that it cannot reach the wire.
 */
export function serialize(message: SipMessage): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  if (!isHeaderValue(head.slice(0, -2))) throw new TypeError('control characters in the start line');
  for (const [name, value] of message.headers) {
    const canonical = canonicalName(name);
    if (canonical === 'Content-Length') continue;
    if (!isHeaderValue(value)) throw new TypeError(`control characters in header ${canonical}`);
    head += `${canonical}: ${value}\r\n`;
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  const text = Buffer.from(head, 'utf8');
  return message.body.length === 0 ? text : Buffer.concat([text, message.body]);
}

const written = new WeakMap<SipMessage, Buffer>();

/** As `serialize`, of a message that nobody changes any more: it goes to the network, to the application, and again. */
export function serializeOnce(message: SipMessage): Buffer {
  let bytes = written.get(message);
  if (!bytes) {
    bytes = serialize(message);
    written.set(message, bytes);
  }
  return bytes;
}

/**
 * Lexical rules of message/cpim (RFC 3862 §2.3, §3).
 *
 *   Header      = Header-name ":" *( ";" Parameter ) SP Header-value CRLF
 *   Header-name = [ Name-prefix "." ] Name
 *   Escape      = "\" ( "u" 4(HEXDIG) / "b" / "t" / "n" / "r" / DQUOTE / "'" / "\" )
 *
 *   NAMECHAR    = %x21 / %x23-27 / %x2a-2b / %x2d / %x5e-60 / %x7c / %x7e / ALPHA / DIGIT
 *
 * One reading is ours: UTF-8 follows RFC 3629, as §3.6 recommends for writers; its ABNF has the older, longer forms.
 */

/** Namespace of headers without prefix until an `NS: <uri>` header changes it (RFC 3862 §4). */
export const CORE_NAMESPACE = 'urn:ietf:params:cpim-headers:';

/** Namespace of the instant message disposition headers (RFC 5438 §6). */
export const IMDN_NAMESPACE = 'urn:ietf:params:imdn';

/** P-CPIM-01: bytes of one header block, without the blank line that ends it. */
export const MAX_HEADER_BYTES = 16_384;

/** P-CPIM-01: header lines of one block. */
export const MAX_HEADER_LINES = 128;

/** 3862-3-01: one name, without prefix. */
const NAME = /^[A-Za-z0-9!#$%&'*+\-^_`|~]+$/;

export const isName = (text: string): boolean => NAME.test(text);

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', r: '\r' };

/**
 * Undoes the escapes of a header value. 3862-2.3-02: an unknown escape stands for the character behind the backslash
 * and a final lone backslash is dropped; two `\u` escapes may form one surrogate pair.
 */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|([^]))?/g, (_whole, hex?: string, char?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return char === undefined ? '' : (SIMPLE_ESCAPES[char] ?? char);
  });
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** 3862-2.3-01: escapes what may not stand raw in a header value, and nothing else. */
export function escapeText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the controls are what has to be found
  return text.replace(/[\\\u0000-\u001f\u007f]/g, (char) => {
    return ESCAPED[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** 3862-2.3-01: a quoted string; inside double quotes the double quote is escaped too. */
export const quote = (text: string): string => `"${escapeText(text).replaceAll('"', '\\"')}"`;

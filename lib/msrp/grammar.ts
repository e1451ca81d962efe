/**
 * Lexical rules of RFC 4975 §9, with the deviations argued.
 *
 *     ident       = ALPHANUM 3*31ident-char          ; transact-id and Message-ID
 *     ident-char  = ALPHANUM / "." / "-" / "+" / "%" / "="
 *     hname       = ALPHA *token
 *     end-line    = "-------" transact-id continuation-flag CRLF
 *     continuation-flag = "+" / "$" / "#"
 *
 * Deviations: a method is any RFC 3261 token, so that an unknown one (`FILE_OFFSET`, `send`) gets its 501 instead of
 * a 400; UTF-8 follows RFC 3629 although the ABNF still lists the longer forms (4975-9-12).
 */

const IDENT_FIRST = 1;
const IDENT = 2;
const TOKEN = 4;
const ALPHA = 8;
const SESSION = 16;

const CLASSES = new Uint8Array(256);
const mark = (characters: string, bits: number): void => {
  for (const c of characters) CLASSES[c.charCodeAt(0)] |= bits;
};
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
mark(LETTERS, IDENT_FIRST | IDENT | TOKEN | ALPHA | SESSION);
mark('0123456789', IDENT_FIRST | IDENT | TOKEN | SESSION);
mark('.-+%=', IDENT);
mark("!#$%&'*+-.^_`|~", TOKEN);
mark('-._~+=/', SESSION);

export const isIdentFirst = (byte: number): boolean => (CLASSES[byte] & IDENT_FIRST) !== 0;
export const isIdentByte = (byte: number): boolean => (CLASSES[byte] & IDENT) !== 0;
export const isTokenByte = (byte: number): boolean => byte < 256 && (CLASSES[byte] & TOKEN) !== 0;
export const isAlpha = (byte: number): boolean => byte < 256 && (CLASSES[byte] & ALPHA) !== 0;
/** A byte of an MSRP URI's session-id: unreserved / "+" / "=" / "/". */
export const isSessionIdByte = (byte: number): boolean => byte < 256 && (CLASSES[byte] & SESSION) !== 0;
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

export const MIN_IDENT = 4;
export const MAX_IDENT = 32;

/** 4975-9-02, 4975-9-15: the grammar of transaction ids and Message-IDs, of at most `longest` characters. */
export function isIdent(text: string, longest = MAX_IDENT): boolean {
  if (text.length < MIN_IDENT || text.length > longest || !isIdentFirst(text.charCodeAt(0))) return false;
  for (let i = 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0xff || !isIdentByte(c)) return false;
  }
  return true;
}

export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) if (!isTokenByte(text.charCodeAt(i))) return false;
  return true;
}

/** Seven hyphens: what an end-line starts with (4975-7.1-02). */
export const END_LINE_HYPHENS = '-------';

/** Largest body of a request that is not SEND (RFC 4975 §9: non-SEND requests MUST NOT exceed 10240 octets). */
export const MAX_NON_SEND_BODY = 10_240;

/** A chunk with a larger body MUST be interruptible (RFC 4975 §5.1). */
export const INTERRUPTIBLE_ABOVE = 2048;

const CONTENT_TYPE = /^[!#$%&'*+\-.^_`|~\w]+\/[!#$%&'*+\-.^_`|~\w]+$/;

/** 4975-9-19: type "/" subtype *(";" name ["=" (token / quoted-string)]). */
export function isContentType(value: string): boolean {
  let rest = value;
  const semicolon = rest.indexOf(';');
  const type = (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  if (!CONTENT_TYPE.test(type)) return false;
  rest = semicolon < 0 ? '' : rest.slice(semicolon);
  while (rest.length > 0) {
    const parameter = PARAMETER.exec(rest);
    if (!parameter) return false;
    rest = rest.slice(parameter[0].length);
  }
  return true;
}

const PARAMETER =
  /^[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~\w]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[^"\\]|\\["\\])*"))?[ \t]*/;

/** Lower-case `type/subtype` without parameters. */
export function mediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

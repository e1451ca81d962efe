// Lexical rules of RFC 3261 §25.1 shared by the header parsers. Every function here is total: bad input gives
// `undefined` (or an empty list), never an exception, because all of it comes from the network.
//
//   token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;

export const isToken = (text: string): boolean => TOKEN.test(text);

/** Control characters that would end a line, or hide in one. Tab is legal linear white space. */
// oxlint-disable-next-line no-control-regex -- controls are what it looks for; a class by property takes several times as long
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

/** Whether `value` can stand in a header line as it is; a CR or LF would inject further header fields. */
export const isHeaderValue = (value: string): boolean => !CONTROL.test(value);

/** Parses 1*DIGIT no larger than `max`; anything else is undefined. */
export function parseDigits(text: string, max: number): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/**
 * Splits at `separator` outside quoted strings and angle brackets, trimming each part and dropping empty ones.
 * One pass; an unterminated quote or bracket runs to the end of the text.
 */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '<') bracketed = true;
    else if (c === '>') bracketed = false;
    else if (c === separator && !bracketed) {
      parts.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts.filter((part) => part !== '');
}

/** Removes the quotes and the backslashes of a quoted-string; a token is returned unchanged. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}

/** quoted-string = DQUOTE *(qdtext / quoted-pair) DQUOTE */
export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Splits `host [":" port]`, where host may be an IPv6 reference in brackets. */
export function parseHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]+)(?:\s*:\s*(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > 65_535) return undefined;
  return { host: match[1], port };
}

/** An address as it stands in a URI or a Via: IPv6 in brackets. */
export const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** The inverse of `bracketed`, as sockets want it. */
export const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host);

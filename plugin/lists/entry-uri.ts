/** What a URI says beside whom it names: `sip:X;method=BYE?Session-Replaces=1` (RFC 3261 §19.1.1). */

export interface EntryUri {
  /** Without headers and without the `method` parameter. */
  uri: string;
  /** In capitals. */
  method?: string;
  headers: Record<string, string>;
}

/**
 * FAC-18: headers that a URI may put into the INVITE to it, by their name in lower case. RFC 3261 §19.1.5: "An
 * implementation SHOULD NOT honor … obviously dangerous header fields"; all others are dropped.
 */
const ALLOWED: ReadonlyMap<string, string> = new Map([['session-replaces', 'Session-Replaces']]);

/** Characters of the longest value of such a header. */
const MAX_VALUE = 256;

/** Characters of the longest URI taken. */
const MAX_URI = 1024;

/** Takes a URI apart; undefined for what is none. Any scheme will do. */
export function entryUri(text: string): EntryUri | undefined {
  if (text.length > MAX_URI || !/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"\p{Cc}]+$/u.test(text)) return undefined;
  // The user part of a SIP URI may hold `?` and `;` too, but no `@`.
  const afterUser = /^sips?:/i.test(text) ? text.indexOf('@') + 1 : 0;
  const question = text.indexOf('?', afterUser);
  const address = question === -1 ? text : text.slice(0, question);
  const semicolon = address.indexOf(';', afterUser);
  const parameters = semicolon === -1 ? [] : address.slice(semicolon + 1).split(';');
  const kept = parameters.filter((parameter) => !isMethod(parameter));
  const uri = [semicolon === -1 ? address : address.slice(0, semicolon), ...kept].join(';');
  const headers = question === -1 ? [] : text.slice(question + 1).split('&');
  // RFC 5368 §4 writes it as a header, RFC 3261 §19.1.1 as a parameter.
  const method = [...parameters, ...headers].find(isMethod)?.slice(METHOD.length).toUpperCase();
  return { uri, ...(method !== undefined && { method }), headers: allowed(headers) };
}

const METHOD = 'method=';

const isMethod = (pair: string): boolean => pair.slice(0, METHOD.length).toLowerCase() === METHOD;

function allowed(pairs: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = ALLOWED.get(pair.slice(0, equals).toLowerCase());
    const value = name === undefined ? undefined : unescaped(pair.slice(equals + 1));
    if (name !== undefined && value !== undefined && headers[name] === undefined) headers[name] = value;
  }
  return headers;
}

/** The value of a header without its escapes; undefined where it is no single line of text. */
function unescaped(value: string): string | undefined {
  try {
    const text = decodeURIComponent(value).trim();
    return text === '' || text.length > MAX_VALUE || /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

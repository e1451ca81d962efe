import { splitOutside, unquote } from './grammar.js';

/**
 * Parameters in their order: names in lower case, values as on the wire (quotes kept), `undefined` for a flag.
 * RFC 3261 §7.3.1: "any given parameter-name MUST NOT appear more than once"; the first one counts.
 */
export type Params = Map<string, string | undefined>;

/** Parses `;a=b;c` (the leading semicolon is optional). */
export function parseParams(text: string): Params {
  const params: Params = new Map();
  if (text === '') return params;
  for (const part of splitOutside(text, ';')) {
    const equals = part.indexOf('=');
    const name = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === '' || params.has(name)) continue;
    params.set(name, equals === -1 ? undefined : part.slice(equals + 1).trim());
  }
  return params;
}

/** The value without quotes; undefined if the parameter is absent or a flag. */
export function param(params: Params, name: string): string | undefined {
  const value = params.get(name);
  return value === undefined ? undefined : unquote(value);
}

/** `;a=b;c`, empty for no parameters. */
export function formatParams(params: Params): string {
  let text = '';
  for (const [name, value] of params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

import { ChatroomsError } from '../util/errors.js';
import type { Address, ContentHeader, Subject } from './envelope.js';
import { CORE_NAMESPACE, escapeText, IMDN_NAMESPACE, isName, quote } from './grammar.js';

/** A message/cpim to be written. */
export interface CpimMessage {
  from: Address;
  /** At least one. */
  to: readonly Address[];
  cc?: readonly Address[];
  /** RFC 3339 timestamp or a Date; left out when absent. */
  dateTime?: string | Date;
  subject?: readonly Subject[];
  require?: readonly string[];
  /** Headers of any namespace; prefixes are declared as needed (`imdn` for RFC 5438, else `ns1`, `ns2`, …). */
  other?: readonly { namespace: string; name: string; value: string }[];
  /** MIME type of the content with its parameters, e.g. `text/plain;charset=utf-8`. */
  contentType: string;
  /** MIME headers besides Content-Type. */
  contentHeaders?: readonly ContentHeader[];
  content: Buffer | string;
}

/**
 * Writes a message/cpim body in the two-block form of RFC 3862 §2 (never the merged one, 3862-2-02).
 *
 * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when a part cannot be written: no recipient, a URI with white space
 * or angle brackets, a header name outside the grammar, a line break in a MIME header.
 */
export function serializeCpim(message: CpimMessage): Buffer {
  // 4975-13-04: "A CPIM body that an endpoint sends has From and To".
  if (message.to.length === 0) throw argument('a CPIM message needs at least one To');
  const lines = [`From: ${formatAddress(message.from)}`];
  for (const address of message.to) lines.push(`To: ${formatAddress(address)}`);
  for (const address of message.cc ?? []) lines.push(`cc: ${formatAddress(address)}`);
  const { dateTime } = message;
  if (dateTime !== undefined) {
    lines.push(`DateTime: ${escapeText(typeof dateTime === 'string' ? dateTime : dateTime.toISOString())}`);
  }
  for (const { lang, text } of message.subject ?? []) {
    if (lang !== null && !/^[A-Za-z0-9-]+$/.test(lang)) throw argument(`language tag ${JSON.stringify(lang)}`);
    lines.push(`Subject:${lang === null ? '' : `;lang=${lang}`} ${escapeText(text)}`);
  }
  if (message.require?.length) lines.push(`Require: ${message.require.map(requiredName).join(',')}`);
  lines.push(...otherLines(message.other ?? []), '');
  lines.push(mimeLine('Content-Type', message.contentType));
  for (const { name, value } of message.contentHeaders ?? []) lines.push(mimeLine(name, value));
  lines.push('', '');
  return Buffer.concat([
    Buffer.from(lines.join('\r\n')),
    typeof message.content === 'string' ? Buffer.from(message.content) : message.content,
  ]);
}

/** `"name" <uri>`, the value of From, To and cc (A-36: the space is written). */
export function formatAddress(address: Address): string {
  // oxlint-disable-next-line no-control-regex -- controls are what must not get in
  if (address.uri === '' || /[\s<>\u0000-\u001f\u007f]/.test(address.uri)) {
    throw argument(`${JSON.stringify(address.uri)} is not a URI`);
  }
  return address.name === null || address.name === '' ? `<${address.uri}>` : `${quote(address.name)} <${address.uri}>`;
}

function otherLines(headers: readonly { namespace: string; name: string; value: string }[]): string[] {
  const lines: string[] = [];
  const prefixes = new Map<string, string>([[CORE_NAMESPACE, '']]);
  for (const { namespace, name, value } of headers) {
    if (!isName(name)) throw argument(`${JSON.stringify(name)} is not a header name`);
    let prefix = prefixes.get(namespace);
    if (prefix === undefined) {
      if (namespace === '' || /[\s<>]/.test(namespace)) throw argument(`${JSON.stringify(namespace)} is not a URI`);
      prefix = namespace === IMDN_NAMESPACE ? 'imdn.' : `ns${prefixes.size}.`;
      prefixes.set(namespace, prefix);
      // 3862-3.4-01: "A namespace prefix declaration MUST precede any use of that prefix."
      lines.push(`NS: ${prefix.slice(0, -1)} <${namespace}>`);
    }
    lines.push(`${prefix}${name}: ${escapeText(value)}`);
  }
  return lines;
}

function requiredName(name: string): string {
  if (!name.split('.').every(isName)) throw argument(`${JSON.stringify(name)} is not a header name`);
  return name;
}

function mimeLine(name: string, value: string): string {
  if (!isName(name) || /[\r\n\0]/.test(value)) throw argument(`MIME header ${JSON.stringify(name)}`);
  return `${name}: ${value}`;
}

const argument = (what: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_CPIM_ARGUMENT', `Cannot write this CPIM message: ${what}.`);

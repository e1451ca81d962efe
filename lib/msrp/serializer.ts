/** Events in, octets out (RFC 4975 §9). Everything but a body is text; as latin1 it is one octet a character. */
import { formatByteRange } from './byte-range.js';
import type { ByteRange } from './byte-range.js';
import { END_LINE_HYPHENS } from './grammar.js';
import type { FailureReport, Flag, Header } from './message.js';
import { COMMENTS } from './status.js';

/** UTF-8 text as a latin1 string: the form in which header text is joined and written. */
export const octets = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The end of a frame, CRLF included (RFC 4975 §7.1). */
export const endLine = (tid: string, flag: Flag): string => `${END_LINE_HYPHENS}${tid}${flag}\r\n`;

const paths = (toPath: readonly string[], fromPath: readonly string[]): string =>
  `To-Path: ${toPath.join(' ')}\r\nFrom-Path: ${fromPath.join(' ')}\r\n`;

/** A complete response frame: same transaction id, flag `$`, no body (4975-7.2-03). */
export function formatResponse(
  tid: string,
  status: number,
  toPath: readonly string[],
  fromPath: readonly string[],
): string {
  const comment = COMMENTS[status];
  return `MSRP ${tid} ${status}${comment ? ` ${comment}` : ''}\r\n${paths(toPath, fromPath)}${endLine(tid, '$')}`;
}

/** What `formatRequestHead` writes. */
export interface RequestHead {
  tid: string;
  method: string;
  toPath: readonly string[];
  fromPath: readonly string[];
  /** In the order to be written; values as octets. Content-Type, when there is a body, MUST be the last. */
  headers: readonly Header[];
}

/** Start line and headers, each with one space and its CRLF (4975-9-07); a body needs one more CRLF behind it. */
export function formatRequestHead({ tid, method, toPath, fromPath, headers }: RequestHead): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `MSRP ${tid} ${method}\r\n${paths(toPath, fromPath)}${lines}`;
}

/** What `formatSendHead` writes. */
export interface SendHead {
  tid: string;
  toPath: readonly string[];
  fromPath: readonly string[];
  messageId: string;
  byteRange: ByteRange;
  contentType: string;
  failureReport?: FailureReport;
  successReport?: boolean;
}

/**
 * The head of a SEND with a body, blank line included, Byte-Range in every chunk (4975-7.1.1-05). Only report values
 * that differ from the default are written (4975-7.1.1-03).
 */
export function formatSendHead(send: SendHead): string {
  const headers: Header[] = [
    ['Message-ID', send.messageId],
    ['Byte-Range', formatByteRange(send.byteRange)],
  ];
  if (send.successReport) headers.push(['Success-Report', 'yes']);
  if (send.failureReport && send.failureReport !== 'yes') headers.push(['Failure-Report', send.failureReport]);
  headers.push(['Content-Type', send.contentType]);
  return `${formatRequestHead({ ...send, method: 'SEND', headers })}\r\n`;
}

/** A complete SEND without body: it binds a session, or keeps a connection alive (4975-7.1-05). */
export function formatBodilessSend(
  tid: string,
  messageId: string,
  toPath: readonly string[],
  fromPath: readonly string[],
): string {
  const headers: Header[] = [
    ['Message-ID', messageId],
    // 4975-7.1.1-09: a Byte-Range for nothing still starts at 1.
    ['Byte-Range', '1-0/0'],
  ];
  return formatRequestHead({ tid, method: 'SEND', toPath, fromPath, headers }) + endLine(tid, '$');
}

/** What `formatReport` writes. */
export interface ReportHead {
  tid: string;
  toPath: readonly string[];
  fromPath: readonly string[];
  messageId: string;
  byteRange: ByteRange;
  status: number;
}

/** A complete REPORT without body, with its range (4975-7.1.4-03) and never with report headers (4975-7.1.2-01). */
export function formatReport(report: ReportHead): string {
  const comment = COMMENTS[report.status];
  const headers: Header[] = [
    ['Message-ID', report.messageId],
    ['Byte-Range', formatByteRange(report.byteRange)],
    ['Status', `000 ${report.status}${comment ? ` ${comment}` : ''}`],
  ];
  return formatRequestHead({ ...report, method: 'REPORT', headers }) + endLine(report.tid, '$');
}

/** A complete NICKNAME request (RFC 7701 §7.1); `nickname` '' removes it. */
export function formatNickname(
  tid: string,
  toPath: readonly string[],
  fromPath: readonly string[],
  nickname: string,
): string {
  const quoted = `"${octets(nickname).replace(/[\\"]/g, '\\$&')}"`;
  const headers: Header[] = [['Use-Nickname', quoted]];
  return formatRequestHead({ tid, method: 'NICKNAME', toPath, fromPath, headers }) + endLine(tid, '$');
}

/** Whether a body may be sent under this id: hyphens and id MUST NOT occur in it (4975-7.1-10). */
export const mayCarry = (tid: string, body: Buffer): boolean =>
  !body.includes(`${END_LINE_HYPHENS}${tid}`, 0, 'latin1');

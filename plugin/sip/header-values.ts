/** Values that go into SIP headers and what the room says of itself in all of them. */
import { parseNameAddrs, quote } from '../../lib/embedded-drachtio/message/index.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** Methods a room answers (JOIN-14, 7701-5.2-05). */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, SUBSCRIBE, NOTIFY, UPDATE';

/** Option tags a room understands in Require (JOIN-14). */
export const SUPPORTED: ReadonlySet<string> = new Set([
  'timer',
  'norefersub',
  'multiple-refer',
  // JOIN-12, JOIN-13.
  'replaces',
  'join',
]);

const SUPPORTED_LIST = [...SUPPORTED].join(', ');

/**
 * In every 2xx that makes or keeps a dialog (7701-5.2-05). JOIN-14: nobody may begin a subscription to `refer`, so it is an
 * event here only for who has one.
 */
export const capabilities = (refer = false): Record<string, string> => ({
  Allow: ALLOW,
  'Allow-Events': refer ? 'conference, refer' : 'conference',
  Supported: SUPPORTED_LIST,
});

/** RFC 3261 §25.1. */
export const TOKEN = /^[\w.!%*+`'~-]+$/;

/** Characters of the longest text within a header. */
const MAX_TEXT = 200;

/** Characters of the longest header value written; longer ones are cut. */
const MAX_VALUE = 4096;

/**
 * A header value in one line: drachtio-server makes a further header out of what follows a line break, so nothing that
 * users wrote gets there with one. Nor with a control of C1, which no SIP grammar has: the embedded endpoint refuses to send it.
 */
export const oneLine = (value: string): string =>
  value.length <= MAX_VALUE && !CONTROLS.test(value) ? value : value.replace(ALL_CONTROLS, ' ').slice(0, MAX_VALUE);

// oxlint-disable-next-line no-control-regex -- controls are what must not get in
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;
const ALL_CONTROLS = new RegExp(`${CONTROLS.source}+`, 'g');

/** Of several values each has a line of its own, as RFC 3261 §7.3.1 wants it of challenges. */
export const cleanHeaders = (headers: Readonly<Record<string, string | readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, oneLineEach(name, value)]));

const oneLineEach = (name: string, value: string | readonly string[]): string =>
  typeof value === 'string' ? oneLine(value) : value.map(oneLine).join(`\r\n${name}: `);

/** A text for people, quoted. drachtio-server answers 500 itself when a header of a response is not well-formed. */
const quotedText = (text: string): string => quote(Array.from(oneLine(text)).slice(0, MAX_TEXT).join(''));

/** `399 host "text"` (RFC 3261 §20.43), or another code of its table. */
export const warning = (host: string, text: string, code = 399): string =>
  `${code} ${host === '' ? 'chatroom' : host} ${quotedText(text)}`;

/** A Reason header (RFC 3326) for a BYE. */
export const reasonHeader = (cause: number, text: string): string => `SIP;cause=${cause};text=${quotedText(text)}`;

/**
 * A header by its name or its compact form: drachtio expands only those of RFC 3261 itself, and `e` to a wrong name.
 */
export const header = (req: Pick<SipRequest, 'get' | 'msg'>, name: string, compact?: string): string | undefined =>
  valueOf(req, name) ?? (compact === undefined ? undefined : req.get(compact));

/**
 * What `get` says. A join asks for dozens of headers, most of which nobody sends; `get` asks the environment of the process
 * each time how to spell them, and then looks at all there are.
 */
function valueOf(req: Pick<SipRequest, 'get' | 'msg'>, name: string): string | undefined {
  const headers = req.msg?.headers;
  if (!headers) return req.get(name);
  const wanted = name.toLowerCase();
  // The first that was written, where what begins with `X-` or `P-`, of which it keeps the case, was written in two ways.
  const written = Object.keys(headers).find((key) => key.length === wanted.length && key.toLowerCase() === wanted);
  return written === undefined ? undefined : headers[written];
}

/** RFC 4579 §5.1: whether a Contact is that of a conference rather than of somebody. */
export const isFocus = (contact: string | undefined): boolean =>
  parseNameAddrs(contact ?? '').some(({ params }) => params.has('isfocus'));

/** The tokens of a comma-separated header, in lower case and without their parameters. */
export const tokens = (value: string | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((token) => token.split(';', 1)[0].trim().toLowerCase())
    .filter((token) => token !== '');

/** Transport the request came over, for a Contact that leads back the same way (DRA-G10). */
export function transportOf(req: Pick<SipRequest, 'get' | 'protocol'>): string {
  const via = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)/i.exec(header(req, 'Via', 'v') ?? '')?.[1];
  return (via ?? req.protocol).toLowerCase();
}

/** Whether a status, perhaps one a program chose, says no: a redirection would need a Contact. */
export const isRefusal = (status: number | undefined): status is number =>
  status !== undefined && Number.isInteger(status) && status >= 400 && status <= 699;

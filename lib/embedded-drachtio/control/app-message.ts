import { randomInt, randomUUID } from 'node:crypto';
import {
  bracketed,
  canonicalName,
  createResponse,
  Headers,
  isHeaderValue,
  parseCSeq,
  parseNameAddr,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  splitOutside,
  tagOf,
  withTag,
} from '../message/index.js';
import { parseHead } from '../message/parser.js';
import { randomToken } from '../transaction/index.js';
import type { Endpoint, Flow } from '../transport/index.js';

/** The application asked for something that cannot be sent; the text goes into the NOK. */
export class AppError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AppError';
  }
}

/** Ours to write, whatever the application says. */
const STACK_HEADERS = new Set(['Via', 'Route', 'Record-Route', 'RSeq', 'Content-Length']);
/** Given by the request or the dialog. */
const DIALOG_HEADERS = new Set(['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards']);
/** Where `@localhost` stands for our address. */
const ADDRESS_HEADERS = new Set(['From', 'To', 'Contact', 'P-Asserted-Identity']);
/** RFC 3261 table 2, RFC 6665 §4.1.3 and RFC 3311 §5: a Contact is mandatory in these; the real server leaves out the last two. */
const NEEDS_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'UPDATE']);

/**
 * Reads the SIP text of an application: no header is required, the body is all behind the first empty line (its
 * Content-Length counts characters and is ignored).
 *
 * @throws AppError if it is no SIP message, or a header value could break out of its line.
 */
export function parseAppMessage(bytes: Buffer): SipMessage {
  const end = bytes.indexOf('\r\n\r\n');
  const head = parseHead(trimEnd(end === -1 ? bytes : bytes.subarray(0, end)));
  if (!head.ok) throw new AppError(`Server error: ${head.reason}`);
  const { message } = head;
  for (const [name, value] of message.headers) {
    if (!isHeaderValue(value)) throw new AppError(`Server error: control characters in header ${name}`);
  }
  if (end !== -1 && bytes.length > end + 4) message.body = Buffer.from(bytes.subarray(end + 4));
  return message;
}

function trimEnd(head: Buffer): Buffer {
  return head.length >= 2 && head.subarray(-2).equals(Buffer.from('\r\n')) ? head.subarray(0, -2) : head;
}

/** The application's header fields that go out as they are, `@localhost` replaced by `local`. */
function* passedOn(
  headers: Headers,
  local: Endpoint,
  without: ReadonlySet<string>,
): Generator<readonly [string, string]> {
  for (const [name, value] of headers) {
    const canonical = canonicalName(name);
    if (STACK_HEADERS.has(canonical) || without.has(canonical)) continue;
    yield [canonical, ADDRESS_HEADERS.has(canonical) ? localized(value, local) : value];
  }
}

const localized = (value: string, { host, port }: Endpoint): string =>
  value.replace(/@localhost(?![\w.:-])/gi, `@${bracketed(host)}:${port}`);

/** `<sip:host:port>`; other transports than UDP are named, or the peer would try UDP. */
export function defaultContact({ host, port }: Endpoint, transport: string): string {
  return `<sip:${bracketed(host)}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}>`;
}

/** A body needs a type; the real server guesses SDP, and refuses other requests. */
function completeBody(message: SipMessage): void {
  if (message.body.length === 0 || message.headers.has('Content-Type')) return;
  if (message.body.subarray(0, 3).toString('latin1') === 'v=0') message.headers.add('Content-Type', 'application/sdp');
  else if (message.kind === 'request') throw new AppError('Server error: missing content-type');
}

/**
 * The response to send for what the application answered: Via, From, To, Call-ID and CSeq are the request's, of the
 * application's To only the tag counts.
 */
export function composeResponse(request: SipRequest, app: SipResponse, toTag: string, flow: Flow): SipResponse {
  const response = createResponse(request, app.status, { reason: app.reason, toTag, body: app.body });
  const { headers } = response;
  const success = app.status >= 200 && app.status < 300;
  // RFC 3261 §12.1.1: "the UAS MUST copy all Record-Route header field values from the request into the response".
  if (app.status > 100 && app.status < 300) {
    for (const value of request.headers.getAll('Record-Route')) headers.add('Record-Route', value);
  }
  for (const [name, value] of passedOn(app.headers, flow.local, DIALOG_HEADERS)) headers.add(name, value);
  if (
    success &&
    !headers.has('Contact') &&
    ['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE', 'NOTIFY'].includes(request.method)
  ) {
    headers.add('Contact', defaultContact(flow.local, flow.transport));
  }
  completeBody(response);
  return response;
}

/** The To tag the application chose in its response; undefined if it left the choice. */
export const chosenTag = (app: SipResponse): string | undefined => tagOf(app.headers.get('To'));

/** A request outside any dialog, with the defaults the application left out. `local` and `transport` are of its way. */
export function composeRequest(app: SipRequest, local: Endpoint, transport: string): SipRequest {
  const own = `<sip:${bracketed(local.host)}:${local.port}>`;
  const from = localized(app.headers.get('From') ?? own, local);
  const to = localized(app.headers.get('To') ?? `<${app.uri}>`, local);
  if (!parseNameAddr(from) || !parseNameAddr(to)) throw new AppError('Server error: invalid From or To');
  const headers = new Headers([
    ['Max-Forwards', app.headers.get('Max-Forwards') ?? '70'],
    ['From', withTag(from, tagOf(from) ?? randomToken())],
    ['To', to],
    ['Call-ID', app.headers.get('Call-ID') ?? randomUUID()],
    // A digest retry counts on; others begin anywhere below 2**30, so that the dialog has numbers left.
    ['CSeq', `${parseCSeq(app.headers.get('CSeq'))?.sequence ?? randomInt(1, 2 ** 30)} ${app.method}`],
  ]);
  for (const [name, value] of passedOn(app.headers, local, DIALOG_HEADERS)) headers.add(name, value);
  if (NEEDS_CONTACT.has(app.method) && !headers.has('Contact'))
    headers.add('Contact', defaultContact(local, transport));
  const request: SipRequest = { ...app, headers };
  completeBody(request);
  return request;
}

/** Header fields of a request inside a dialog, which itself gives From, To, Call-ID, CSeq and Route. */
export function inDialogHeaders(app: SipRequest, flow: Flow): Headers {
  const headers = new Headers(passedOn(app.headers, flow.local, DIALOG_HEADERS));
  if (NEEDS_CONTACT.has(app.method) && !headers.has('Contact'))
    headers.add('Contact', defaultContact(flow.local, flow.transport));
  completeBody({ ...app, headers });
  return headers;
}

/** Whether a comma-separated header names `option`. */
export const lists = (headers: Headers, name: string, option: string): boolean =>
  headers
    .getAll(name)
    .some((value) => splitOutside(value, ',').some((part) => part.trim().toLowerCase() === option.toLowerCase()));

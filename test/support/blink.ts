import { randomToken } from '../../lib/embedded-drachtio/sip.js';
import { Caller, lines } from './caller.js';
import type { ServerUnderTest } from './server.js';

const TLS_PATH = 'msrps://127.0.0.1:35929/aa08e9909c912dcf771c;tcp';
const PATH = 'msrp://127.0.0.1:35929/aa08e9909c912dcf771b;tcp';

/** The offer of Blink's engine: `c=` only at the message line, no `a=chatroom`, `a=setup:actpass`. */
export const OFFER = lines(
  'v=0',
  'o=- 4004208460 4004208460 IN IP4 127.0.0.1',
  's=sipsimple 5.5.0',
  't=0 0',
  'm=message 35929 TCP/MSRP *',
  'c=IN IP4 127.0.0.1',
  `a=path:${PATH}`,
  'a=accept-types:message/cpim text/* image/* application/im-iscomposing+xml',
  'a=accept-wrapped-types:text/* image/* application/im-iscomposing+xml',
  'a=setup:actpass',
);

/** What it offers unless told otherwise: TLS, without a fingerprint. */
export const TLS_OFFER = OFFER.replace('TCP/MSRP', 'TCP/TLS/MSRP').replace(PATH, TLS_PATH);

/** Headers beside those every request has. */
const HEADERS: [string, string][] = [
  ['Allow', 'SUBSCRIBE, NOTIFY, INVITE, ACK, BYE, CANCEL, UPDATE, MESSAGE, REFER'],
  ['Supported', 'replaces, norefersub, gruu'],
  ['X-Sylk-ZRTP', 'v=3; suites=AES-128-GCM'],
  ['User-Agent', 'sipsimple 5.5.0'],
];

/** Calls as Blink's engine does; no MSRP yet. */
export async function blinkCalls(
  server: ServerUnderTest,
  room: string,
  user = 'ua0',
  { path, body } = { path: PATH, body: OFFER },
): Promise<Caller> {
  const from: [string, string] = ['From', `"User 0" <sip:${user}@127.0.0.1>;tag=${randomToken()}`];
  return Caller.call(server, room, { path, body, headers: [...HEADERS, from] });
}

/** The opener of its engine: no Content-Type, no blank line. */
export const bind = (to: string, path = PATH): string =>
  [
    'MSRP 9d4e6e2ced21c0d5 SEND',
    `To-Path: ${to}`,
    `From-Path: ${path}`,
    'Byte-Range: 1-0/0',
    'Message-ID: 9cb3fef4f12cb62e',
    '-------9d4e6e2ced21c0d5$\r\n',
  ].join('\r\n');

/** Its keep-alive. */
export const keepAlive = (to: string): string =>
  bind(to).replace('Message-ID', 'Keep-Alive: yes\r\nMessage-ID').replaceAll('9d4e6e2ced21c0d5', 'a1b2c3d4e5f60718');

/** Text as it writes it; octets as latin1. */
export function text(to: string, room: string, content: string, tid: string, user = 'ua0'): string {
  const encoding = /[^\x20-\x7e\n]/.test(content) ? 'Content-Transfer-Encoding: \n' : '';
  const body = [
    `From: User 0 <sip:${user}@127.0.0.1>`,
    `To: <${room}>`,
    'DateTime: 2026-11-21T00:24:12.179938+00:00',
    '',
    `MIME-Version: 1.0\nContent-Type: text/plain; charset="utf8"\n${encoding}\n${content}`,
  ].join('\r\n');
  // Characters, not octets; `*` for more than 2048.
  const range = body.length > 2048 ? `1-*/${body.length}` : `1-${body.length}/${body.length}`;
  return Buffer.from(
    [
      `MSRP ${tid} SEND`,
      `To-Path: ${to}`,
      `From-Path: ${PATH}`,
      `Byte-Range: ${range}`,
      `Message-ID: m${tid}`,
      'Failure-Report: yes',
      'Success-Report: yes',
      'Content-Type: message/cpim',
      '',
      body,
      `-------${tid}$\r\n`,
    ].join('\r\n'),
  ).toString('latin1');
}

export const nickname = (to: string, value: string, tid: string): string =>
  [`MSRP ${tid} NICKNAME`, `To-Path: ${to}`, `From-Path: ${PATH}`, `Use-Nickname: ${value}`, `-------${tid}$\r\n`].join(
    '\r\n',
  );

export { PATH, TLS_PATH };

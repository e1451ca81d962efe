import { parseCpim } from '../../../../lib/cpim/index.js';
import { textOf } from '../../../../plugin/hooks/text.js';

function read(headers: string, content: Buffer | string): string | undefined {
  const head = Buffer.from(`From: <sip:a@b>\r\nTo: <sip:c@d>\r\n\r\n${headers}\r\n\r\n`);
  const body = Buffer.concat([head, Buffer.from(content)]);
  const parsed = parseCpim(body);
  if (!parsed.ok) throw new Error(parsed.error);
  return textOf(parsed.envelope, body.subarray(parsed.contentOffset));
}

test.each<[string, Buffer | string, string | undefined]>([
  ['Content-Type: text/plain', 'h\u00e9', 'h\u00e9'],
  ['Content-Type: text/plain; charset="utf8"', 'h\u00e9', 'h\u00e9'],
  ['Content-Type: text/plain; charset=ISO-8859-1', Buffer.from('h\u00e9', 'latin1'), 'h\u00e9'],
  ['Content-Type: text/plain;charset=utf-16le', Buffer.from('h\u00e9', 'utf16le'), 'h\u00e9'],
  ['Content-Type: text/plain;charset=klingon', 'x', undefined],
  ['Content-Type: text/html', '<b>', '<b>'],
  ['Content-Type: text/plain\r\nContent-Transfer-Encoding: base64', 'aGVsbG8=', 'hello'],
  ['Content-Type: text/plain\r\nContent-Transfer-Encoding: 8Bit', 'hello', 'hello'],
  ['Content-Type: text/plain\nContent-Transfer-Encoding: ', 'hello', 'hello'],
  ['Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable', 'h=65', undefined],
  ['Content-Type: image/png', 'x', undefined],
  ['Content-Type: text/plain', Buffer.from([0xff]), '\ufffd'],
])('%j', (headers, content, text) => {
  expect(read(headers, content)).toBe(text);
});

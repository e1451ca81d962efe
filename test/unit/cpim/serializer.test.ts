import { serializeCpim } from '../../../lib/cpim/index.js';

const BASE = {
  from: { name: null, uri: 'sip:alice@example.org' },
  to: [{ name: null, uri: 'sip:lounge@chat.example.net' }],
  contentType: 'text/plain',
  content: 'Hello all',
};

test('3862-2-01 3862-2.3-01 4975-13-04 golden output', () => {
  const body = serializeCpim({
    ...BASE,
    from: { name: 'Alice "A"', uri: 'sip:alice@example.org' },
    dateTime: new Date(Date.UTC(2024, 4, 17, 9, 30)),
    subject: [{ lang: 'fr', text: 'déjà\tvu' }],
    require: ['imdn.Message-ID'],
    other: [
      { namespace: 'urn:ietf:params:imdn', name: 'Message-ID', value: 'Aa11' },
      { namespace: 'urn:x', name: 'Y', value: '\u0001' },
      { namespace: 'urn:ietf:params:cpim-headers:', name: 'X-Own', value: '1' },
    ],
    contentHeaders: [{ name: 'Content-Disposition', value: 'notification' }],
  });
  expect(body.toString()).toBe(
    [
      String.raw`From: "Alice \"A\"" <sip:alice@example.org>`,
      'To: <sip:lounge@chat.example.net>',
      'DateTime: 2024-05-17T09:30:00.000Z',
      String.raw`Subject:;lang=fr déjà\tvu`,
      'Require: imdn.Message-ID',
      'NS: imdn <urn:ietf:params:imdn>',
      'imdn.Message-ID: Aa11',
      'NS: ns2 <urn:x>',
      String.raw`ns2.Y: \u0001`,
      'X-Own: 1',
      '',
      'Content-Type: text/plain',
      'Content-Disposition: notification',
      '',
      'Hello all',
    ].join('\r\n'),
  );
});

test.each([
  ['no To', { to: [] }],
  ['a URI with a line break', { to: [{ name: null, uri: 'sip:a@b>\r\nFrom: <sip:x@y' }] }],
  ['an empty URI', { from: { name: 'x', uri: '' } }],
  ['a header name with a dot', { other: [{ namespace: 'urn:x', name: 'a.b', value: '' }] }],
  ['a namespace with a bracket', { other: [{ namespace: 'urn:x>', name: 'a', value: '' }] }],
  ['a MIME value with a line break', { contentType: 'text/plain\r\nX: y' }],
  ['a required name with a space', { require: ['a b'] }],
  ['a language with a space', { subject: [{ lang: 'f r', text: '' }] }],
])('3862-2.2-01 refuses %s', (_name, part) => {
  expect(() => serializeCpim({ ...BASE, ...part })).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_CPIM_ARGUMENT' }),
  );
});

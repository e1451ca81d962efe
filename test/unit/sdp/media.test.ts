import * as fc from 'fast-check';
import { answerOffer, formatSdp, parseSdp, WrappedTypes } from '../../../lib/sdp/index.js';
import { formatChatroom, parseChatroom } from '../../../lib/sdp/index.js';

const HEAD = 'v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n';

test('order and unknown lines survive writing', () => {
  const text = `${HEAD}z=1\r\na=x-foo:bar\r\nt=0 0\r\nm=message 1 TCP/MSRP *\r\ni=chat\r\na=b\r\nb=AS:64\r\na=path:x\r\n`;
  expect(formatSdp(parseSdp(text))).toBe(text);
});

test('bare LF and missing last line end are read', () => {
  expect(parseSdp('v=0\nm=message 1 TCP/MSRP *\na=setup:active').media[0].msrp?.setup).toBe('active');
});

test('session level: direction, setup and fingerprint are inherited, chatroom and path are not (7701-8-01)', () => {
  const text = `${HEAD}a=recvonly\r\na=setup:active\r\na=fingerprint:sha-1 AB\r\na=chatroom\r\na=path:x\r\nm=message 1 TCP/MSRP *\r\n`;
  expect(parseSdp(text).media[0]).toMatchObject({
    direction: 'recvonly',
    msrp: { setup: 'active', fingerprints: [{ hash: 'sha-1', value: 'AB' }], chatroom: null, path: null },
  });
});

test('round trip of any lines', () => {
  const line = fc
    .tuple(fc.constantFrom('i', 'c', 'b', 'a', 'k', 'x'), fc.string({ unit: 'grapheme-ascii', maxLength: 30 }))
    .map(([type, value]) => `${type}=${value}`);
  const section = fc.array(line, { maxLength: 6 });
  const media = fc
    .tuple(fc.integer({ min: 0, max: 65_535 }), section)
    .map(([port, lines]) => [`m=message ${port} TCP/MSRP *`].concat(lines));
  fc.assert(
    fc.property(section, fc.array(media, { maxLength: 4 }), (session, sections) => {
      const text = ['v=0', ...session, ...sections.flat(), ''].join('\r\n');
      const parsed = parseSdp(text);
      expect(formatSdp(parsed)).toBe(text);
      expect(parsed.media).toHaveLength(sections.length);
    }),
  );
});

test('no text makes the answer throw anything but a typed error', () => {
  const local = { sessionId: 'rm7Kq2ZtW9xA1c', tcp: { host: 'h', port: 1 }, originId: 1 };
  const piece = fc.oneof(
    fc.constantFrom(
      'v=0',
      'm=message 1 TCP/MSRP *',
      'a=path:msrp://h:1/a;tcp',
      'a=accept-types:*',
      'c=IN IP4 h',
      't=x',
    ),
    fc.constantFrom('a=file-selector:name:"x"', 'a=fingerprint:sha-256 AB', 'a=setup:', 'o=- x', 'm=', 'a='),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        answerOffer(`v=0\r\n${pieces.join('\r\n')}`, local);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CHAT_ERR_SDP_SYNTAX' });
      }
    }),
    { numRuns: 500 },
  );
});

test('4975-8.6-03 wrapped types', () => {
  const types = new WrappedTypes(['message/cpim', 'text/plain;charset=utf-8'], ['image/*']);
  expect(
    ['TEXT/Plain', 'image/png', 'message/cpim', 'text/html', 'image', ''].map((type) => types.takes(type)),
  ).toEqual([true, true, true, false, false, false]);
});

test('7701-8-05 no token is written twice, and none at all is written bare', () => {
  expect(formatChatroom(['nickname', 'nickname'])).toBe('chatroom:nickname');
  expect(formatChatroom([])).toBe('chatroom');
  expect(parseChatroom(null)).toBeNull();
});

import * as fc from 'fast-check';
import { accountUri, guestUri, roomName, roomUri } from '../../../../../../../plugin/web/pages/chat/model/address.js';
import { backoff } from '../../../../../../../plugin/web/pages/shared/backoff.js';
import { bareName, isPicture, keptType, nameFor } from '../../../../../../../plugin/web/pages/chat/model/files.js';
import { findLinks } from '../../../../../../../plugin/web/pages/chat/model/links.js';
import { describeSize, oneLine, readable } from '../../../../../../../plugin/web/pages/shared/text.js';

const linksIn = (text: string): (string | undefined)[] =>
  findLinks(text).flatMap(({ href }) => (href === undefined ? [] : [href]));

test.each([
  ['see https://example.com/a.', ['https://example.com/a']],
  ['(https://example.com/a_(b))', ['https://example.com/a_(b)']],
  ['http://a.example, HTTPS://B.example!', ['http://a.example/', 'https://b.example/']],
  ['"https://example.com" <https://example.org>', ['https://example.com/', 'https://example.org/']],
  ['javascript:alert(1) data:text/html,x file:///etc/passwd sip:a@b', []],
  // A name in front of the host makes one site look like another.
  ['https://bank.example@evil.example/', []],
  ['https:// https://?', []],
])('links in %j', (text, expected) => {
  expect(linksIn(text)).toEqual(expected);
});

test('what is no link stays as it is, every character of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', ':', '(', ')', ' ', 'https://', 'x.y') }), (text) => {
      const pieces = findLinks(text);
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      for (const { href } of pieces) expect(href ?? 'https://').toMatch(/^https?:\/\//);
    }),
  );
});

test('text of others cannot turn a line around, ring, or end it', () => {
  expect(readable('a\r\nb\rc\u2028d\n\n')).toBe('a\nb\nc\nd');
  expect(readable('x\u0007\u001B[31m\u202Egnp.exe\u202C\ty')).toBe('x\uFFFD\uFFFD[31mgnp.exe\ty');
  expect(oneLine(' a\n\n b\t')).toBe('a b');
  expect(oneLine('🙂'.repeat(5), 4)).toBe('🙂🙂🙂…');
  expect([describeSize(999), describeSize(12_400), describeSize(3_400_000)]).toEqual(['999 bytes', '12 kB', '3.4 MB']);
});

test('only pictures in which nothing runs are kept as what they are', () => {
  expect(['image/png', 'image/svg+xml', 'text/html', 'application/pdf'].map(isPicture)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(keptType('image/png')).toBe('image/png');
  expect(keptType('text/html')).toBe('application/octet-stream');
  expect(keptType('image/svg+xml')).toBe('application/octet-stream');
  expect([nameFor('image/jpeg'), nameFor('x/y')]).toEqual(['image.jpg', 'x.bin']);
  expect(['../../etc/passwd', 'C:\\a\\b.txt', 'plain', '/'].map(bareName)).toEqual(['passwd', 'b.txt', 'plain', '/']);
});

test.each([
  ['lobby', 'sip:lobby@localhost'],
  [' #lobby ', 'sip:lobby@localhost'],
  ['coffee break', 'sip:coffee%20break@localhost'],
  ['a<b>\'"', 'sip:a%3Cb%3E%27%22@localhost'],
  ['lobby@chat.example.com', 'sip:lobby@chat.example.com'],
  ['sip:lobby@chat.example.com:5080', 'sip:lobby@chat.example.com:5080'],
  ['', undefined],
  [' # ', undefined],
])('the room %j is %j', (typed, uri) => {
  expect(roomUri(typed, 'localhost')).toBe(uri);
});

test('own addresses', () => {
  expect(guestUri('Åsa Öberg!', 'localhost', 'x1')).toBe('sip:asa-oberg-x1@localhost');
  expect(guestUri('日本', 'localhost', 'x1')).toBe('sip:guest-x1@localhost');
  expect(accountUri('alice', 'example.com')).toBe('sip:alice@example.com');
  expect(roomName('sip:coffee%20break@localhost')).toBe('coffee break');
  expect(roomName('sip:50%@localhost')).toBe('50%');
});

test('attempts to connect come later and later, at most a minute apart, and not all at once', () => {
  expect([0, 1, 2, 6, 1000].map((attempt) => backoff(attempt, 1))).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  expect(backoff(2, 0)).toBe(2000);
});

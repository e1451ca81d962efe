import * as fc from 'fast-check';
import { conferenceObjectUri, xconUserIds } from '../../../../lib/conference-event/index.js';

test.each([
  ['sip:board@conf.example.com', 'xcon:board@conf.example.com'],
  ['sips:board@CONF.example.com:5061;transport=tcp', 'xcon:board@conf.example.com'],
  ['sip:Board@conf.example.com', 'xcon:=42oard@conf.example.com'],
  ['sip:a=b+c/d~e@conf.example.com', 'xcon:a=3db+c/d~e@conf.example.com'],
  ["sip:it's%20a;x@conf.example.com", 'xcon:it=27s=2520a=3bx@conf.example.com'],
  ['sip:conf.example.com', 'xcon:conf.example.com'],
  ['sip:room@[2001:DB8::1]:5060', 'xcon:room@[2001:db8::1]'],
])('7701-7.4-03 the conference object URI of %s', (room, uri) => {
  expect(conferenceObjectUri(room)).toBe(uri);
});

test('7701-7.4-03 two rooms of a domain have two conference object URIs, in lower case', () => {
  const user = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }).filter((text) => !text.includes('@'));
  fc.assert(
    fc.property(user, user, (one, other) => {
      const [first, second] = [one, other].map((name) => conferenceObjectUri(`sip:${name}@conf.example.com`));
      expect(first).toMatch(/^xcon:[a-z0-9._~+=/-]+@conf\.example\.com$/);
      expect(first === second).toBe(one === other);
    }),
  );
});

test('6501-4.6-01 XCON-USERIDs are stable, unique, lower case, and tell nothing', () => {
  const userId = xconUserIds(Buffer.alloc(16, 1));
  const entity = 'sip:ana@example.com';
  expect(userId(entity)).toMatch(/^xcon-userid:[0-9a-f]{32}$/);
  expect(userId(entity)).toBe(xconUserIds(Buffer.alloc(16, 1))(entity));
  expect(userId(entity)).not.toBe(userId('sip:bo@example.com'));
  expect(userId(entity)).not.toBe(xconUserIds(Buffer.alloc(16, 2))(entity));
});

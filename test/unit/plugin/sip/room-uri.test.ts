import { parseRoomOptions } from '../../../../plugin/options/parse-options.js';
import { roomFrom } from '../../../../plugin/sip/room-uri.js';

test.each([
  ['lobby', 'sip:lobby@a.example'],
  ['sip:lobby@B.example:5080;transport=tcp', 'sip:lobby@b.example'],
  // Nobody who writes this means a name with an @ in it.
  ['lobby@B.example', 'sip:lobby@b.example'],
  ['a/b %', 'sip:a/b%20%25@a.example'],
  ['sip:a%40b@a.example', 'sip:a%40b@a.example'],
  ['two words@b', 'sip:two%20words%40b@a.example'],
  ['sip:lobby', undefined],
  ['', undefined],
  ['a\u0000b', undefined],
])('room %j', (given, uri) => {
  expect(roomFrom(given, 'a.example')?.uri).toBe(uri);
});

test('an alias without domain is one of that of the room, one with is a URI', () => {
  const { aliases } = parseRoomOptions({ aliases: ['8000', '8000@b.example', 'sip:9000@b.example'] }, false);
  expect(aliases).toEqual(['8000', 'sip:8000@b.example', 'sip:9000@b.example']);
});

import { RoomAddress } from '../../../lib/client/room-address.js';
import { readMessage } from '../../../lib/client/received-message.js';
import { Roster } from '../../../lib/client/roster.js';

const ROOM = 'sip:lounge@chat.example';
const ANA = 'sip:ana@example.com';
const ALIAS = 'sip:anonymous7@anonymous.invalid';

/** What ana is known by once a message from somebody to somebody has arrived. */
function known(from: string, to: string): [uri: string, anonymous: boolean] {
  const address = new RoomAddress(ANA, false, new Roster());
  address.dial(ROOM);
  const text = `From: <${from}>\r\nTo: <${to}>\r\n\r\nContent-Type: text/plain\r\n\r\nx`;
  const message = readMessage(Buffer.from(text), address);
  if (message) address.hear(message);
  expect(address.isSelf(address.self)).toBe(true);
  return [address.self, address.anonymous];
}

test('P-ANON-01, 7701-6.1-02: the URI the room made up and writes to is what we are known by', () => {
  expect(known(ROOM, ALIAS)).toEqual([ALIAS, true]);
  expect(known(`${ROOM};transport=tcp`, ALIAS)).toEqual([ALIAS, true]);
});

test.each([
  ['of somebody else', 'sip:bob@example.com', ALIAS],
  ['to the room', ROOM, ROOM],
  ['to us as we are', ROOM, ANA],
  ['to a URI that could be of anybody', ROOM, 'sip:bob@example.com'],
])('a message %s changes nothing', (_what, from, to) => {
  expect(known(from, to)).toEqual([ANA, false]);
});

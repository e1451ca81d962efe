import type { BusMessage } from '../../../lib/cluster/bus.js';
import { localBus } from '../../../lib/cluster/local.js';
import { memberMedia } from '../../../lib/cluster/member.js';
import { weightOf } from '../../../lib/cluster/weight.js';
import { endpoint, ROOM } from '../../support/switch-world.js';

const MESSAGE = {
  room: ROOM,
  participant: 'alice',
  to: null,
  mimeHeaders: 'Content-Type: message/cpim\r\n',
  wrappedType: 'text/plain',
};
const octets = new Uint8Array(1000);

test.each<{ message: BusMessage; weight: number }>([
  { message: { kind: 'message', message: MESSAGE, body: octets }, weight: 1256 },
  { message: { kind: 'begin', stream: 1, message: MESSAGE, total: null, octets }, weight: 1256 },
  { message: { kind: 'octets', stream: 1, octets }, weight: 1256 },
  { message: { kind: 'finish', stream: 1 }, weight: 256 },
  { message: { kind: 'want', stream: 1, want: 'nothing' }, weight: 256 },
  { message: { kind: 'lagging', endpoint: 'bob#1', idle: 0 }, weight: 256 },
  { message: { kind: 'missed', room: ROOM, to: null, count: 3 }, weight: 256 },
  // Else two switches that say nothing would answer each other for ever.
  { message: { kind: 'taken', weight: 1256 }, weight: 0 },
])('weighs what it brings, and a little: $message.kind', ({ message, weight }) => {
  expect(weightOf(message)).toBe(weight);
});

test.each<['sendrecv' | 'sendonly' | 'recvonly' | 'inactive', boolean]>([
  ['sendrecv', true],
  ['sendonly', true],
  ['recvonly', false],
  ['inactive', false],
])('4975-8.9-02: of an endpoint to which we are %s others hear whether it hears: %s', (direction, mayReceive) => {
  const { session } = endpoint('bob#1');
  expect(memberMedia(endpoint('bob#1', { session: { ...session, direction } }))).toMatchObject({ mayReceive });
});

test('what others are told of an endpoint is plain data, and no more than they need', () => {
  const member = memberMedia(endpoint('bob#1', { fromUris: ['sip:secret@example.org'], moderator: true }));
  expect(structuredClone(member)).toEqual(member);
  expect(member).toEqual({
    id: 'bob#1',
    room: ROOM,
    participant: 'bob',
    toUris: ['sip:bob@example.org'],
    moderator: true,
    privateMessages: true,
    mayReceive: true,
    atDoor: false,
    acceptTypes: ['message/cpim'],
    acceptWrappedTypes: ['*'],
  });
});

test('a switch that is alone tells nobody', () => {
  expect(() => localBus().send(1, { kind: 'finish', stream: 1 })).not.toThrow();
});

import type { OpenDialog } from '../../../../plugin/face.js';
import { endpointOf, referenceIn } from '../../../../plugin/invite/dialog-reference.js';
import { roomUri } from '../../../../plugin/sip/room-uri.js';

const room = (name: string) => {
  const uri = roomUri(name, 'conf.example.com');
  if (!uri) throw new Error(name);
  return uri;
};

const request = (headers: Record<string, string>) => ({ get: (name: string) => headers[name] });

const dialog = (given: Partial<OpenDialog> = {}): OpenDialog => ({
  room: room('lunch'),
  tags: { callId: 'c@host', localTag: 'ours', remoteTag: 'theirs' },
  endpoint: 'e1',
  over: false,
  abandoned: () => {},
  stopping: () => {},
  ...given,
});

const NAMED = 'c@host;to-tag=ours;from-tag=theirs';

function named(value: string, dialogs: OpenDialog[], name: 'Replaces' | 'Join' = 'Replaces') {
  const reference = referenceIn(request({ [name]: value }));
  if (!reference || 'status' in reference) return reference;
  return endpointOf(reference, room('lunch'), dialogs);
}

test.each([
  ['two values', { Replaces: `${NAMED}, ${NAMED}` }],
  ['Replaces and Join', { Replaces: NAMED, Join: NAMED }],
  ['no from-tag', { Replaces: 'c@host;to-tag=ours' }],
  ['two to-tags', { Replaces: `${NAMED};to-tag=x` }],
  ['an empty tag', { Join: 'c@host;to-tag=;from-tag=theirs' }],
  ['no Call-ID', { Join: ';to-tag=ours;from-tag=theirs' }],
])('JOIN-12 JOIN-13 RFC 3891 3: %s is 400', (_name, headers) => {
  expect(referenceIn(request(headers))).toMatchObject({ status: 400 });
});

test('JOIN-12 the tags are as the peer sees them: to-tag is ours', () => {
  expect(named(NAMED, [dialog()])).toEqual({ endpoint: 'e1' });
  expect(named(' c@host ; From-Tag=theirs ;to-tag=ours', [dialog()])).toEqual({ endpoint: 'e1' });
  expect(named('c@host;to-tag=theirs;from-tag=ours', [dialog()])).toEqual({ status: 481 });
});

test.each<[string, string, Partial<OpenDialog>, object]>([
  ['none is known', 'd@host;to-tag=ours;from-tag=theirs', {}, { status: 481 }],
  ['it has no tags yet', NAMED, { tags: undefined }, { status: 481 }],
  ['it is of another room', NAMED, { room: room('dinner') }, { status: 481 }],
  ['it has no place in the room', NAMED, { endpoint: undefined }, { status: 481 }],
  ['it is over', NAMED, { over: true }, { status: 603 }],
  ['it is confirmed and an early one is meant', `${NAMED};early-only`, {}, { status: 486 }],
])('JOIN-12 %s', (_name, value, given, expected) => {
  expect(named(value, [dialog(given)])).toEqual(expected);
});

test('JOIN-13 Join names a leg alike', () => {
  expect(named(NAMED, [dialog()], 'Join')).toEqual({ endpoint: 'e1' });
  expect(referenceIn(request({}))).toBeUndefined();
});

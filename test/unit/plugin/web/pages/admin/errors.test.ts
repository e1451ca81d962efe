import type { ErrorEntry } from '../../../../../../plugin/api/schemas/index.js';
import { groupsOf, refusalsOf } from '../../../../../../plugin/web/pages/admin/model/errors.js';

const error = (time: string, rest: Partial<ErrorEntry> = {}): ErrorEntry => ({
  time,
  method: 'INVITE',
  room: 'sip:lobby@localhost',
  participant: null,
  endpoint: null,
  status: 403,
  code: 'CHAT_ERR_ROOM_LOCKED',
  detail: 'It is locked.',
  source: '127.0.0.1',
  callId: time,
  ...rest,
});

test('errors of one kind are one entry: the latest, how many, and since when', () => {
  const groups = groupsOf([
    error('3', { source: '10.0.0.1' }),
    error('2', { room: 'sip:other@localhost' }),
    error('1', { source: '10.0.0.2' }),
    error('0', { status: 503, code: null }),
  ]);
  expect(groups.map(({ latest, count, first }) => [latest.callId, count, first])).toEqual([
    ['3', 2, '1'],
    ['2', 1, '2'],
    ['0', 1, '0'],
  ]);
  expect(groupsOf([])).toEqual([]);
});

const counts = (sip = 1, message = 1, nickname = 1, named = 1): Parameters<typeof refusalsOf>[0] => ({
  sip: { refusals: { 'INVITE 403': sip } },
  traffic: { refused: { 403: message }, nicknames: { 200: named, 425: nickname } },
});

test('each refusal makes another text, and nothing else does; a server that does not count them has always the same', () => {
  const now = refusalsOf(counts());
  for (const later of [counts(2), counts(1, 2), counts(1, 1, 2)]) expect(refusalsOf(later)).not.toBe(now);
  expect(refusalsOf(counts(1, 1, 1, 2))).toBe(now);
  for (const other of [{}, { sip: null }, { sip: {}, traffic: {} }]) expect(refusalsOf(other)).toBe(refusalsOf({}));
});

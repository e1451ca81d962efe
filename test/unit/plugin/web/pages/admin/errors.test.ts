import type { ErrorEntry } from '../../../../../../plugin/api/schemas/index.js';
import { groupsOf, refusalsOf } from '../../../../../../plugin/web/pages/admin/model/errors.js';

const error = (time: string, rest: Partial<ErrorEntry> = {}): ErrorEntry => ({
  time,
  method: 'INVITE',
  room: 'sip:lobby@localhost',
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

const refused = (count: number): string => refusalsOf({ sip: { refusals: { 'INVITE 403': count } } });

test('each refusal makes another text; a server that does not count them has always the same', () => {
  expect(refused(1)).toBe(refused(1));
  expect(refused(2)).not.toBe(refused(1));
  for (const other of [{}, { sip: null }, { sip: {} }]) expect(refusalsOf(other)).toBe('null');
});

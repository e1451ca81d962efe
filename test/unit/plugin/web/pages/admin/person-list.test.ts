import type { Endpoint, Participant } from '../../../../../../plugin/api/schemas/index.js';
import { count, type Kind, matching } from '../../../../../../plugin/web/pages/admin/model/person-list.js';

const device = (rest: Partial<Endpoint> = {}): Endpoint => ({
  id: 'e1',
  transport: 'tcp',
  remote: '192.0.2.1:5000',
  userAgent: null,
  callId: null,
  joinedAt: '2026-01-01T00:00:00.000Z',
  bound: true,
  congested: false,
  pendingBytes: 0,
  ...rest,
});

const person = (nickname: string, rest: Partial<Participant> = {}): Participant => ({
  uri: `sip:${nickname.toLowerCase()}@localhost`,
  nickname,
  displayName: nickname,
  role: 'participant',
  muted: false,
  mutedUntil: null,
  anonymous: false,
  joinedAt: '2026-01-01T00:00:00.000Z',
  endpoints: [device()],
  ...rest,
});

const PEOPLE = [
  person('Ana', { endpoints: [device(), device({ id: 'e2', congested: true })] }),
  person('Bob', { muted: true, endpoints: [device({ userAgent: 'Blink 6', bound: false })] }),
  person('Zoe', { role: 'owner', nickname: null, displayName: null, endpoints: [device({ callId: 'abc@host' })] }),
];

const found = (kind: Kind, words = ''): string[] => matching(PEOPLE, kind, words).map(({ uri }) => uri.slice(4, 7));

test('found by one slow or unbound device of several, by being muted, by role', () => {
  expect(found('all')).toEqual(['ana', 'bob', 'zoe']);
  expect(found('slow')).toEqual(['ana']);
  expect(found('unbound')).toEqual(['bob']);
  expect(found('muted')).toEqual(['bob']);
  expect(found('moderators')).toEqual(['zoe']);
  expect(count(PEOPLE, 'slow')).toBe(1);
});

test('found by name, URI, and what is known of a device, in whatever case', () => {
  expect(found('all', ' ANA ')).toEqual(['ana']);
  expect(found('all', 'sip:zoe')).toEqual(['zoe']);
  expect(found('all', 'blink')).toEqual(['bob']);
  expect(found('all', 'e2')).toEqual(['ana']);
  expect(found('all', 'abc@host')).toEqual(['zoe']);
  expect(found('all', '192.0.2.1')).toEqual(['ana', 'bob', 'zoe']);
  expect(found('slow', 'bob')).toEqual([]);
  // What is not known is not found as the word for it.
  expect(found('all', 'null')).toEqual([]);
});

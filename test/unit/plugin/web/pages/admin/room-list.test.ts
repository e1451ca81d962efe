import type { FeedEvent, RoomSummary } from '../../../../../../plugin/api/schemas/index.js';
import { type Choice, nameOf, RoomList } from '../../../../../../plugin/web/pages/admin/model/room-list.js';

const room = (name: string, rest: Partial<RoomSummary> = {}): RoomSummary => ({
  uri: `sip:${name}@localhost`,
  name,
  title: null,
  subject: '',
  participants: 0,
  endpoints: 0,
  locked: false,
  newcomers: 'participant',
  deletion: 'empty',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...rest,
});

const CHOICE: Choice = { filter: '', state: 'all', sort: 'name', descending: false, page: 0, size: 50 };

function list(...rooms: RoomSummary[]): RoomList {
  const made = new RoomList();
  made.replace(rooms);
  return made;
}

const names = (of: RoomList, choice: Partial<Choice> = {}): string[] =>
  of.page({ ...CHOICE, ...choice }).rows.map(({ name }) => name);

const event = (type: FeedEvent['type'], name: string, rest: object = {}): FeedEvent =>
  ({ type, id: '1', time: '2026-01-02T00:00:00.000Z', room: `sip:${name}@localhost`, ...rest }) as FeedEvent;

test('sorted by what is shown as the name, by people, by age; equals always in the same order', () => {
  const rooms = list(
    room('room10', { participants: 1, createdAt: '2026-01-03T00:00:00.000Z' }),
    room('room9', { participants: 5, createdAt: '2026-01-04T00:00:00.000Z' }),
    room('zebra', { title: 'Apples', participants: 1 }),
  );
  expect(names(rooms)).toEqual(['zebra', 'room9', 'room10']);
  expect(names(rooms, { descending: true })).toEqual(['room10', 'room9', 'zebra']);
  expect(names(rooms, { sort: 'participants', descending: true })).toEqual(['room9', 'room10', 'zebra']);
  expect(names(rooms, { sort: 'createdAt' })).toEqual(['zebra', 'room10', 'room9']);
});

test('found by name, title, subject or URI, in whatever case', () => {
  const rooms = list(room('tea', { subject: 'Oolong' }), room('x', { title: 'Coffee' }), room('y'));
  expect(names(rooms, { filter: ' OOLONG ' })).toEqual(['tea']);
  expect(names(rooms, { filter: 'coff' })).toEqual(['x']);
  expect(names(rooms, { filter: 'sip:y@' })).toEqual(['y']);
  expect(names(rooms, { filter: 'none of them' })).toEqual([]);
});

test('only those that are locked, moderated, empty or not', () => {
  const rooms = list(
    room('a', { locked: true, participants: 2 }),
    room('b', { newcomers: 'visitor' }),
    room('c', { locked: true, newcomers: 'visitor' }),
  );
  expect(names(rooms, { state: 'locked' })).toEqual(['a', 'c']);
  expect(names(rooms, { state: 'moderated' })).toEqual(['b', 'c']);
  expect(names(rooms, { state: 'empty' })).toEqual(['b', 'c']);
  expect(names(rooms, { state: 'busy' })).toEqual(['a']);
  expect(names(rooms, { state: 'locked', filter: 'C@' })).toEqual(['c']);
});

test('rows that are held stay in their order; those that are gone are left out', () => {
  const rooms = list(room('a', { participants: 1 }), room('b', { participants: 2 }), room('c'));
  rooms.apply(event('room.closed', 'b'));
  rooms.apply(event('participant.joined', 'a'));
  const held = rooms.of(['sip:c@localhost', 'sip:b@localhost', 'sip:a@localhost']);
  expect(held.map(({ name, participants }) => [name, participants])).toEqual([
    ['c', 0],
    ['a', 2],
  ]);
});

test('nothing read yet is not the same as no rooms', () => {
  expect(new RoomList().read).toBe(false);
  expect(list().read).toBe(true);
});

test('10,000 rooms are a page at a time, and no page is beyond the last one', () => {
  const rooms = list(...Array.from({ length: 10_000 }, (_, index) => room(`r${index}`)));
  const last = rooms.page({ ...CHOICE, page: 1e6 });
  expect(last).toMatchObject({ matching: 10_000, page: 199, pages: 200 });
  expect(last.rows).toHaveLength(50);
  expect(last.rows.at(-1)?.name).toBe('r9999');
  expect(rooms.page({ ...CHOICE, filter: 'r999', page: 5 })).toMatchObject({ matching: 11, page: 0, pages: 1 });
});

test('kept up by events', () => {
  const rooms = list(room('a', { participants: 1 }));
  const shown = (): RoomSummary | undefined => rooms.page(CHOICE).rows[0];
  expect(rooms.apply(event('participant.joined', 'a'))).toBe(true);
  expect(shown()?.participants).toBe(2);
  for (let left = 0; left < 3; left += 1) rooms.apply(event('participant.left', 'a'));
  expect(shown()?.participants).toBe(0);
  const changed = { subject: 'tea', title: 'A', locked: true, newcomers: 'visitor', maxParticipants: 5 };
  expect(rooms.apply(event('room.configured', 'a', { changed }))).toBe(true);
  expect(shown()).toMatchObject({ subject: 'tea', title: 'A', locked: true, newcomers: 'visitor' });
  expect(shown()).not.toHaveProperty('maxParticipants');
  expect(rooms.apply(event('room.created', 'b', { title: null, subject: 'new' }))).toBe(true);
  expect(names(rooms)).toEqual(['a', 'b']);
  expect(rooms.apply(event('room.closed', 'a'))).toBe(true);
  expect(names(rooms)).toEqual(['b']);
});

test('what changes nothing says so', () => {
  const rooms = list(room('a', { participants: 3 }));
  for (const nothing of [
    event('participant.joined', 'unknown'),
    event('room.closed', 'unknown'),
    event('room.created', 'a', { title: null, subject: '' }),
    event('room.configured', 'a', { changed: { maxParticipants: 5 } }),
    event('audit', 'a'),
    { type: 'server.ready', id: '1', time: '' } as const,
  ]) {
    expect(rooms.apply(nothing)).toBe(false);
  }
  expect(rooms.page(CHOICE).rows[0]?.participants).toBe(3);
});

test('names of URIs', () => {
  expect(nameOf('sip:tea%20room@example.com')).toBe('tea room');
  expect(nameOf('tel:+34123')).toBe('+34123');
  expect(nameOf('sip:100%@x')).toBe('100%');
  expect(nameOf('lobby')).toBe('lobby');
});

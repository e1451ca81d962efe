import type { RoomOrigin } from '../../../lib/focus/index.js';
import { SavedRooms } from '../../../lib/focus/saved-rooms.js';
import { MemoryStore } from '../../../lib/store/memory.js';
import { silent } from '../../../lib/util/log.js';
import { FocusRig, identity, ROOM } from '../../support/focus-rig.js';

const ORIGIN: RoomOrigin = {
  contributionId: 'c1',
  conversationId: 'v1',
  inReplyTo: null,
  subject: 'Trip',
  creator: 'sip:ana@example.com',
};

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

/** A server that begins with what is in the store; whatever it leaves there is what the next one finds. */
function started(configured: string[] = [], log = silent) {
  const rig = new FocusRig({ rooms: { static: Object.fromEntries(configured.map((uri) => [uri, {}])) } });
  const saved = new SavedRooms({ focus: rig.focus, store, clock: rig.clock, log, configured });
  saved.restore();
  return Object.assign(rig, { saved });
}

const keys = (): string[] => store.all().map(({ key }) => key);

test('FAC-14: a group is there again with those who belong to it, whatever moment the process ended in', () => {
  const first = started();
  first.focus.create(ROOM, { membership: true, subject: 'Trip' }, ORIGIN);
  expect(keys()).toEqual([ROOM]);
  first.join('sip:ana@example.com');
  first.focus.invite({ room: ROOM, identity: identity('sip:bea@example.com'), by: identity('sip:ana@example.com') });
  first.clock.advance(200);
  // No end of it: the process was killed.
  const { focus } = started();
  const room = focus.room(ROOM);
  expect(room?.origin).toEqual(ORIGIN);
  expect(room?.config).toMatchObject({ membership: true, subject: 'Trip' });
  expect(Array.from(room?.members.values() ?? [], ({ uri, standing }) => `${uri} ${standing}`)).toEqual([
    'sip:ana@example.com disconnected',
    'sip:bea@example.com pending',
  ]);
  expect(focus.roomByContribution('c1')).toBe(room);
  expect(room?.invited(identity('sip:ana@example.com'))).toBe(true);
});

test('the end of the server takes no room out of the store, the end of a room does', () => {
  const first = started();
  first.focus.create(ROOM);
  first.focus.create('sip:gone@chat.example.com');
  first.focus.configure(ROOM, { subject: 'kept' });
  first.focus.close('sip:gone@chat.example.com', 'done');
  first.focus.shutdown();
  expect(first.clock.pending).toBe(0);
  const second = started();
  expect([...second.focus.rooms.values()].map(({ uri, config }) => [uri, config.subject])).toEqual([[ROOM, 'kept']]);
});

test('rooms that end by themselves, and those of the configuration, are not saved', () => {
  const rig = started(['sip:static@chat.example.com']);
  rig.join('sip:ana@example.com');
  rig.focus.configure('sip:static@chat.example.com', { subject: 'x' });
  rig.clock.advance(1_000);
  expect(keys()).toEqual([]);
});

test('a room whose policy changes comes into the store, or leaves it', () => {
  const rig = started();
  rig.join('sip:ana@example.com');
  rig.focus.configure(ROOM, { deletion: 'never' });
  rig.clock.advance(200);
  expect(keys()).toEqual([ROOM]);
  rig.focus.configure(ROOM, { deletion: 'empty' });
  rig.clock.advance(200);
  expect(keys()).toEqual([]);
});

test('what cannot be brought back stays where it is, and keeps no other from coming back', () => {
  const first = started();
  first.focus.create(ROOM);
  first.saved.close();
  const values = new Map<string, unknown>([
    ['sip:later@x', { version: 2 }],
    ['sip:odd@x', 'text'],
    ['none', { version: 1, uri: 'none', config: {}, members: [] }],
  ]);
  store.write(values);
  const errors: object[] = [];
  const second = started([], { ...silent, error: (fields) => void errors.push(fields) });
  expect([...second.focus.rooms.keys()]).toEqual([ROOM]);
  expect(errors).toHaveLength(3);
  expect(keys()).toHaveLength(4);
});

test('a disk that is full is counted, and the chat goes on', () => {
  const rig = started();
  store.write = () => {
    throw new Error('disk full');
  };
  rig.focus.create(ROOM);
  rig.join('sip:ana@example.com');
  expect(rig.saved.failures).toBe(1);
  expect(rig.focus.room(ROOM)?.participants.size).toBe(1);
  rig.focus.shutdown();
  expect(rig.saved.failures).toBe(2);
});

test('REF-14: who is banned from a room of the configuration stays so; a room it names no more does not come back', () => {
  const uri = 'sip:static@chat.example.com';
  const first = started([uri]);
  first.focus.moderate(uri, { act: 'ban', target: 'sip:mallory@example.com' }, null);
  first.clock.advance(1_000);
  expect(keys()).toEqual([uri]);
  const second = started([uri]);
  const bans = second.focus.room(uri)?.moderation.bans.list;
  expect(bans).toMatchObject([{ pattern: 'sip:mallory@example.com' }]);
  const third = started([]);
  expect(third.focus.room(uri)).toBeUndefined();
  expect(keys()).toEqual([]);
  // The last ban lifted, nothing is kept.
  const fourth = started([uri]);
  expect(fourth.focus.room(uri)?.moderation.bans.list).toEqual([]);
});

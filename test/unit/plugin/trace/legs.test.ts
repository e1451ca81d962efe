import { Backlog } from '../../../../plugin/trace/backlog.js';
import { Legs } from '../../../../plugin/trace/legs.js';

const LEG = { room: 'sip:lobby@localhost', participant: 'sip:ana@example.com', callId: 'c1' };
const SEATED = { ...LEG, endpoint: 'e1', session: 's1' };

test('with a room its legs are wanted, others are not, and of what nobody spoke of nothing is known', () => {
  const legs = new Legs({ room: 'sip:lobby@LOCALHOST;transport=tcp' });
  expect(legs.add(SEATED)).toBe(true);
  expect(legs.add({ ...SEATED, room: 'sip:other@localhost', callId: 'c2', session: 's2' })).toBe(false);
  expect(legs.call('c1')).toEqual({ wanted: true, leg: SEATED });
  expect(legs.session('s1')).toEqual({ wanted: true, leg: SEATED });
  expect([legs.call('c2'), legs.session('s2')]).toEqual([{ wanted: false }, { wanted: false }]);
  expect([legs.call('c3'), legs.session('s3')]).toEqual([undefined, undefined]);
});

test('what is asked for together has to be true together', () => {
  const legs = new Legs({ room: LEG.room, participant: LEG.participant });
  expect(legs.add(SEATED)).toBe(true);
  expect(legs.add({ ...SEATED, participant: 'sip:ben@example.com', callId: 'c2' })).toBe(false);
  expect(legs.names([LEG.room])).toBe(false);
});

test('of an endpoint nothing is known before it has an id', () => {
  const legs = new Legs({ endpoint: 'e1' });
  expect(legs.add(LEG)).toBe(false);
  expect(legs.call('c1')).toBeUndefined();
  expect(legs.add(SEATED)).toBe(true);
  expect(legs.call('c1')).toEqual({ wanted: true, leg: SEATED });
  expect(legs.add({ ...SEATED, endpoint: 'e2', callId: 'c2' })).toBe(false);
});

test('a message that names the room is of it, before anybody has joined', () => {
  const legs = new Legs({ room: LEG.room });
  expect(legs.names([undefined, 'sip:ana@example.com', 'sip:lobby@localhost:5060;x=y'])).toBe(false);
  expect(legs.names(['sip:ana@example.com', 'sip:lobby@localhost'])).toBe(true);
  legs.addCall('c9');
  expect(legs.call('c9')).toEqual({ wanted: true, leg: null });
});

test('without any filter everything is wanted, with its leg where that is known', () => {
  const legs = new Legs({});
  legs.add(SEATED);
  expect(legs.all).toBe(true);
  expect(legs.call('c1')).toEqual({ wanted: true, leg: SEATED });
  expect(legs.session('unheard of')).toEqual({ wanted: true, leg: null });
});

test('a backlog gives what is of a key, once, in order', () => {
  const backlog = new Backlog<number>();
  for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) backlog.add(key, 10, index);
  expect(backlog.take('a')).toEqual([0, 2]);
  expect(backlog.take('a')).toEqual([]);
  expect(backlog.take('b')).toEqual([1]);
});

test('it keeps no more than so many, and so many octets: the oldest go first', () => {
  const backlog = new Backlog<number>();
  for (let i = 0; i < 1_030; i++) backlog.add(i < 6 ? 'old' : 'new', 1, i);
  expect(backlog.take('old')).toEqual([]);
  expect(backlog.take('new')).toHaveLength(1_024);
  backlog.add('big', 600_000, 1);
  backlog.add('big', 600_000, 2);
  expect(backlog.take('big')).toEqual([2]);
  backlog.add('huge', 2_000_000, 3);
  expect(backlog.take('huge')).toEqual([]);
});

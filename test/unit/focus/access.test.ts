import type { RoomConfigChange } from '../../../lib/focus/index.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { FocusRig, ROOM, session } from '../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';
const REPLACED = 'departed replaced by another endpoint';

const rigWith = (simultaneousAccess: RoomConfigChange['simultaneousAccess']) =>
  new FocusRig({ rooms: { defaults: { simultaneousAccess } } });

const refusal = (rig: FocusRig, uri: string): string | undefined => {
  try {
    rig.invite(uri);
  } catch (error) {
    if (error instanceof ChatroomsError) return `${error.sipStatus} ${error.code}`;
    throw error;
  }
  return undefined;
};

/** Joins, and its session is bound. */
const enter = (rig: FocusRig, uri: string) => {
  const joined = rig.join(uri);
  rig.focus.sessionBound(joined.id);
  return joined;
};

const roles = ({ control }: FocusRig): boolean[] => [...control.endpoints.values()].map(({ moderator }) => moderator);

const entities = (document: string): string[] => document.match(/<endpoint entity="[^"]*"/g) ?? [];

describe('7701-6.1-13 simultaneousAccess false', () => {
  test('a second endpoint of the same participant is refused, others are not', () => {
    const rig = rigWith(false);
    enter(rig, ANA);
    expect(refusal(rig, ANA)).toBe('403 CHAT_ERR_ALREADY_IN_ROOM');
    expect(refusal(rig, BO)).toBeUndefined();
  });

  test('also while the first one is still being answered, and not once that came to nothing', () => {
    const rig = rigWith(false);
    const first = rig.invite(ANA);
    expect(refusal(rig, ANA)).toBe('403 CHAT_ERR_ALREADY_IN_ROOM');
    first.handle.leave('failed');
    expect(refusal(rig, ANA)).toBeUndefined();
  });

  test('P-CON-03 one whose connection is lost gives way, once the new one is there', () => {
    const rig = rigWith(false);
    const lost = enter(rig, ANA);
    rig.focus.sessionLost(lost.id, 'connection-lost');
    const next = rig.join(ANA);
    expect(lost.ended).toEqual([]);
    rig.focus.sessionBound(next.id);
    expect([lost.ended, next.ended]).toEqual([[REPLACED], []]);
    rig.clock.advance(60_000);
    expect([rig.focus.room(ROOM)?.participants.size, next.ended]).toEqual([1, []]);
    expect(rig.events).toEqual([`roomCreated ${ROOM}`, `join ${ANA}`]);
  });

  test('P-CON-03 a rescued one does not give way', () => {
    const rig = rigWith(false);
    const first = enter(rig, ANA);
    rig.focus.sessionLost(first.id, 'connection-lost');
    first.handle.update(session());
    expect(refusal(rig, ANA)).toBe('403 CHAT_ERR_ALREADY_IN_ROOM');
  });
});

describe("7701-6.1-13 simultaneousAccess 'replace'", () => {
  test('the new endpoint takes the place of the older ones when its session is there', () => {
    const rig = rigWith('replace');
    const [first, pending] = [enter(rig, ANA), rig.invite(ANA)];
    const watcher = rig.watch();
    const next = rig.join(ANA);
    rig.clock.advance(2000);
    expect([first.ended, entities(watcher.last)]).toEqual([[], [expect.any(String), expect.any(String)]]);
    rig.focus.sessionBound(next.id);
    rig.focus.sessionBound(next.id);
    expect([first.ended, pending.ended, next.ended]).toEqual([[REPLACED], [REPLACED], []]);
    expect([...rig.control.endpoints.keys()]).toEqual([next.id]);
    rig.clock.advance(2000);
    expect(entities(watcher.last)).toEqual(['<endpoint entity="ana-3"']);
    expect(watcher.documents.every((document) => document.includes(`entity="${ANA}"`))).toBe(true);
    expect(rig.events).toEqual([`roomCreated ${ROOM}`, `join ${ANA}`]);
  });

  test('an endpoint whose session never comes takes nobody’s place', () => {
    const rig = rigWith('replace');
    const first = enter(rig, ANA);
    const next = rig.join(ANA);
    rig.focus.sessionLost(next.id, 'not-bound');
    expect([first.ended, next.ended]).toEqual([[], ['failed not-bound']]);
  });

  test('7701-7.1-12 its nickname is not carried over, and is held for the same user', () => {
    const rig = rigWith('replace');
    const first = enter(rig, ANA);
    rig.focus.nickname(first.id, 'Ana');
    const next = enter(rig, ANA);
    expect(rig.focus.findParticipant(ROOM, ANA)?.nickname).toBeNull();
    expect(rig.focus.nickname(enter(rig, BO).id, 'Ana')).toBe(425);
    expect(rig.focus.nickname(next.id, 'Ana')).toBe(200);
  });
});

test('simultaneousAccess changed while the room runs: those who are in stay', () => {
  const rig = rigWith(true);
  const devices = [enter(rig, ANA), enter(rig, ANA)];
  rig.focus.configure(ROOM, { simultaneousAccess: false });
  expect(refusal(rig, ANA)).toBe('403 CHAT_ERR_ALREADY_IN_ROOM');
  rig.focus.configure(ROOM, { simultaneousAccess: true });
  devices.push(enter(rig, ANA));
  expect(devices.flatMap(({ ended }) => ended)).toEqual([]);
  rig.focus.configure(ROOM, { simultaneousAccess: 'replace' });
  enter(rig, ANA);
  expect(devices.flatMap(({ ended }) => ended)).toEqual([REPLACED, REPLACED, REPLACED]);
});

describe('7701-6.2-07 the role the switch is told', () => {
  test('changes with the configuration, and is told only where it did', () => {
    const rig = new FocusRig({ rooms: { defaults: { moderators: [ANA] } } });
    rig.join(ANA);
    rig.join(BO);
    expect(roles(rig)).toEqual([true, false]);
    rig.focus.configure(ROOM, { title: 'Lunch' });
    expect(rig.control.calls.filter((call) => call.startsWith('updateEndpoint'))).toEqual([]);
    rig.focus.configure(ROOM, { moderators: [BO] });
    expect(roles(rig)).toEqual([false, true]);
  });

  test('changes for all endpoints when another one of the participant has the URI of a moderator', () => {
    const rig = new FocusRig({ rooms: { defaults: { moderators: ['tel:+34600000001'] } } });
    rig.join(ANA);
    const phone = rig.join(ANA, { identity: { aliases: ['tel:+34600000001'] } });
    expect(roles(rig)).toEqual([true, true]);
    phone.handle.leave('departed');
    expect(roles(rig)).toEqual([false]);
  });

  test('an endpoint whose INVITE is being answered is not told before it is known', () => {
    const rig = new FocusRig();
    rig.join(BO);
    const coming = rig.invite(ANA);
    rig.focus.configure(ROOM, { moderators: [ANA] });
    expect(rig.control.calls).not.toContain(`updateEndpoint ${coming.id}`);
    coming.handle.connect(session());
    expect(rig.control.endpoints.get(coming.id)?.moderator).toBe(true);
  });
});

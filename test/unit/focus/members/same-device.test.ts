import type { RoomConfigChange } from '../../../../lib/focus/index.js';
import { FocusRig, identity, ROOM, session } from '../../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const PHONE = { instance: '"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"' };
const DESK = { instance: '198.51.100.7' };
const REPLACED = ['replaced replaced by another endpoint'];

/** A room that ana's phone is in, and a watcher of it. */
const world = (config: RoomConfigChange = {}) => {
  const rig = new FocusRig({ rooms: { defaults: config } });
  const old = rig.join(ANA, PHONE);
  rig.focus.sessionBound(old.id);
  const watcher = rig.watch();
  rig.clock.advance(2000);
  return { rig, old, watcher };
};

const endpoints = ({ focus }: FocusRig) =>
  focus
    .room(ROOM)
    ?.roster.document()
    .users?.list.flatMap(({ endpoints: list = [] }) => list.map(({ entity }) => entity));

describe('JOIN-08 a device that calls again', () => {
  test.each([
    ['true', true],
    ['false', false],
    ['replace', 'replace'],
  ] as const)('simultaneousAccess %s: takes the place of its old endpoint, and nobody sees it', (_name, access) => {
    const { rig, old, watcher } = world({ simultaneousAccess: access });
    const documents = watcher.documents.length;
    const next = rig.join(ANA, PHONE);
    rig.clock.advance(2000);
    expect([old.ended, endpoints(rig)]).toEqual([[], ['ana-1']]);
    rig.focus.sessionBound(next.id);
    rig.clock.advance(2000);
    expect([old.ended, next.ended, endpoints(rig)]).toEqual([REPLACED, [], ['ana-1']]);
    expect([...rig.control.endpoints.keys()]).toEqual([next.id]);
    expect(watcher.documents).toHaveLength(documents);
    expect(rig.events).toEqual([`roomCreated ${ROOM}`, `join ${ANA}`]);
  });

  test('another device of the participant is another endpoint', () => {
    const { rig, old } = world();
    const desk = rig.join(ANA, DESK);
    rig.focus.sessionBound(desk.id);
    rig.focus.sessionBound(rig.join(ANA).id);
    expect([old.ended, desk.ended, endpoints(rig)]).toEqual([[], [], ['ana-1', 'ana-2', 'ana-3']]);
  });

  test('nor does it take the place of the same device of somebody else', () => {
    const { rig, old } = world();
    rig.focus.sessionBound(rig.join('sip:bo@example.com', PHONE).id);
    expect(old.ended).toEqual([]);
  });

  test('one whose session never comes replaces nobody', () => {
    const { rig, old, watcher } = world();
    const documents = watcher.documents.length;
    const next = rig.join(ANA, PHONE);
    rig.focus.sessionLost(next.id, 'not-bound');
    rig.clock.advance(2000);
    expect([old.ended, endpoints(rig), watcher.documents.length]).toEqual([[], ['ana-1'], documents]);
  });

  test('the old one is lost before the new one is there: no leave, and the new one is shown', () => {
    const { rig, old } = world();
    rig.focus.sessionLost(old.id, 'connection-lost');
    rig.clock.advance(20_000);
    const next = rig.join(ANA, PHONE);
    rig.clock.advance(10_000);
    expect([old.ended, endpoints(rig)]).toEqual([['failed connection-lost'], ['ana-1']]);
    rig.focus.sessionBound(next.id);
    expect(rig.events).toEqual([`roomCreated ${ROOM}`, `join ${ANA}`]);
  });

  test('called twice, both while the old one is there: the last one stays', () => {
    const { rig, old } = world();
    const [second, third] = [rig.join(ANA, PHONE), rig.join(ANA, PHONE)];
    rig.focus.sessionBound(second.id);
    expect([old.ended, second.ended, endpoints(rig)]).toEqual([REPLACED, [], ['ana-1']]);
    rig.focus.sessionBound(third.id);
    expect([second.ended, third.ended, endpoints(rig)]).toEqual([REPLACED, [], ['ana-1']]);
  });

  test('into a locked room, and one that takes no more endpoints', () => {
    const rig = new FocusRig({ limits: { maxEndpointsPerParticipant: 1 } });
    const old = rig.join(ANA, PHONE);
    rig.focus.configure(ROOM, { locked: true });
    expect(() => rig.join(ANA, DESK)).toThrow('locked');
    const next = rig.invite(ANA, PHONE);
    expect(() => rig.invite(ANA, PHONE)).toThrow('1 endpoints');
    next.handle.connect(session());
    rig.focus.sessionBound(next.id);
    expect(old.ended).toEqual(REPLACED);
  });

  test('DOC-23 it has been there since the device joined, and a member is no guest again', () => {
    const { rig } = world({ membership: true });
    const [since] = [...(rig.focus.room(ROOM)?.members.values() ?? [])].map((member) => member.since);
    rig.clock.advance(5000);
    rig.focus.sessionBound(rig.join(ANA, PHONE).id);
    const [member] = rig.focus.room(ROOM)?.members.values() ?? [];
    expect(member).toMatchObject({ standing: 'connected', since });
    const [user] = rig.focus.room(ROOM)?.roster.document().users?.list ?? [];
    expect(user.endpoints?.[0].joiningInfo?.when).toEqual(since);
    expect(rig.callOut(ANA, { identity: identity(ANA) }).handle.state).toBe('present');
  });
});

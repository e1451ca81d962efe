import type { Member, Standing } from '../../../../lib/focus/members/invitee.js';
import { ROOM_DEFAULTS } from '../../../../lib/focus/policy.js';
import { HandsetRoster } from '../../../../lib/focus/roster/handset-roster.js';
import { schemaErrors } from '../../../support/conference-schema.js';
import { FocusRig, identity, ROOM, session } from '../../../support/focus-rig.js';
import { GroupRoster } from '../../../support/handset/group-roster.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ANA = 'tel:+33600000001';
const BEA = 'tel:+33600000002';
const CARL = 'tel:+33600000003';
const GRACE = 60_000;

/** A handset in a group of FocusRig: what it makes of the documents. */
function watched(membership = true) {
  const rig = new FocusRig({ rooms: { defaults: { roster: { watch: 'anyone' } } } });
  rig.focus.create(ROOM, { membership, subject: 'Trip', maxParticipants: 100 });
  rig.join(ANA);
  const watcher = rig.watch(true, { view: 'rcs', identity: identity(ANA) });
  const told = () => {
    const roster = new GroupRoster();
    roster.read(watcher.last);
    expect(roster.thrown).toEqual([]);
    return Object.fromEntries(roster.members);
  };
  /** So that there is something to tell. */
  const news = (subject: string) => {
    rig.focus.configure(ROOM, { subject });
    rig.clock.advance(1_000);
  };
  return { rig, watcher, told, news };
}

test('DOC-12, DOC-13, DOC-14, DOC-16, DOC-22: a document of what handsets know, and nothing else', () => {
  const { watcher } = watched();
  expect(watcher.last).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:xcon="urn:ietf:params:xml:ns:xcon-conference-info"
 entity="${ROOM}" state="full" version="0">
 <conference-description>
  <subject>Trip</subject>
  <maximum-user-count>100</maximum-user-count>
 </conference-description>
 <conference-state>
  <user-count>1</user-count>
  <active>true</active>
  <locked>false</locked>
 </conference-state>
 <users state="full">
<user entity="${ANA}" state="full" yourown="true"><roles><entry>participant</entry></roles><endpoint entity="${ANA}" state="full"><status>connected</status></endpoint></user>
 </users>
</conference-info>
`);
});

/** One of each standing, behind whom watches. */
function everyStanding(standings: readonly Standing[], clock = new ManualClock()) {
  const members = new Map<string, Member>();
  const add = (uri: string, standing: Standing, more: Partial<Member> = {}): void => {
    const facts = { displayName: null, moderator: false, invitedBy: null, outcome: null, removedBy: null, ...more };
    members.set(uri, { uri, standing, since: clock.date(), ...facts });
  };
  add(ANA, 'connected', { moderator: true });
  standings.forEach((standing, index) => {
    const outcome = standing === 'declined' ? { status: 603, reason: 'Decline' } : null;
    add(`tel:+3360000001${index}`, standing, { displayName: `N${index}`, outcome, removedBy: ANA });
  });
  const world = { version: 0 };
  const roster = new HandsetRoster({
    clock,
    uri: ROOM,
    config: () => ROOM_DEFAULTS,
    maxParticipants: () => 10,
    participants: { size: 1 },
    version: () => world.version,
    members: () => members,
    maxSize: () => 60_000,
  });
  return { roster, members, add, world };
}

const STANDINGS = {
  connected: 'CONNECTED',
  'dialing-out': 'INVITED',
  alerting: 'INVITED',
  pending: 'INVITED',
  disconnected: 'DISCONNECTED',
  busy: 'DISCONNECTED',
  booted: 'DISCONNECTED',
  departed: 'DEPARTED',
  failed: 'FAILED',
  declined: 'DECLINED',
} satisfies Record<Standing, string>;

test('DOC-11, DOC-12, DOC-15, DOC-18, DOC-19, DOC-20: every standing as a handset takes it, and valid but for `yourown`', async () => {
  const standings = Object.keys(STANDINGS) as Standing[];
  const view = everyStanding(standings).roster.view(() => ANA);
  const { type, body } = view.next(true)?.write(7) ?? { type: '', body: '' };
  expect(type).toBe('application/conference-info+xml');
  const handset = new GroupRoster();
  handset.read(body);
  expect(handset.thrown).toEqual([]);
  expect(handset.own).toBe(1);
  expect([...handset.members.values()].toSorted()).toEqual(Object.values(STANDINGS).toSorted());
  expect(body).toContain('<entry>administrator</entry>');
  expect(body).toContain(`<disconnection-method>booted</disconnection-method><disconnection-info><by>${ANA}</by>`);
  expect(body).toContain('<reason>Reason: SIP;cause=603;text="Decline"</reason>');
  expect(body).not.toMatch(/deleted|<media|alerting/);
  expect(await schemaErrors(body.replace(' yourown="true"', ''))).toEqual([]);
});

test('SUB-12, DOC-20: nobody is marked for who is nobody there, and the text of the others is shared', () => {
  const { roster } = everyStanding(['connected']);
  const [mine, none] = [roster.view(() => ANA), roster.view(() => null)].map(
    (view) => view.next(true)?.told.users?.list,
  );
  expect(none?.map(({ yourOwn }) => yourOwn)).toEqual([undefined, undefined]);
  expect(mine?.[0].yourOwn).toBe(true);
  expect(mine?.[1]).toBe(none?.[1]);
});

test('SUB-11: with no room for all, oneself and who belongs to the group come first', () => {
  const { roster, add, world } = everyStanding(['departed']);
  for (let n = 0; n < 200; n++) add(`tel:+336100${1000 + n}`, 'connected', { displayName: 'x'.repeat(300) });
  world.version++;
  const list = roster.view(() => ANA).next(true)?.told.users?.list ?? [];
  expect(list.length).toBeGreaterThan(50);
  expect(list.length).toBeLessThan(202);
  expect(list[0]).toMatchObject({ entity: ANA, yourOwn: true });
});

test('DOC-21: everything again with every change, nothing when nothing is new to a handset', () => {
  const { rig, watcher, news, told } = watched();
  rig.join(BEA);
  rig.clock.advance(1_000);
  expect(told()).toEqual({ '+33600000002': 'CONNECTED' });
  news('Another');
  expect(told()).toEqual({ '+33600000002': 'CONNECTED' });
  expect(watcher.last).toContain('<subject>Another</subject>');
  const { length } = watcher.documents;
  rig.focus.configure(ROOM, { title: 'Handsets are not told of titles' });
  rig.clock.advance(5_000);
  expect(watcher.documents).toHaveLength(length);
  expect(watcher.versions).toEqual(watcher.documents.map((_document, index) => index));
});

describe('DOC-17: who left', () => {
  test.each([
    ['a group, which remembers him', true],
    ['a room that does not', false],
  ])('in %s is told of twice, and 60 s more', (_name, membership) => {
    const { rig, told, news } = watched(membership);
    const bea = rig.join(BEA);
    rig.clock.advance(1_000);
    bea.handle.leave('departed');
    rig.clock.advance(1_000);
    expect(told()).toEqual({ '+33600000002': 'DEPARTED' });
    // However long that takes.
    rig.clock.advance(10 * GRACE);
    news('second');
    expect(told()).toEqual({ '+33600000002': 'DEPARTED' });
    rig.clock.advance(GRACE - 2_000);
    news('third');
    expect(told()).toEqual({ '+33600000002': 'DEPARTED' });
    rig.clock.advance(GRACE);
    news('fourth');
    expect(told()).toEqual({});
  });

  test('comes back before that', () => {
    const { rig, told, news } = watched(false);
    const bea = rig.join(BEA);
    rig.clock.advance(1_000);
    bea.handle.leave('departed');
    rig.clock.advance(1_000);
    rig.join(BEA);
    rig.clock.advance(1_000);
    expect(told()).toEqual({ '+33600000002': 'CONNECTED' });
    rig.clock.advance(10 * GRACE);
    news('later');
    expect(told()).toEqual({ '+33600000002': 'CONNECTED' });
  });

  test('is counted when the NOTIFY was taken, not when it was sent', () => {
    const rig = new FocusRig({ rooms: { defaults: { roster: { watch: 'anyone' } } } });
    rig.focus.create(ROOM, { membership: true });
    rig.join(ANA);
    const bea = rig.join(BEA);
    const watcher = rig.watch(false, { view: 'rcs', identity: identity(CARL) });
    watcher.answer();
    bea.handle.leave('departed');
    for (const subject of ['a', 'b', 'c', 'd']) {
      rig.focus.configure(ROOM, { subject });
      rig.clock.advance(GRACE);
      watcher.answer('failed');
    }
    rig.focus.configure(ROOM, { subject: 'e' });
    rig.clock.advance(GRACE);
    expect(watcher.last).toContain('departed');
  });

  test('DOC-14: two devices are one endpoint, connected while one of them is', () => {
    const { rig, told, watcher } = watched();
    const first = rig.join(BEA);
    rig.join(BEA);
    rig.clock.advance(1_000);
    first.handle.leave('departed');
    rig.clock.advance(1_000);
    expect(told()).toEqual({ '+33600000002': 'CONNECTED' });
    expect(watcher.last.match(/<endpoint /g)).toHaveLength(2);
  });
});

test('INV-17, DOC-18: who is invited, refuses, and comes', () => {
  const { rig, told } = watched();
  const bea = rig.callOut(BEA);
  const carl = rig.callOut(CARL);
  bea.handle.ringing();
  rig.clock.advance(1_000);
  expect(told()).toEqual({ '+33600000002': 'INVITED', '+33600000003': 'INVITED' });
  bea.accept().handle.connect(session());
  carl.handle.ended({ status: 603, reason: 'Decline' });
  rig.clock.advance(1_000);
  expect(told()).toEqual({ '+33600000002': 'CONNECTED', '+33600000003': 'DECLINED' });
});

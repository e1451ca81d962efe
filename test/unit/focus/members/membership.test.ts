import type { RoomConfigChange, RoomOrigin } from '../../../../lib/focus/index.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { FocusRig, identity, ROOM, session } from '../../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';
const CY = 'sip:cy@example.com';
const DAY = 24 * 3_600_000;

const ORIGIN: RoomOrigin = {
  contributionId: 'c-1',
  conversationId: 'v-1',
  inReplyTo: null,
  subject: 'Trip to Porto',
  creator: ANA,
};

/** A group as the factory makes it, and the one who made it. */
const group = (config: RoomConfigChange = {}) => {
  const rig = new FocusRig({ rooms: { defaults: { roster: { notify: 'partial', watch: 'participants' } } } });
  rig.focus.create(ROOM, { membership: true, minMembers: 2, ...config }, ORIGIN);
  return { rig, ana: rig.join(ANA) };
};

const refusal = (call: () => unknown): string | undefined => {
  try {
    call();
  } catch (error) {
    if (error instanceof ChatroomsError) return `${error.sipStatus} ${error.code}`;
    throw error;
  }
  return undefined;
};

const NOT_A_MEMBER = '403 CHAT_ERR_NOT_A_MEMBER';
const members = ({ focus }: FocusRig) => focus.room(ROOM)?.members ?? new Map();
const standings = (rig: FocusRig) =>
  Object.fromEntries([...members(rig)].map(([uri, { standing }]) => [uri, standing]));
const isOpen = ({ focus }: FocusRig): boolean => focus.room(ROOM) !== undefined;

describe('INV-17 the standing of members after the final response', () => {
  test.each([
    [486, 'busy', 'busy'],
    [600, 'busy', 'busy'],
    [408, 'pending', 'pending'],
    [480, 'pending', 'pending'],
    [430, 'pending', 'pending'],
    [503, 'pending', 'pending'],
    [404, 'failed', 'failed'],
    [604, 'failed', 'failed'],
    [410, 'failed', 'failed'],
    [484, 'failed', 'failed'],
    [403, 'failed', 'disconnected'],
    [488, 'failed', 'disconnected'],
    [606, 'failed', 'disconnected'],
    [415, 'failed', 'disconnected'],
    // BYE-13.
    [603, 'declined', 'departed'],
  ])('BYE-13 %i: %s, of who was in before %s', (status, fresh, before) => {
    const { rig } = group();
    rig.callOut(CY);
    const outcome = { status, reason: 'Because' };
    rig.callOut(BO).handle.ended(outcome);
    expect(members(rig).get(BO)).toMatchObject({ standing: fresh, outcome, invitedBy: null });
    rig.callOut(BO).connect().handle.leave('disconnected');
    rig.callOut(BO, { by: identity(ANA) }).handle.ended(outcome);
    expect(members(rig).get(BO)).toMatchObject({ standing: before, outcome, invitedBy: ANA });
    const belongs = ['busy', 'pending', 'disconnected'].includes(before);
    expect(refusal(() => rig.invite(BO))).toBe(belongs ? undefined : NOT_A_MEMBER);
  });

  test('while it rings, and accepted without a session', () => {
    const { rig } = group();
    rig.callOut(CY);
    const bo = rig.callOut(BO);
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [CY]: 'dialing-out', [BO]: 'dialing-out' });
    bo.handle.ringing();
    expect(standings(rig)[BO]).toBe('alerting');
    bo.accept().handle.leave('failed');
    expect(standings(rig)[BO]).toBe('failed');
  });
});

describe('those who leave', () => {
  test.each([
    // BYE-02.
    ['departed', 'departed'],
    ['disconnected', 'disconnected'],
    ['failed', 'disconnected'],
  ] as const)('BYE-02 BYE-03 %s: %s', (how, standing) => {
    const { rig } = group();
    const watcher = rig.watch(true, { identity: identity(ANA) });
    const bo = rig.callOut(BO).connect();
    rig.callOut(CY);
    rig.clock.advance(2000);
    const cause = { status: 480, reason: 'Bearer Unavailable' };
    bo.handle.leave(how, cause);
    expect(members(rig).get(BO)).toMatchObject({ standing, outcome: cause });
    rig.clock.advance(2000);
    const text = watcher.last.replace(/>\s+</g, '><');
    expect(text).toContain('<status>disconnected</status>');
    expect(text).toContain('Reason: SIP;cause=480;text="Bearer Unavailable"');
    // BYE-03: "status `disconnected` without disconnection-method".
    expect(text.includes('<disconnection-method>departed<')).toBe(how === 'departed');
    expect(text.includes('<disconnection-method>')).toBe(how === 'departed');
  });

  test('BYE-01 without membership a connection that is gone is told as before', () => {
    const rig = new FocusRig({ rooms: { defaults: { roster: { notify: 'partial' } } } });
    rig.join(ANA);
    const watcher = rig.watch();
    const [bo, cy] = [rig.join(BO), rig.join(CY)];
    rig.clock.advance(2000);
    bo.handle.leave('disconnected');
    rig.clock.advance(2000);
    expect(watcher.last).toContain('<disconnection-method>departed</disconnection-method>');
    cy.handle.leave('failed');
    rig.clock.advance(2000);
    expect(watcher.last).toContain('<disconnection-method>failed</disconnection-method>');
    expect(standings(rig)).toEqual({ [ANA]: 'connected' });
  });

  test('one device is gone while the INVITE of another is being answered', () => {
    const { rig } = group();
    const [bo, phone] = [rig.callOut(BO).connect(), rig.invite(BO)];
    bo.handle.leave('disconnected');
    expect(standings(rig)[BO]).toBe('disconnected');
    phone.handle.connect(session());
    expect(standings(rig)[BO]).toBe('connected');
  });

  test('a lost MSRP connection leaves the member a member (BYE-11)', () => {
    const { rig } = group();
    const bo = rig.callOut(BO).connect();
    rig.focus.sessionLost(bo.id, 'unresponsive');
    expect(standings(rig)[BO]).toBe('disconnected');
  });

  test('JOIN-04 who left for good or was removed is refused, until he is invited again (INV-18)', () => {
    const { rig } = group();
    rig.callOut(CY).connect();
    rig.callOut(BO).connect().handle.leave('departed');
    expect(refusal(() => rig.join(BO))).toBe(NOT_A_MEMBER);
    expect(refusal(() => rig.callOut(BO, { automatic: true }))).toBe(NOT_A_MEMBER);
    rig.callOut(BO, { by: identity(CY) }).connect();
    rig.focus.eject(ROOM, BO, 'removed', identity(ANA));
    expect(members(rig).get(BO)).toMatchObject({ standing: 'booted', removedBy: ANA });
    expect(refusal(() => rig.join(BO))).toBe(NOT_A_MEMBER);
    const again = rig.callOut(BO, { by: identity(CY) });
    // INV-18: he begins anew.
    again.handle.ended({ status: 603, reason: 'Decline' });
    expect(standings(rig)[BO]).toBe('declined');
    rig.callOut(BO).connect();
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [CY]: 'connected', [BO]: 'connected' });
  });

  test('INV-18 a member who is away is dialled automatically', () => {
    const { rig } = group();
    rig.callOut(BO).connect().handle.leave('disconnected');
    expect(rig.callOut(BO, { automatic: true }).handle.state).toBe('new');
  });

  test('a member who is away can be removed', () => {
    const { rig } = group();
    rig.callOut(CY).connect();
    rig.callOut(BO).connect().handle.leave('disconnected');
    const watcher = rig.watch(true, { identity: identity(BO) });
    expect(rig.focus.remove(ROOM, BO, 'gone', identity(ANA))).toBe(true);
    expect(members(rig).get(BO)).toMatchObject({ standing: 'booted', removedBy: ANA });
    expect([watcher.ends, rig.focus.remove(ROOM, BO, 'gone')]).toEqual([['rejected'], false]);
  });
});

describe('those who come', () => {
  test('JOIN-04 nobody but members, who made it, and moderators', () => {
    const { rig } = group({ moderators: [BO] });
    expect(refusal(() => rig.join(CY))).toBe(NOT_A_MEMBER);
    expect(refusal(() => rig.join(BO))).toBeUndefined();
    expect(refusal(() => rig.join(ANA))).toBeUndefined();
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [BO]: 'connected' });
  });

  test('into a room of the configuration anybody, who is a member then', () => {
    const rig = new FocusRig();
    rig.focus.create(ROOM, { membership: true });
    rig.join(ANA).handle.leave('disconnected');
    expect(standings(rig)).toEqual({ [ANA]: 'disconnected' });
    rig.join(ANA).handle.leave('departed');
    expect([standings(rig), refusal(() => rig.join(ANA))]).toEqual([{ [ANA]: 'departed' }, NOT_A_MEMBER]);
  });

  test('JOIN-05 JOIN-07 a member comes back into a locked and full room, with one device', () => {
    const { rig, ana } = group({ maxParticipants: 2, minMembers: null });
    const bo = rig.callOut(BO).connect();
    rig.focus.configure(ROOM, { locked: true });
    bo.handle.leave('disconnected');
    // JOIN-06: "pending rcs members count".
    expect(refusal(() => rig.callOut(CY))).toBe('486 CHAT_ERR_ROOM_FULL');
    rig.join(BO);
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [BO]: 'connected' });
    expect(refusal(() => rig.join(BO))).toBe('403 CHAT_ERR_ROOM_LOCKED');
    ana.handle.leave('departed');
    expect(refusal(() => rig.join(ANA))).toBe(NOT_A_MEMBER);
  });

  test('by any of his URIs, the one he was invited by and those he came with', () => {
    const { rig } = group();
    rig.callOut(CY);
    const tel = 'tel:+34600000001';
    rig
      .callOut(tel)
      .connect({ identity: { uri: BO } })
      .handle.leave('disconnected');
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [CY]: 'dialing-out', [BO]: 'disconnected' });
    rig.join(tel).handle.leave('disconnected');
    rig.join(BO, { identity: { aliases: [tel] } }).handle.leave('departed');
    expect([refusal(() => rig.join(tel)), refusal(() => rig.join(BO))]).toEqual([NOT_A_MEMBER, NOT_A_MEMBER]);
  });

  test('4575-4.5-01 who hides keeps the URI that others know', () => {
    const { rig } = group({ pseudonymous: true });
    const bo = rig.callOut(BO).connect();
    const [, uri] = members(rig).keys();
    expect(uri).toMatch(/^sip:anonymous\d+@anonymous\.invalid$/);
    bo.handle.leave('disconnected');
    expect(standings(rig)[uri]).toBe('disconnected');
    rig.callOut(CY).connect();
    rig.join(BO);
    expect(standings(rig)).toMatchObject({ [uri]: 'connected' });
    expect(members(rig).size).toBe(3);
    bo.handle.leave('departed');
  });

  test('who nobody would recognise is no member', () => {
    const rig = new FocusRig();
    rig.focus.create(ROOM, { membership: true });
    const who = { identity: { anonymous: true } };
    rig.join('sip:anonymous@anonymous.invalid', who).handle.leave('disconnected');
    expect(standings(rig)).toEqual({});
  });

  test('SUB-08 members may watch whether connected or not, who left for good may not', () => {
    const { rig } = group();
    rig.callOut(CY);
    const bo = rig.callOut(BO).connect();
    const watcher = rig.watch(true, { identity: identity(BO) });
    bo.handle.leave('disconnected');
    expect(watcher.ends).toEqual([]);
    rig.watch(true, { identity: identity(BO) });
    rig.join(BO).handle.leave('departed');
    expect(watcher.ends).toEqual(['rejected']);
    expect(refusal(() => rig.watch(true, { identity: identity(BO) }))).toBe('403 CHAT_ERR_WATCH');
  });

  test('membership switched on and off while people are in', () => {
    const rig = new FocusRig();
    const [ana, bo] = [rig.join(ANA), rig.join(BO)];
    rig.focus.configure(ROOM, { membership: true });
    bo.handle.leave('disconnected');
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [BO]: 'disconnected' });
    rig.focus.configure(ROOM, { membership: false });
    expect(standings(rig)).toEqual({ [ANA]: 'connected' });
    ana.handle.leave('departed');
    expect(isOpen(rig)).toBe(false);
  });
});

describe('the life of a group', () => {
  test('FAC-22 it outlives its legs, and ends when nobody belongs to it any more', () => {
    const { rig, ana } = group({ minMembers: null });
    const bo = rig.callOut(BO).connect();
    ana.handle.leave('disconnected');
    bo.handle.leave('departed');
    expect(isOpen(rig)).toBe(true);
    rig.join(ANA).handle.leave('departed');
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
  });

  test('FAC-22 invitations go on while its creator is away, and not when he never was there', () => {
    const { rig, ana } = group();
    const bo = rig.callOut(BO);
    ana.handle.leave('disconnected');
    expect(bo.cancelled).toEqual([]);
    const other = new FocusRig();
    other.focus.create(ROOM, { membership: true }, ORIGIN);
    const creator = other.invite(ANA);
    const invited = other.callOut(BO);
    creator.handle.leave('failed');
    expect([invited.cancelled.length, isOpen(other)]).toEqual([1, false]);
  });

  test('BYE-08 three members, two leave for good: the third is told that it is over', () => {
    const { rig, ana } = group();
    const [bo, cy] = [rig.callOut(BO).connect(), rig.callOut(CY)];
    ana.handle.leave('disconnected');
    cy.handle.ended({ status: 408, reason: 'Request Timeout' });
    expect(isOpen(rig)).toBe(true);
    rig.join(CY).handle.leave('departed');
    expect(bo.ended).toEqual([]);
    rig.join(ANA).handle.leave('departed');
    expect([bo.ended, isOpen(rig)]).toEqual([['booted too few members'], false]);
  });

  test('BYE-08 the only one who was invited declines', () => {
    const { rig, ana } = group();
    const bo = rig.callOut(BO);
    expect(isOpen(rig)).toBe(true);
    bo.handle.ended({ status: 603, reason: 'Decline' });
    expect([ana.ended, isOpen(rig)]).toEqual([['booted too few members'], false]);
  });

  test('BYE-10 a creator who is away has not left', () => {
    const { rig, ana } = group({ deletion: 'creator' });
    rig.callOut(BO).connect();
    rig.callOut(CY).connect();
    ana.handle.leave('disconnected');
    expect(isOpen(rig)).toBe(true);
    expect(rig.focus.room(ROOM)?.isCreator(identity('tel:+34600000001', { aliases: [ANA] }))).toBe(true);
    expect(rig.focus.room(ROOM)?.isCreator(identity(BO))).toBe(false);
  });

  test('GDM-05 the creator of a room without factory joined first', () => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    rig.join(BO);
    const isCreator = (uri: string) => rig.focus.room(ROOM)?.isCreator(identity(uri));
    expect([isCreator(ANA), isCreator(BO)]).toEqual([true, false]);
    ana.handle.leave('departed');
    expect([isCreator(ANA), isCreator(BO)]).toEqual([false, true]);
  });

  test('BYE-07 nobody writes: everybody is sent away, and stays a member', () => {
    const { rig, ana } = group({ idleTimeout: 60_000 });
    const bo = rig.callOut(BO).connect();
    rig.clock.advance(50_000);
    rig.focus.spoke(ana.id);
    rig.clock.advance(59_999);
    expect(bo.ended).toEqual([]);
    rig.clock.advance(1);
    expect([ana.ended, bo.ended]).toEqual([['idle nobody wrote'], ['idle nobody wrote']]);
    expect(standings(rig)).toEqual({ [ANA]: 'disconnected', [BO]: 'disconnected' });
    const back = rig.join(BO);
    rig.clock.advance(59_999);
    expect(back.ended).toEqual([]);
    rig.focus.configure(ROOM, { idleTimeout: null });
    rig.clock.advance(DAY);
    expect(back.ended).toEqual([]);
  });

  test('FAC-23 a group in which nobody comes or writes for 30 days ends', () => {
    const { rig, ana } = group();
    rig.callOut(BO).connect().handle.leave('disconnected');
    rig.clock.advance(40 * DAY);
    ana.handle.leave('disconnected');
    rig.clock.advance(20 * DAY);
    rig.join(BO).handle.leave('disconnected');
    rig.clock.advance(30 * DAY - 1);
    expect(isOpen(rig)).toBe(true);
    rig.clock.advance(1);
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
    expect(rig.events.at(-1)).toBe(`roomClosed ${ROOM} nobody came or wrote any more`);
  });

  test("FAC-23 not with deletion 'never', of which a room of the configuration has one", () => {
    const rig = new FocusRig({ rooms: { static: { [ROOM]: { membership: true } } } });
    rig.join(ANA).handle.leave('disconnected');
    rig.clock.advance(100 * DAY);
    expect([standings(rig), rig.clock.pending]).toEqual([{ [ANA]: 'disconnected' }, 0]);
  });

  test('FAC-23 of a group nobody is in while an INVITE is under way: called off', () => {
    const { rig, ana } = group({ groupTtl: 1000 });
    ana.handle.leave('disconnected');
    const bo = rig.callOut(BO);
    rig.clock.advance(1000);
    expect([bo.cancelled.length, isOpen(rig)]).toEqual([1, false]);
  });
});

describe('FAC-16 restart', () => {
  test('a member is shown the room, others are refused, and nobody a room that is not there', () => {
    const { rig } = group({ minMembers: null });
    rig.callOut(CY).connect().handle.leave('departed');
    rig.callOut(BO).connect().handle.leave('disconnected');
    rig.callOut('sip:dee@example.com');
    const restart = (uri: string) => rig.focus.restart('c-1', identity(uri))?.uri;
    expect([restart(ANA), restart(BO), rig.focus.restart('c-2', identity(CY))]).toEqual([ROOM, ROOM, undefined]);
    expect(refusal(() => restart(CY))).toBe(NOT_A_MEMBER);
    expect(refusal(() => restart('sip:eve@example.com'))).toBe(NOT_A_MEMBER);
    expect(rig.focus.room(ROOM)?.absent).toEqual([identity(BO)]);
    expect(rig.focus.roomByContribution('c-1')?.origin).toEqual(ORIGIN);
    rig.focus.close(ROOM, 'over');
    expect(restart(ANA)).toBeUndefined();
  });
});

describe('BYE-14 snapshots', () => {
  test('what belongs to a room is there again, its legs are not', () => {
    const { rig } = group({ title: 'Porto' });
    rig.callOut(BO, { by: identity(ANA) }).connect();
    rig.callOut(CY).connect().handle.leave('departed');
    rig.callOut('sip:dee@example.com').handle.ringing();
    rig.clock.advance(1000);
    const snapshot = rig.focus.room(ROOM)?.snapshot();
    if (!snapshot) throw new Error('no room');
    const stored = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
    expect(stored).toEqual(snapshot);
    const next = new FocusRig();
    next.clock.advance(5000);
    next.focus.restore(stored);
    expect(standings(next)).toEqual({
      [ANA]: 'disconnected',
      [BO]: 'disconnected',
      [CY]: 'departed',
      'sip:dee@example.com': 'pending',
    });
    expect(next.focus.room(ROOM)?.config).toEqual(rig.focus.room(ROOM)?.config);
    expect(members(next).get(BO)?.invitedBy).toBe(ANA);
    expect(next.focus.restart('c-1', identity(BO))?.uri).toBe(ROOM);
    expect(refusal(() => next.join(CY))).toBe(NOT_A_MEMBER);
    next.join(BO);
    expect(standings(next)[BO]).toBe('connected');
  });

  test('a room of the configuration keeps that, and gets its members back', () => {
    const { rig } = group({ title: 'Old' });
    const snapshot = rig.focus.room(ROOM)?.snapshot();
    const next = new FocusRig({ rooms: { static: { [ROOM]: { membership: true, title: 'New' } } } });
    if (snapshot) next.focus.restore(snapshot);
    expect([next.focus.room(ROOM)?.title, standings(next)]).toEqual(['New', { [ANA]: 'disconnected' }]);
  });

  test('who hides does not get the made-up URI of a member who is away', () => {
    const { rig } = group({ pseudonymous: true });
    rig.callOut(BO).connect();
    const snapshot = rig.focus.room(ROOM)?.snapshot();
    const next = new FocusRig();
    if (snapshot) next.focus.restore(snapshot);
    next.callOut(CY).connect();
    next.join(BO);
    expect(new Set(members(next).keys()).size).toBe(3);
    expect(Object.values(standings(next)).filter((standing) => standing === 'connected')).toHaveLength(2);
  });

  test('changes of what a snapshot holds are told, the last when the server stops: members stay members', () => {
    const { rig } = group();
    const bo = rig.callOut(BO).connect();
    const told: string[] = [];
    rig.focus.on('changedDurably', (room) => {
      told.push(`${room.snapshot().members[1]?.standing} ${rig.focus.stopping}`);
    });
    rig.focus.spoke(bo.id);
    expect(told).toEqual([]);
    bo.handle.leave('disconnected');
    rig.join(BO);
    rig.focus.configure(ROOM, { title: 'Porto' });
    expect(told).toEqual(['disconnected false', 'connected false', 'connected false']);
    rig.focus.shutdown();
    expect(told.at(-1)).toBe('disconnected true');
    expect(isOpen(rig)).toBe(false);
  });
});

test('who does not belong to a room any more is forgotten one day', () => {
  const { rig } = group({ minMembers: null });
  for (let n = 0; n < 1005; n++) rig.callOut(`sip:u${n}@example.com`).handle.ended({ status: 603, reason: 'Decline' });
  expect(members(rig).size).toBe(1001);
  expect(members(rig).has('sip:u4@example.com')).toBe(false);
});

test('JOIN-06 a room holds its members and those about to join once', () => {
  const { rig } = group({ maxParticipants: 3 });
  const bo = rig.callOut(BO);
  const joining = bo.accept();
  expect(rig.focus.room(ROOM)?.headcount.total).toBe(2);
  joining.handle.connect(session());
  expect(rig.focus.room(ROOM)?.headcount.total).toBe(2);
  joining.handle.leave('disconnected');
  expect(rig.focus.room(ROOM)?.headcount.total).toBe(2);
});

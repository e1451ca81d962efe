import type { RoomConfigChange } from '../../../../lib/focus/index.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { schemaErrors } from '../../../support/conference-schema.js';
import { FocusRig, identity, ROOM, session } from '../../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';
const CY = 'sip:cy@example.com';

const rigWith = (defaults: RoomConfigChange = {}) => {
  const rig = new FocusRig({ rooms: { defaults: { roster: { notify: 'partial' }, ...defaults } } });
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

const users = ({ focus }: FocusRig) => focus.room(ROOM)?.roster.document().users?.list ?? [];
const shown = (rig: FocusRig, uri: string) => users(rig).find(({ entity }) => entity === uri)?.endpoints;
const standings = ({ focus }: FocusRig) =>
  Object.fromEntries([...(focus.room(ROOM)?.members ?? [])].map(([uri, { standing }]) => [uri, standing]));

describe('INV-17 an invited one in the roster', () => {
  test('DOC-23 dialing-out, alerting, and connected as dialed-out, referred by who had him invited', async () => {
    const { rig } = rigWith();
    const watcher = rig.watch();
    const bo = rig.callOut(BO, { by: identity(ANA), identity: identity(BO, { displayName: 'Bo' }) });
    const at = rig.clock.date();
    const referred = { when: at, by: ANA };
    const invited = { entity: 'bo-1', state: 'full', referred, joiningMethod: 'dialed-out' };
    expect(users(rig)[1]).toEqual({
      entity: BO,
      state: 'full',
      displayText: 'Bo',
      associatedAors: undefined,
      roles: ['participant'],
      endpoints: [{ ...invited, status: 'dialing-out' }],
    });
    bo.handle.ringing();
    expect(shown(rig, BO)).toEqual([{ ...invited, status: 'alerting' }]);
    expect(rig.focus.room(ROOM)?.roster.document().conferenceState?.userCount).toBe(1);
    rig.clock.advance(2000);
    expect(watcher.last).toContain('<status>alerting</status>');
    expect(await schemaErrors(watcher.last)).toEqual([]);
    const joined = bo.accept();
    expect(shown(rig, BO)).toEqual([{ ...invited, status: 'alerting' }]);
    joined.handle.connect(session());
    expect(shown(rig, BO)).toEqual([
      expect.objectContaining({ ...invited, status: 'connected', joiningInfo: { when: rig.clock.date() } }),
    ]);
    bo.handle.ended({ status: 500, reason: 'late' });
    bo.handle.ringing();
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [BO]: 'connected' });
    expect(users(rig)).toHaveLength(2);
    expect(rig.events.at(-1)).toBe(`join ${BO}`);
  });

  test('DOC-23 referred tells nobody who hides', () => {
    const { rig } = rigWith();
    const dee = identity('sip:dee@example.com', { anonymous: true });
    rig.callOut(BO, { by: dee });
    expect(shown(rig, BO)?.[0].referred).toEqual({ when: expect.any(Date), by: undefined });
    rig.join(dee.uri, { identity: dee });
    rig.callOut(CY, { by: dee });
    expect(shown(rig, CY)?.[0].referred?.by).toBe('sip:anonymous1@anonymous.invalid');
  });

  test.each([
    [486, 'Busy Here', 'busy'],
    [600, 'Busy Everywhere', 'busy'],
    [408, 'Request Timeout', 'failed'],
    [480, 'Temporarily Unavailable', 'failed'],
    [500, 'Server Internal Error', 'failed'],
    [404, 'Not Found', 'failed'],
    [604, 'Does Not Exist Anywhere', 'failed'],
    [403, 'Forbidden', 'failed'],
    [488, 'Not Acceptable Here', 'failed'],
    [603, 'Decline', 'failed'],
  ])('%i: disconnected for 30 s, to those who are told of changes', async (status, reason, method) => {
    const { rig } = rigWith();
    const watcher = rig.watch();
    rig.callOut(BO).handle.ended({ status, reason });
    expect(shown(rig, BO)).toBeUndefined();
    rig.clock.advance(2000);
    const text = watcher.last.replace(/>\s+</g, '><');
    expect(text).toContain(`<status>disconnected</status>`);
    expect(text).toContain(`<disconnection-method>${method}</disconnection-method>`);
    expect(text).toContain(`<reason>Reason: SIP;cause=${status};text="${reason}"</reason>`);
    expect(await schemaErrors(watcher.last)).toEqual([]);
    expect(rig.watch().last).not.toContain(BO);
    rig.clock.advance(32_000);
    expect(watcher.last).toContain(`<user entity="${BO}" state="deleted"/>`);
    expect(standings(rig)).toEqual({ [ANA]: 'connected' });
  });

  test('a phrase from the network cannot break the reason', () => {
    const { rig } = rigWith();
    const watcher = rig.watch();
    rig.callOut(BO).handle.ended({ status: 480, reason: 'a"b\\c\r\nVia: x' });
    rig.clock.advance(2000);
    expect(watcher.last).toContain(String.raw`text="a\"b\\c Via: x"`);
  });

  test('accepted without a session: as one who failed', () => {
    const { rig } = rigWith();
    const bo = rig.callOut(BO);
    bo.accept().handle.leave('failed');
    expect([standings(rig), users(rig).length]).toEqual([{ [ANA]: 'connected' }, 1]);
    expect(rig.callOut(BO).handle.state).toBe('new');
  });

  test('who hides is invited under a made-up URI, and keeps it', () => {
    const { rig } = rigWith();
    const hides = { identity: identity(BO, { anonymous: true, displayName: 'Bo' }) };
    const bo = rig.callOut(BO, hides);
    const uri = 'sip:anonymous1@anonymous.invalid';
    expect(JSON.stringify(users(rig))).not.toMatch(/bo@|Bo/i);
    expect(shown(rig, uri)).toHaveLength(1);
    expect(rig.focus.room(ROOM)?.roster.document('moderators').users?.list[1].associatedAors).toEqual([{ uri: BO }]);
    bo.connect();
    expect(shown(rig, uri)?.[0].status).toBe('connected');
  });

  test('a room that tells only how many are there names no invited ones', () => {
    const { rig } = rigWith({ roster: { full: 1 }, moderators: ['sip:mod@example.com'] });
    rig.callOut(BO);
    expect(users(rig)).toEqual([]);
  });
});

describe('REF-10 somebody invited twice', () => {
  test('no second INVITE while one is under way, nor when he is in or about to be', () => {
    const { rig } = rigWith();
    const bo = rig.callOut(BO);
    const again = rig.callOut(BO);
    expect([bo.handle.state, again.handle.state, rig.callOut(ANA).handle.state]).toEqual(['new', 'dialing', 'present']);
    again.handle.ringing();
    again.handle.ended({ status: 486, reason: 'Busy Here' });
    expect(shown(rig, BO)?.[0].status).toBe('dialing-out');
    rig.invite(CY);
    expect(rig.callOut(CY).handle.state).toBe('present');
    expect(
      rig.callOut('tel:+34600000001', { identity: identity('tel:+34600000001', { aliases: [BO] }) }).handle.state,
    ).toBe('dialing');
  });

  test('who dials in while the room calls him is one participant, and the INVITE is called off', () => {
    const { rig } = rigWith();
    const bo = rig.callOut(BO);
    const phone = rig.invite(BO);
    expect(bo.cancelled).toEqual([]);
    phone.handle.connect(session());
    expect(bo.cancelled).toEqual(['he joined by himself']);
    expect(shown(rig, BO)).toEqual([expect.objectContaining({ joiningMethod: 'dialed-in', referred: undefined })]);
    // Its 200 crossed the CANCEL.
    const late = bo.connect();
    expect(late.ended).toEqual([]);
    expect([users(rig).length, shown(rig, BO)?.length]).toEqual([2, 2]);
  });
});

describe('places', () => {
  test('JOIN-06 who is invited counts, until it came to nothing', () => {
    const { rig } = rigWith({ maxParticipants: 2 });
    const bo = rig.callOut(BO);
    expect(refusal(() => rig.join(CY))).toBe('486 CHAT_ERR_ROOM_FULL');
    expect(refusal(() => rig.callOut(CY))).toBe('486 CHAT_ERR_ROOM_FULL');
    expect(rig.callOut(BO).handle.state).toBe('dialing');
    bo.accept().handle.leave('failed');
    rig.join(CY);
    expect(standings(rig)).toEqual({ [ANA]: 'connected', [CY]: 'connected' });
  });

  test('FAC-11 REF-11 so many more', () => {
    const { rig } = rigWith({ maxParticipants: 3 });
    rig.callOut(BO).accept();
    expect(refusal(() => rig.focus.checkSpace(ROOM, 1))).toBeUndefined();
    expect(refusal(() => rig.focus.checkSpace(ROOM, 2))).toBe('486 CHAT_ERR_ROOM_FULL');
    expect(refusal(() => rig.focus.checkSpace('sip:other@chat.example.com', 1))).toBe('404 CHAT_ERR_ROOM_UNKNOWN');
  });

  test('JOIN-05 a locked room takes who was invited before, and others only when a moderator or the program asks', () => {
    const { rig } = rigWith({ moderators: [ANA] });
    const bo = rig.callOut(BO, { by: identity(CY) });
    rig.focus.configure(ROOM, { locked: true });
    expect(refusal(() => rig.join(CY))).toBe('403 CHAT_ERR_ROOM_LOCKED');
    expect(refusal(() => rig.join(ANA))).toBe('403 CHAT_ERR_ROOM_LOCKED');
    expect(refusal(() => rig.callOut(CY, { by: identity(BO) }))).toBe('403 CHAT_ERR_ROOM_LOCKED');
    bo.connect();
    rig.callOut(CY, { by: identity(ANA) }).connect();
    rig.callOut('sip:dee@example.com').connect();
    expect(Object.keys(standings(rig))).toHaveLength(4);
  });

  test('nobody can be invited under the URI of the room, or under none', () => {
    const { rig } = rigWith();
    expect(refusal(() => rig.callOut(ROOM))).toBe('403 CHAT_ERR_IDENTITY');
    expect(refusal(() => rig.callOut('bo'))).toBe('403 CHAT_ERR_IDENTITY');
  });

  test('SUB-08 who is invited may watch, as long as he is', () => {
    const { rig } = rigWith({ roster: { watch: 'participants' } });
    const watch = () => rig.watch(true, { identity: identity(BO) });
    expect(refusal(watch)).toBe('403 CHAT_ERR_WATCH');
    const bo = rig.callOut(BO);
    const watcher = watch();
    bo.handle.ended({ status: 486, reason: 'Busy Here' });
    expect([watcher.ends, refusal(watch)]).toEqual([['rejected'], '403 CHAT_ERR_WATCH']);
  });
});

describe('the end', () => {
  test('7701-5.3-02 a room is not empty while it invites, and calls that off when the last participant leaves', () => {
    const { rig, ana } = rigWith();
    const bo = rig.callOut(BO);
    ana.handle.leave('departed');
    expect(bo.cancelled).toEqual(['nobody is in the room any more']);
    expect(rig.events.at(-1)).toBe(`roomClosed ${ROOM} empty`);
    expect(refusal(() => bo.accept())).toBe('487 CHAT_ERR_INVITATION_OVER');
    bo.handle.ended({ status: 487, reason: 'Request Terminated' });
    expect(rig.clock.pending).toBe(0);
  });

  test('of several who are invited into an empty room one comes to nothing: the others are not called off', () => {
    const rig = new FocusRig();
    rig.focus.create(ROOM);
    const [bo, cy, dee] = [rig.callOut(BO), rig.callOut(CY), rig.callOut('sip:dee@example.com')];
    bo.handle.ended({ status: 486, reason: 'Busy Here' });
    cy.accept().handle.leave('failed');
    rig.invite(ANA).handle.leave('failed');
    expect(dee.cancelled).toEqual([]);
    dee.connect().handle.leave('departed');
    expect(rig.callOut(BO).handle.state).toBe('new');
  });

  test('who has accepted keeps the room, and it ends when that comes to nothing', () => {
    const { rig, ana } = rigWith();
    const bo = rig.callOut(BO).accept();
    ana.handle.leave('departed');
    expect(rig.focus.room(ROOM)).toBeDefined();
    bo.handle.leave('failed');
    expect(rig.focus.room(ROOM)).toBeUndefined();
  });

  test('BYE-15 CANCEL of who makes a room: it disappears, and so do its invitations', () => {
    const rig = new FocusRig();
    const origin = { contributionId: 'c1', conversationId: null, inReplyTo: null, subject: null, creator: ANA };
    rig.focus.create(ROOM, {}, origin);
    const ana = rig.invite(ANA);
    const bo = rig.callOut(BO);
    ana.handle.leave('failed');
    expect([bo.cancelled, rig.focus.room(ROOM)]).toEqual([['nobody is in the room any more'], undefined]);
    expect(rig.focus.roomByContribution('c1')).toBeUndefined();
  });

  test('BYE-09 a room that closes calls its invitations off before its participants go', () => {
    const { rig } = rigWith();
    const order: string[] = [];
    rig.focus.on('leave', (_room, { uri }) => order.push(`leave ${uri}`));
    rig.callOut(BO, { owner: { cancelled: (reason) => order.push(`cancelled ${reason}`) } });
    rig.callOut(CY, {
      owner: {
        cancelled: () => {
          throw new Error('broken');
        },
      },
    });
    rig.focus.close(ROOM, 'gone');
    expect(order).toEqual(['cancelled gone', `leave ${ANA}`]);
    expect(refusal(() => rig.callOut(BO))).toBe('404 CHAT_ERR_ROOM_UNKNOWN');
    rig.focus.drain();
    expect(refusal(() => rig.callOut(BO))).toBe('503 CHAT_ERR_DRAINING');
  });

  test('INV-14 who is being invited can be removed', () => {
    const { rig } = rigWith();
    const bo = rig.callOut(BO);
    expect(rig.focus.remove(ROOM, BO, 'not him')).toBe(true);
    expect([bo.cancelled, users(rig).length, rig.focus.remove(ROOM, BO, 'not him')]).toEqual([['not him'], 1, false]);
  });

  test('a room that waits to be empty waits while it invites', () => {
    const { rig, ana } = rigWith({ linger: 1000 });
    ana.handle.leave('departed');
    const bo = rig.callOut(BO);
    rig.clock.advance(5000);
    bo.handle.ended({ status: 486, reason: 'Busy Here' });
    rig.clock.advance(999);
    expect(rig.focus.room(ROOM)).toBeDefined();
    rig.clock.advance(1);
    expect(rig.focus.room(ROOM)).toBeUndefined();
  });

  test('DOC-23 who was removed: by whom', () => {
    const { rig } = rigWith({ moderators: [ANA] });
    const watcher = rig.watch();
    rig.join(BO);
    rig.clock.advance(2000);
    rig.focus.moderate(ROOM, { act: 'kick', target: BO }, identity(ANA));
    rig.clock.advance(2000);
    expect(watcher.last.replace(/>\s+</g, '><')).toContain(`<disconnection-method>booted</disconnection-method>`);
    expect(watcher.last).toContain(`<by>${ANA}</by>`);
  });
});

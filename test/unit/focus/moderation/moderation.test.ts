import type { Act, Actor, AuditEntry, RoomConfigChange, Role } from '../../../../lib/focus/index.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { FocusRig, identity, type JoinFacts, ROOM, watching } from '../../../support/focus-rig.js';

const uriOf = (user: string): string => `sip:${user}@example.com`;
const [OWN, OWN2, MOD, MOD2, ANA, BO, VIS] = ['own', 'own2', 'mod', 'mod2', 'ana', 'bo', 'vis'].map(uriOf);
const DAY = 86_400_000;

/** A room with two of each role; `vis` was made a visitor. */
class Stage extends FocusRig {
  readonly audited: AuditEntry[] = [];

  constructor(config: RoomConfigChange = {}) {
    super({ rooms: { static: { [ROOM]: { owners: [OWN, OWN2], moderators: [MOD, MOD2], ...config } } } });
    this.focus.on('audit', (_room, entry) => void this.audited.push(entry));
  }

  static full(config?: RoomConfigChange): Stage {
    const stage = new Stage(config);
    for (const uri of [OWN, OWN2, MOD, MOD2, ANA, BO, VIS]) stage.join(uri);
    stage.act(null, { act: 'role', target: VIS, role: 'visitor' });
    stage.audited.length = 0;
    return stage;
  }

  get room() {
    const room = this.focus.room(ROOM);
    if (!room) throw new Error('there is no room');
    return room;
  }

  /** What is answered: `200`, or status and code. */
  act(by: string | null, act: Act): string {
    const actor: Actor = by === null ? null : identity(by);
    return answer(() => this.focus.moderate(ROOM, act, actor));
  }

  joins(uri: string, facts: JoinFacts = {}): string {
    return answer(() => this.join(uri, facts));
  }

  watches(uri: string): string {
    return answer(() => this.focus.checkWatch(ROOM, watching({ identity: identity(uri) })));
  }

  roleOf(uri: string): Role | undefined {
    return this.room.find(uri)?.role;
  }
}

function answer(call: () => unknown): string {
  try {
    call();
    return '200';
  } catch (error) {
    if (error instanceof ChatroomsError) return `${error.sipStatus} ${error.code}`;
    throw error;
  }
}

const FORBIDDEN = '403 CHAT_ERR_FORBIDDEN';
const BANNED = '403 CHAT_ERR_BANNED';
const NOT_ALLOWED = '403 CHAT_ERR_NOT_ALLOWED';
const NOBODY = '404 CHAT_ERR_NO_PARTICIPANT';
const PASSWORD = '403 CHAT_ERR_PASSWORD';

describe('REF-12, GDM-05: who may do what', () => {
  const RANKED: [by: string, below: string[]][] = [
    [OWN, [MOD, ANA, VIS]],
    [MOD, [ANA, VIS]],
    [ANA, []],
    [VIS, []],
    ['sip:stranger@example.com', []],
  ];
  const ACTS: Act['act'][] = ['kick', 'ban', 'mute', 'unmute'];

  test.each(RANKED.flatMap(([by, below]) => ACTS.map((act) => [by, act, below] as const)))(
    '%s may %s only those below',
    (by, act, below) => {
      const targets = [OWN2, MOD2, BO, VIS].filter((uri) => uri !== by);
      const allowed = targets.filter((target) => Stage.full().act(by, { act, target } as Act) === '200');
      const ranks = { [OWN2]: OWN, [MOD2]: MOD, [BO]: ANA, [VIS]: VIS };
      expect(allowed).toEqual(targets.filter((target) => below.includes(ranks[target])));
      const refused = targets.filter((target) => !allowed.includes(target));
      for (const target of refused) expect(Stage.full().act(by, { act, target } as Act)).toBe(FORBIDDEN);
    },
  );

  test.each<[by: string | null, role: Role, target: string, expected: string]>([
    [MOD, 'owner', ANA, FORBIDDEN],
    [MOD, 'moderator', ANA, '200'],
    [MOD, 'visitor', ANA, '200'],
    [MOD, 'participant', VIS, '200'],
    [MOD, 'participant', MOD2, FORBIDDEN],
    [MOD, 'participant', OWN, FORBIDDEN],
    [MOD, 'participant', MOD, '200'],
    [MOD, 'owner', MOD, FORBIDDEN],
    [OWN, 'owner', ANA, '200'],
    [OWN, 'participant', MOD, '200'],
    [OWN, 'participant', OWN2, FORBIDDEN],
    [OWN, 'visitor', OWN, '200'],
    [ANA, 'moderator', ANA, FORBIDDEN],
    [VIS, 'participant', VIS, FORBIDDEN],
    [ANA, 'visitor', ANA, '200'],
    [null, 'owner', VIS, '200'],
    [null, 'visitor', OWN, '200'],
  ])('%s makes a %s of %s: %s', (by, role, target, expected) => {
    const stage = Stage.full();
    const before = stage.roleOf(target);
    expect(stage.act(by, { act: 'role', target, role })).toBe(expected);
    expect(stage.roleOf(target)).toBe(expected === '200' ? role : before);
  });

  test.each<[act: Act, allowed: string[]]>([
    [{ act: 'lock', locked: true }, [OWN, MOD]],
    [{ act: 'subject', subject: 'Soup' }, [OWN, MOD]],
    [{ act: 'ban', target: '*@example.net' }, [OWN, MOD]],
    [{ act: 'unban', target: uriOf('gone') }, [OWN, MOD]],
  ])('%j', (act, allowed) => {
    const stage = Stage.full();
    stage.act(null, { act: 'ban', target: uriOf('gone') });
    const may = [OWN, MOD, ANA, VIS].filter((by) => {
      if (act.act === 'unban') stage.act(null, { act: 'ban', target: uriOf('gone') });
      return stage.act(by, act) === '200';
    });
    expect(may).toEqual(allowed);
  });

  test('anybody removes himself, and may come again; nobody is heard again by his own act', () => {
    const stage = Stage.full();
    expect(stage.act(ANA, { act: 'kick', target: ANA })).toBe('200');
    expect(stage.joins(ANA)).toBe('200');
    stage.act(OWN, { act: 'mute', target: MOD });
    expect(stage.act(MOD, { act: 'unmute', target: MOD })).toBe(FORBIDDEN);
    expect(stage.act(OWN, { act: 'unmute', target: MOD })).toBe('200');
  });

  test('an absent owner is not banned by a moderator, by name or by a pattern', () => {
    const stage = new Stage();
    stage.join(MOD);
    expect(stage.act(MOD, { act: 'ban', target: OWN })).toBe(FORBIDDEN);
    expect(stage.act(MOD, { act: 'ban', target: '*@example.com' })).toBe('200');
    expect([stage.joins(OWN), stage.joins(MOD2), stage.joins(ANA)]).toEqual(['200', '200', BANNED]);
    expect(stage.act(null, { act: 'ban', target: OWN })).toBe('200');
    expect(stage.joins(OWN)).toBe(BANNED);
  });

  test('REF-12: somebody who is not there is 404, to those who might', () => {
    const stage = Stage.full();
    expect(stage.act(MOD, { act: 'kick', target: uriOf('nobody') })).toBe(NOBODY);
    expect(stage.act(MOD, { act: 'mute', target: uriOf('nobody') })).toBe(NOBODY);
    expect(stage.act(MOD, { act: 'unban', target: uriOf('nobody') })).toBe(NOBODY);
    expect(stage.act(MOD, { act: 'ban', target: 'sip:anonymous7@anonymous.invalid' })).toBe(NOBODY);
    expect(stage.act(ANA, { act: 'kick', target: uriOf('nobody') })).toBe(FORBIDDEN);
  });

  test('REF-09: who has others invited', () => {
    for (const [invite, expected] of [
      ['participants', ['200', '200', '200', FORBIDDEN]],
      ['moderators', ['200', '200', FORBIDDEN, FORBIDDEN]],
      ['nobody', ['200', '200', FORBIDDEN, FORBIDDEN]],
    ] as const) {
      const stage = Stage.full({ invite });
      const by = [null, identity(MOD), identity(ANA), identity(uriOf('outside'))];
      expect(by.map((actor) => answer(() => stage.focus.checkInvite(ROOM, actor)))).toEqual(expected);
    }
  });
});

describe('roles', () => {
  test('GDM-05: who brings a room into being moderates it, unless somebody else is to', () => {
    const rig = new FocusRig();
    rig.join(ANA);
    rig.join(BO);
    const roles = (of: FocusRig): unknown =>
      [...(of.focus.room(ROOM)?.participants.values() ?? [])].map(({ role }) => role);
    expect(roles(rig)).toEqual(['moderator', 'participant']);
    const other = new FocusRig({ rooms: { defaults: { owners: [OWN] } } });
    other.join(ANA);
    expect(roles(other)).toEqual(['participant']);
    const made = new FocusRig();
    made.focus.create(ROOM, {}, identity(BO));
    made.join(ANA);
    made.join(BO);
    expect(roles(made)).toEqual(['participant', 'moderator']);
  });

  test('4575-8.2-01: it does not tell him who hides', () => {
    const rig = new FocusRig();
    rig.join(BO);
    const watcher = rig.watch(true, { identity: identity(BO) });
    rig.join(ANA, { identity: { anonymous: true } });
    rig.clock.advance(5000);
    expect(watcher.last).toContain('anonymous1@anonymous.invalid');
    expect(watcher.last).not.toContain('ana@');
    rig.focus.configure(ROOM, { moderators: [BO] });
    rig.clock.advance(5000);
    expect(watcher.last).toContain('ana@');
  });

  test('DOC-11: the roster tells them', () => {
    const stage = Stage.full();
    const roles = [OWN, MOD, ANA, VIS].map((uri) => stage.room.find(uri)?.user('others').roles);
    expect(roles).toEqual([
      ['owner', 'moderator', 'participant'],
      ['moderator', 'participant'],
      ['participant'],
      ['visitor', 'participant'],
    ]);
  });

  test('newcomers that are visitors write when they are made participants, also when they come again', () => {
    const stage = new Stage({ newcomers: 'visitor' });
    const ana = stage.join(ANA);
    const writes = (): unknown => [...stage.control.endpoints.values()].map(({ mayWrite }) => mayWrite);
    expect(writes()).toEqual([false]);
    stage.act(MOD, { act: 'role', target: ANA, role: 'participant' });
    expect(writes()).toEqual([true]);
    ana.handle.leave('departed');
    stage.join(ANA);
    expect(writes()).toEqual([true]);
  });

  test('what the operator writes down later wins over what people decided before', () => {
    const stage = Stage.full();
    stage.act(OWN, { act: 'role', target: MOD, role: 'visitor' });
    expect(stage.roleOf(MOD)).toBe('visitor');
    stage.focus.configure(ROOM, { moderators: [] });
    stage.focus.configure(ROOM, { moderators: [MOD] });
    expect(stage.roleOf(MOD)).toBe('moderator');
    stage.act(null, { act: 'role', target: MOD, role: 'owner' });
    expect(stage.room.config).toMatchObject({ owners: [OWN, OWN2, MOD], moderators: [] });
  });

  test('nobody knows who hides behind nothing, so he is neither promoted nor kept out, and can be muted and removed', () => {
    const stage = new Stage();
    const hidden = 'sip:anonymous.0123@anonymous.invalid';
    stage.join(hidden, { identity: { anonymous: true } });
    stage.join('sip:anonymous.4567@anonymous.invalid', { identity: { anonymous: true } });
    const [first, second] = [...stage.room.participants.values()];
    expect(stage.act(MOD, { act: 'role', target: first.uri, role: 'moderator' })).toBe('403 CHAT_ERR_IDENTITY');
    expect(stage.act(MOD, { act: 'mute', target: first.uri })).toBe('200');
    expect([first.mayWrite, second.mayWrite]).toEqual([false, true]);
    expect(stage.act(MOD, { act: 'ban', target: first.uri })).toBe('200');
    expect([stage.room.participants.size, stage.room.moderation.bans.list]).toEqual([1, []]);
  });
});

describe('BYE-10, GDM-05: the last one who moderates leaves', () => {
  test.each([
    ['keep', ['bo participant', 'carl participant']],
    ['promote', ['bo moderator', 'carl participant']],
    ['close', []],
  ] as const)('onCreatorLeave %s', (onCreatorLeave, left) => {
    const rig = new FocusRig({ rooms: { defaults: { onCreatorLeave } } });
    const [ana] = ['ana', 'bo', 'carl'].map((user) => rig.join(uriOf(user)));
    ana.handle.leave('departed');
    const there = [...(rig.focus.room(ROOM)?.participants.values() ?? [])];
    expect(there.map(({ uri, role }) => `${/:(\w+)@/.exec(uri)?.[1]} ${role}`)).toEqual(left);
  });

  test('nothing happens while somebody else moderates, nor when a participant leaves', () => {
    const rig = new FocusRig({ rooms: { defaults: { onCreatorLeave: 'close' } } });
    const [ana, bo, carl] = ['ana', 'bo', 'carl'].map((user) => rig.join(uriOf(user)));
    rig.focus.moderate(ROOM, { act: 'role', target: BO, role: 'moderator' }, identity(ANA));
    ana.handle.leave('departed');
    carl.handle.leave('departed');
    expect(rig.focus.room(ROOM)?.participants.size).toBe(1);
    bo.handle.leave('departed');
    expect(rig.focus.rooms.size).toBe(0);
  });
});

describe('JOIN-03, REF-14: bans', () => {
  test('hold for whoever comes by one of his URIs, hidden or not, and for who only watches, until they end', () => {
    const stage = new Stage();
    const tel = 'tel:+34600000001';
    const ana = stage.join(ANA, { identity: { aliases: [tel] } });
    const watcher = stage.watch(true, { identity: identity(ANA) });
    const until = new Date(stage.clock.now() + DAY);
    expect(stage.act(MOD, { act: 'ban', target: ANA, until, reason: 'spam' })).toBe('200');
    expect([ana.ended, watcher.ends]).toEqual([['booted spam'], ['rejected']]);
    for (const [uri, facts] of [
      [ANA, {}],
      [tel, {}],
      [uriOf('other'), { aliases: [ANA] }],
      [ANA, { anonymous: true }],
    ] as const) {
      expect(stage.joins(uri, { identity: facts })).toBe(BANNED);
    }
    expect(stage.watches(ANA)).toBe('403 CHAT_ERR_WATCH');
    expect(stage.room.moderation.bans.list).toEqual([
      { pattern: ANA, aliases: [tel], until: until.getTime(), reason: 'spam', by: MOD, kick: false },
    ]);
    stage.clock.advance(DAY - 1);
    expect(stage.joins(ANA)).toBe(BANNED);
    stage.clock.advance(1);
    expect([stage.joins(ANA), stage.room.moderation.bans.list]).toEqual(['200', []]);
  });

  test('of a domain removes all of it that may be, and ends what they watch', () => {
    const stage = Stage.full();
    const stranger = stage.join('sip:ana@example.net');
    const watcher = stage.watch(true, { identity: identity(uriOf('watcher')) });
    expect(stage.act(MOD, { act: 'ban', target: '*@example.com' })).toBe('200');
    expect([...stage.room.participants.keys()]).toEqual([OWN, OWN2, MOD, MOD2, 'sip:ana@example.net']);
    expect([stranger.ended, watcher.ends]).toEqual([[], ['rejected']]);
    expect(stage.act(MOD, { act: 'unban', target: '*@example.com' })).toBe('200');
    expect(stage.joins(ANA)).toBe('200');
  });

  test('REF-14: who was kicked stays out for kickBan, unless a moderator has him invited', () => {
    const invite = (stage: Stage, by: string): string =>
      answer(() => stage.focus.invite({ room: ROOM, identity: identity(ANA), by: identity(by) }));
    const stage = Stage.full({ kickBan: 60_000 });
    stage.act(MOD, { act: 'kick', target: ANA });
    expect(stage.joins(ANA)).toBe(BANNED);
    stage.clock.advance(60_000);
    expect(stage.joins(ANA)).toBe('200');
    stage.act(MOD, { act: 'kick', target: ANA });
    expect([invite(stage, BO), stage.joins(ANA)]).toEqual([BANNED, BANNED]);
    expect([invite(stage, MOD), stage.joins(ANA)]).toEqual(['200', '200']);
    stage.act(MOD, { act: 'ban', target: ANA });
    expect(invite(stage, MOD)).toBe(BANNED);
  });

  test('REF-14: with membership until he is invited again; with kickBan 0 not at all', () => {
    const group = Stage.full({ membership: true });
    group.act(MOD, { act: 'kick', target: ANA });
    group.clock.advance(30 * DAY);
    expect(group.joins(ANA)).toBe(BANNED);
    group.focus.invite({ room: ROOM, identity: identity(ANA), by: identity(BO) });
    expect(group.joins(ANA)).toBe('200');
    const open = Stage.full({ kickBan: 0 });
    open.act(MOD, { act: 'kick', target: ANA });
    expect(open.joins(ANA)).toBe('200');
  });

  test('a kick does not shorten a ban, and an unban ends what is left of a kick', () => {
    const stage = Stage.full();
    stage.act(MOD, { act: 'kick', target: ANA });
    expect(stage.act(MOD, { act: 'unban', target: 'sips:ana@example.com' })).toBe('200');
    expect(stage.joins(ANA)).toBe('200');
  });

  test('are bounded; who is kicked goes all the same', () => {
    const stage = new FocusRig({ limits: { maxBans: 2 }, rooms: { static: { [ROOM]: {} } } });
    const ban = (target: string): string => answer(() => stage.focus.moderate(ROOM, { act: 'ban', target }, null));
    expect(['a@x.org', 'b@x.org', 'c@x.org', 'b@x.org'].map(ban)).toEqual([
      '200',
      '200',
      '480 CHAT_ERR_TOO_MANY_ENTRIES',
      '200',
    ]);
    const ana = stage.join(ANA);
    stage.focus.moderate(ROOM, { act: 'kick', target: ANA }, null);
    expect(ana.ended).toEqual(['booted Removed by moderator']);
  });
});

describe('mutes', () => {
  test('end by the clock, also while he is away, and leave no timer', () => {
    const stage = Stage.full();
    const writes = (): boolean | undefined => stage.room.find(ANA)?.mayWrite;
    const mute = (ms: number): void =>
      void stage.act(MOD, { act: 'mute', target: ANA, until: new Date(stage.clock.now() + ms) });
    mute(1000);
    expect(writes()).toBe(false);
    stage.clock.advance(1000);
    expect(writes()).toBe(true);
    // Longer than a timer can be.
    mute(60 * DAY);
    stage.clock.advance(59 * DAY);
    expect(writes()).toBe(false);
    stage.act(ANA, { act: 'kick', target: ANA });
    expect([stage.joins(ANA), writes()]).toEqual(['200', false]);
    expect(stage.act(MOD, { act: 'unmute', target: ANA })).toBe('200');
    expect(writes()).toBe(true);
    mute(DAY);
    stage.focus.close(ROOM, 'over');
    stage.clock.advance(60_000);
    expect(stage.clock.pending).toBe(0);
  });

  test('hold for all his devices, and the switch is told once', () => {
    const stage = Stage.full();
    stage.join(ANA);
    stage.control.calls.length = 0;
    stage.act(MOD, { act: 'mute', target: ANA });
    stage.act(MOD, { act: 'mute', target: ANA });
    expect(stage.control.calls).toEqual(['updateEndpoint e5', 'updateEndpoint e8']);
  });
});

describe('PBX-03, PBX-13: who is let in', () => {
  test.each<[config: RoomConfigChange, uri: string, expected: string]>([
    [{}, 'sip:x@example.org', '200'],
    [{ allow: ['*@example.com'] }, ANA, '200'],
    [{ allow: ['*@example.com'] }, 'sip:x@example.org', NOT_ALLOWED],
    [{ allow: ['*@example.com'], deny: [ANA] }, ANA, NOT_ALLOWED],
    [{ allow: [ANA], deny: ['*@example.com'] }, ANA, NOT_ALLOWED],
    [{ deny: ['*@example.com'] }, MOD, '200'],
    [{ deny: [MOD] }, MOD, NOT_ALLOWED],
    [{ allow: ['*@example.org'] }, OWN, '200'],
    [{ inviteOnly: true }, ANA, NOT_ALLOWED],
    [{ inviteOnly: true, allow: [ANA] }, ANA, '200'],
    [{ inviteOnly: true }, MOD, '200'],
    [{ locked: true }, ANA, '403 CHAT_ERR_ROOM_LOCKED'],
    [{ locked: true }, MOD, '403 CHAT_ERR_ROOM_LOCKED'],
    [{ locked: true }, OWN, '200'],
    [{ allow: ['sip:+34*'] }, 'tel:+34600', '200'],
  ])('%j: %s gets %s', (config, uri, expected) => {
    expect(new Stage(config).joins(uri)).toBe(expected);
  });

  test('JOIN-03: the ACL is of who calls, also when he hides', () => {
    const stage = new Stage({ deny: [ANA] });
    expect(stage.joins(ANA, { identity: { anonymous: true } })).toBe(NOT_ALLOWED);
    expect(new Stage({ deny: [ANA], pseudonymous: true }).joins(ANA)).toBe(NOT_ALLOWED);
  });

  test('SUB-08: who would not be let in does not watch either', () => {
    const watches = (config: RoomConfigChange): string => new Stage(config).watches(ANA);
    expect(watches({})).toBe('200');
    for (const config of [{ deny: [ANA] }, { inviteOnly: true }, { allow: [BO] }, { password: '1234' }]) {
      expect(watches(config)).toBe('403 CHAT_ERR_WATCH');
    }
    const anyone = { roster: { watch: 'anyone' as const } };
    expect(watches({ ...anyone, deny: [ANA] })).toBe('403 CHAT_ERR_WATCH');
    expect(watches({ ...anyone, inviteOnly: true })).toBe('200');
  });

  test('who was invited comes in, until he is kicked', () => {
    const stage = new Stage({ inviteOnly: true, kickBan: 0 });
    stage.focus.invite({ room: ROOM, identity: identity(ANA), by: null });
    expect(stage.joins(ANA)).toBe('200');
    stage.act(MOD, { act: 'kick', target: ANA });
    expect(stage.joins(ANA)).toBe(NOT_ALLOWED);
  });

  test('JOIN-05: the devices of those who are in are refused as well', () => {
    const stage = Stage.full();
    stage.act(MOD, { act: 'lock', locked: true });
    expect(stage.joins(ANA)).toBe('403 CHAT_ERR_ROOM_LOCKED');
    stage.act(MOD, { act: 'lock', locked: false });
    expect(stage.joins(ANA)).toBe('200');
  });

  test('JOIN-05, JOIN-06: what the Warning says', () => {
    const warning = (rig: FocusRig, uri: string): unknown => {
      try {
        return rig.join(uri);
      } catch (error) {
        return error instanceof ChatroomsError && `${error.sipStatus} ${error.warning}`;
      }
    };
    const full = new Stage({ maxParticipants: 1 });
    full.join(ANA);
    expect(warning(full, BO)).toBe('486 102 Too many participants');
    expect(full.joins(ANA)).toBe('200');
    expect(warning(new Stage({ locked: true }), BO)).toBe('403 Conference is locked');
  });
});

describe('JOIN-15: the password', () => {
  test('is asked of who calls, not of who is called', () => {
    const stage = new Stage({ password: 'open sesame', passwordPrompt: false });
    expect(stage.joins(ANA)).toBe(PASSWORD);
    expect(stage.joins(ANA, { password: 'open sesam' })).toBe(PASSWORD);
    expect(stage.joins(ANA, { password: 'open sesame' })).toBe('200');
    expect(stage.joins(BO, { method: 'dialed-out' })).toBe('200');
  });

  test('five wrong ones within a minute, then the right one is refused as well; others are not', () => {
    const stage = new Stage({ password: '1234' });
    for (const password of ['1', '2', '3', '4', '5', '1234']) expect(stage.joins(ANA, { password })).toBe(PASSWORD);
    expect(stage.joins(BO, { password: '1234' })).toBe('200');
    stage.clock.advance(60_000);
    expect(stage.joins(ANA, { password: '1234' })).toBe('200');
  });
});

describe('JOIN-15: who is asked for the password in a message', () => {
  class Door extends Stage {
    readonly ana;
    constructor(facts: JoinFacts = {}) {
      super({ password: '1234', allowNicknames: true });
      this.join(BO, { password: '1234' });
      this.events.length = 0;
      this.ana = this.join(ANA, facts);
      this.focus.sessionBound(this.ana.id);
    }
    get said(): string[] {
      return this.control.sent
        .filter(({ to }) => to.includes(this.ana.id))
        .map(({ body }) => body.split('\r\n\r\n')[2]);
    }
  }

  test('is in nobody’s eyes before, and in the room after the right answer', () => {
    const stage = new Door();
    const watcher = stage.watch(true, { identity: identity(BO) });
    expect(stage.said).toEqual([expect.stringContaining('has a password')]);
    expect([stage.events, watcher.last.includes('ana@')]).toEqual([[], false]);
    expect(stage.room.find(ANA)).toBeUndefined();
    expect(stage.focus.nickname(stage.ana.id, 'Ana')).toBe(403);
    expect(stage.watches(ANA)).toBe('403 CHAT_ERR_WATCH');
    const inDialog = watching({ identity: identity(ANA), inDialog: true });
    expect(answer(() => stage.focus.checkWatch(ROOM, inDialog))).toBe('403 CHAT_ERR_WATCH');
    expect(stage.focus.knock(stage.ana.id, '4321')).toBe(403);
    expect(stage.focus.knock(stage.ana.id, ' 1234\r\n')).toBe(200);
    expect([stage.events, stage.control.endpoints.get(stage.ana.id)?.atDoor]).toEqual([[`join ${ANA}`], false]);
    expect(stage.focus.nickname(stage.ana.id, 'Ana')).toBe(200);
    expect(answer(() => stage.focus.checkWatch(ROOM, inDialog))).toBe('200');
    stage.clock.advance(60_000);
    expect(stage.ana.ended).toEqual([]);
  });

  test('three wrong answers, or a minute without, and it is over', () => {
    const stage = new Door();
    expect(['1', '2', '3'].map((text) => stage.focus.knock(stage.ana.id, text))).toEqual([403, 403, 403]);
    stage.clock.advance(0);
    expect(stage.ana.ended).toEqual(['booted Wrong password']);
    const silent = new Door();
    silent.clock.advance(59_999);
    expect(silent.ana.ended).toEqual([]);
    silent.clock.advance(1);
    expect(silent.ana.ended).toEqual(['booted No password was given']);
    for (const { room, focus, ana, clock, control } of [stage, silent]) {
      expect([room.participants.size, control.endpoints.size]).toEqual([1, 1]);
      expect(focus.knock(ana.id, '1234')).toBe(403);
      focus.close(ROOM, 'over');
      expect(clock.pending).toBe(0);
    }
  });

  test('calling again gives no new tries', () => {
    const stage = new Door();
    for (const text of ['1', '2', '3']) stage.focus.knock(stage.ana.id, text);
    stage.clock.advance(0);
    const again = stage.join(ANA);
    stage.focus.sessionBound(again.id);
    expect(['4', '5', '1234'].map((text) => stage.focus.knock(again.id, text))).toEqual([403, 403, 403]);
    stage.clock.advance(0);
    expect(again.ended).toEqual(['booted Wrong password']);
  });

  test('a client that takes no text is turned away, and so is one whose connection is lost', () => {
    const deaf = new Door({ peer: { acceptWrappedTypes: ['image/png'], acceptTypes: ['message/cpim'] } });
    deaf.clock.advance(0);
    expect(deaf.ana.ended).toEqual(['booted No password was given']);
    const lost = new Door();
    lost.focus.sessionLost(lost.ana.id, 'connection-lost');
    expect(lost.ana.ended).toEqual(['failed connection-lost']);
  });

  test('4975-8.4-03: a new offer keeps it waiting, in its place', () => {
    const stage = new Door();
    const { session } = stage.control.endpoints.get(stage.ana.id) ?? {};
    if (!session) throw new Error('the switch does not know it');
    stage.ana.handle.update({ ...session });
    expect([stage.events, stage.control.endpoints.get(stage.ana.id)?.atDoor]).toEqual([[], true]);
    expect(stage.focus.knock(stage.ana.id, '1234')).toBe(200);
    expect(stage.events).toEqual([`join ${ANA}`]);
  });
});

test('every act is written down, also one that was refused, and no password is', () => {
  const stage = Stage.full();
  stage.act(ANA, { act: 'kick', target: BO });
  stage.act(MOD, { act: 'mute', target: BO, reason: 'noise' });
  stage.act(MOD, { act: 'lock', locked: true });
  stage.focus.configure(ROOM, { password: 'secret', subject: 'x' });
  stage.focus.invite({ room: ROOM, identity: identity(uriOf('new')), by: identity(MOD) });
  answer(() => stage.focus.checkInvite(ROOM, identity(uriOf('out'))));
  stage.act(null, { act: 'ban', target: '*@spam.example' });
  stage.focus.close(ROOM, 'over');
  const time = new Date(stage.clock.now());
  expect(stage.audited).toEqual(
    [
      { actor: ANA, act: 'kick', target: BO, allowed: false },
      { actor: MOD, act: 'mute', target: BO, allowed: true, detail: { reason: 'noise' } },
      { actor: MOD, act: 'lock', allowed: true, detail: { locked: true } },
      { actor: null, act: 'configure', allowed: true, detail: { options: ['password', 'subject'] } },
      { actor: MOD, act: 'invite', target: uriOf('new'), allowed: true },
      { actor: uriOf('out'), act: 'invite', allowed: false },
      { actor: null, act: 'ban', target: '*@spam.example', allowed: true },
      { actor: null, act: 'close', allowed: true, detail: { reason: 'over' } },
    ].map((entry) => ({ time, room: ROOM, ...entry })),
  );
  expect(JSON.stringify(stage.audited)).not.toContain('secret');
});

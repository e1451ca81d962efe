import type { Actor } from '../../../../lib/focus/index.js';
import { FocusRig, identity, ROOM } from '../../../support/focus-rig.js';
import {
  uriOf,
  OWN,
  OWN2,
  MOD,
  MOD2,
  ANA,
  BO,
  answer,
  BANNED,
  ModerationStage,
} from '../../../support/moderation-stage.js';

const DAY = 86_400_000;

const invite = (stage: ModerationStage, by: string): string =>
  answer(() => stage.focus.invite({ room: ROOM, identity: identity(ANA), by: identity(by) }));

describe('JOIN-03, REF-14: bans', () => {
  test('hold for whoever comes by one of his URIs, hidden or not, and for who only watches, until they end', () => {
    const stage = new ModerationStage();
    const tel = 'tel:+34600000001';
    const ana = stage.join(ANA, { identity: { aliases: [tel] } });
    const watcher = stage.watch(true, { identity: identity(ANA) });
    const until = new Date(stage.clock.date().getTime() + DAY);
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
      { pattern: ANA, aliases: [tel], until: until.toISOString(), reason: 'spam', by: MOD, kick: false },
    ]);
    stage.clock.advance(DAY - 1);
    expect(stage.joins(ANA)).toBe(BANNED);
    stage.clock.advance(1);
    expect([stage.joins(ANA), stage.room.moderation.bans.list]).toEqual(['200', []]);
  });

  test('of a domain removes all of it that may be, and ends what they watch', () => {
    const stage = ModerationStage.full();
    const stranger = stage.join('sip:ana@example.net');
    const watcher = stage.watch(true, { identity: identity(uriOf('watcher')) });
    expect(stage.act(MOD, { act: 'ban', target: '*@example.com' })).toBe('200');
    expect([...stage.room.participants.keys()]).toEqual([OWN, OWN2, MOD, MOD2, 'sip:ana@example.net']);
    expect([stranger.ended, watcher.ends]).toEqual([[], ['rejected']]);
    expect(stage.act(MOD, { act: 'unban', target: '*@example.com' })).toBe('200');
    expect(stage.joins(ANA)).toBe('200');
  });

  test('REF-14: who was kicked stays out for kickBan, unless a moderator has him invited', () => {
    const stage = ModerationStage.full({ kickBan: 60_000 });
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
    const group = ModerationStage.full({ membership: true });
    group.act(MOD, { act: 'kick', target: ANA });
    group.clock.advance(30 * DAY);
    expect(group.joins(ANA)).toBe('403 CHAT_ERR_NOT_A_MEMBER');
    group.focus.invite({ room: ROOM, identity: identity(ANA), by: identity(BO) });
    expect(group.joins(ANA)).toBe('200');
    const open = ModerationStage.full({ kickBan: 0 });
    open.act(MOD, { act: 'kick', target: ANA });
    expect(open.joins(ANA)).toBe('200');
  });

  test('a kick does not shorten a ban, and an unban ends what is left of a kick', () => {
    const stage = ModerationStage.full();
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
    const stage = ModerationStage.full();
    const writes = (): boolean | undefined => stage.room.find(ANA)?.mayWrite;
    const mute = (ms: number): void =>
      void stage.act(MOD, { act: 'mute', target: ANA, until: new Date(stage.clock.date().getTime() + ms) });
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
    const stage = ModerationStage.full();
    stage.join(ANA);
    stage.control.calls.length = 0;
    stage.act(MOD, { act: 'mute', target: ANA });
    stage.act(MOD, { act: 'mute', target: ANA });
    expect(stage.control.calls).toEqual(['updateEndpoint e5', 'updateEndpoint e8']);
  });
});

/** What who watches is told of the end of a participant. */
const watched = (by: Actor, hidden: boolean): string => {
  const stage = ModerationStage.full();
  stage.join(uriOf('boss'), { identity: { anonymous: hidden } });
  stage.focus.configure(ROOM, { owners: [uriOf('boss')], roster: { notify: 'partial' } });
  const watcher = stage.watch(true, { identity: identity(BO) });
  stage.clock.advance(5000);
  stage.focus.moderate(ROOM, { act: 'kick', target: ANA }, by);
  stage.clock.advance(5000);
  return /<disconnection-method>booted<[^]*?<\/disconnection-info>/.exec(watcher.last)?.[0] ?? '';
};

test('REF-12: who watches is told by whom somebody was removed, by the URI that all see, and by nobody else', () => {
  const boss = identity(uriOf('boss'));
  expect(watched(boss, false)).toContain(`<by>${uriOf('boss')}</by>`);
  expect(watched({ ...boss, anonymous: true }, true)).toContain('<by>sip:anonymous1@anonymous.invalid</by>');
  const program = watched(null, false);
  expect([program.includes('<when>'), program.includes('<by>')]).toEqual([true, false]);
});

test('a URI means whose it is, not who took it as nickname', () => {
  const stage = new ModerationStage();
  const { id, ended } = stage.join('sip:mallory@example.net');
  expect(stage.focus.nickname(id, ANA)).toBe(200);
  expect(stage.act(MOD, { act: 'kick', target: ANA })).toBe('404 CHAT_ERR_NO_PARTICIPANT');
  expect(stage.act(MOD, { act: 'ban', target: ANA })).toBe('200');
  expect([ended, stage.joins(ANA)]).toEqual([[], BANNED]);
  expect(stage.focus.nickname(id, 'Mallory')).toBe(200);
  expect(stage.act(MOD, { act: 'kick', target: 'mallory' })).toBe('200');
});

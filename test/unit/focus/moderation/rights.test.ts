import type { Act, Role } from '../../../../lib/focus/index.js';
import { identity, ROOM } from '../../../support/focus-rig.js';
import {
  uriOf,
  OWN,
  OWN2,
  MOD,
  MOD2,
  ANA,
  BO,
  VIS,
  answer,
  FORBIDDEN,
  BANNED,
  NOBODY,
  ModerationStage,
} from '../../../support/moderation-stage.js';

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
      const allowed = targets.filter((target) => ModerationStage.full().act(by, { act, target } as Act) === '200');
      const ranks = { [OWN2]: OWN, [MOD2]: MOD, [BO]: ANA, [VIS]: VIS };
      expect(allowed).toEqual(targets.filter((target) => below.includes(ranks[target])));
      const refused = targets.filter((target) => !allowed.includes(target));
      for (const target of refused) expect(ModerationStage.full().act(by, { act, target } as Act)).toBe(FORBIDDEN);
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
    const stage = ModerationStage.full();
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
    const stage = ModerationStage.full();
    stage.act(null, { act: 'ban', target: uriOf('gone') });
    const may = [OWN, MOD, ANA, VIS].filter((by) => {
      if (act.act === 'unban') stage.act(null, { act: 'ban', target: uriOf('gone') });
      return stage.act(by, act) === '200';
    });
    expect(may).toEqual(allowed);
  });

  test('anybody removes himself, and may come again; nobody is heard again by his own act', () => {
    const stage = ModerationStage.full();
    expect(stage.act(ANA, { act: 'kick', target: ANA })).toBe('200');
    expect(stage.joins(ANA)).toBe('200');
    stage.act(OWN, { act: 'mute', target: MOD });
    expect(stage.act(MOD, { act: 'unmute', target: MOD })).toBe(FORBIDDEN);
    expect(stage.act(OWN, { act: 'unmute', target: MOD })).toBe('200');
  });

  test('an absent owner is not banned by a moderator, by name or by a pattern', () => {
    const stage = new ModerationStage();
    stage.join(MOD);
    expect(stage.act(MOD, { act: 'ban', target: OWN })).toBe(FORBIDDEN);
    expect(stage.act(MOD, { act: 'ban', target: '*@example.com' })).toBe('200');
    expect([stage.joins(OWN), stage.joins(MOD2), stage.joins(ANA)]).toEqual(['200', '200', BANNED]);
    expect(stage.act(null, { act: 'ban', target: OWN })).toBe('200');
    expect(stage.joins(OWN)).toBe(BANNED);
  });

  test('REF-12: somebody who is not there is 404, to those who might', () => {
    const stage = ModerationStage.full();
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
      const stage = ModerationStage.full({ invite });
      const by = [null, identity(MOD), identity(ANA), identity(uriOf('outside'))];
      expect(by.map((actor) => answer(() => stage.focus.checkInvite(ROOM, actor)))).toEqual(expected);
    }
  });
});

test('every act is written down, also one that was refused, and no password is', () => {
  const stage = ModerationStage.full();
  stage.act(ANA, { act: 'kick', target: BO });
  stage.act(MOD, { act: 'mute', target: BO, reason: 'noise' });
  stage.act(MOD, { act: 'lock', locked: false });
  stage.focus.configure(ROOM, { password: 'secret', subject: 'x' });
  stage.focus.invite({ room: ROOM, identity: identity(uriOf('new')), by: identity(MOD) });
  answer(() => stage.focus.checkInvite(ROOM, identity(uriOf('out'))));
  stage.act(null, { act: 'ban', target: '*@spam.example' });
  stage.focus.close(ROOM, 'over');
  expect(stage.audited).toMatchObject([
    { actor: ANA, act: 'kick', target: BO, allowed: false },
    { actor: MOD, act: 'mute', target: BO, allowed: true, detail: { reason: 'noise' } },
    { actor: MOD, act: 'lock', allowed: true, detail: { locked: false } },
    { actor: null, act: 'configure', allowed: true, detail: { options: ['password', 'subject'] } },
    { actor: MOD, act: 'invite', target: uriOf('new'), allowed: true },
    { actor: uriOf('out'), act: 'invite', allowed: false },
    { actor: null, act: 'ban', target: '*@spam.example', allowed: true },
    { actor: null, act: 'close', allowed: true, detail: { reason: 'over' } },
  ]);
  expect(stage.audited.every(({ time, room }) => time.getTime() === stage.clock.now() && room === ROOM)).toBe(true);
  expect(JSON.stringify(stage.audited)).not.toContain('secret');
});

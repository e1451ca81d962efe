import type { RoomConfigChange } from '../../../../lib/focus/index.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { type FocusRig, identity, ROOM } from '../../../support/focus-rig.js';
import { OWN, MOD, ANA, BO, NOT_ALLOWED, PASSWORD, ModerationStage } from '../../../support/moderation-stage.js';

const watches = (config: RoomConfigChange): string => new ModerationStage(config).watches(ANA);

const warning = (rig: FocusRig, uri: string): unknown => {
  try {
    return rig.join(uri);
  } catch (error) {
    return error instanceof ChatroomsError && `${error.sipStatus} ${error.warning}`;
  }
};

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
    expect(new ModerationStage(config).joins(uri)).toBe(expected);
  });

  test('JOIN-03: the ACL is of who calls, also when he hides', () => {
    const stage = new ModerationStage({ deny: [ANA] });
    expect(stage.joins(ANA, { identity: { anonymous: true } })).toBe(NOT_ALLOWED);
    expect(new ModerationStage({ deny: [ANA], pseudonymous: true }).joins(ANA)).toBe(NOT_ALLOWED);
  });

  test('SUB-08: who would not be let in does not watch either', () => {
    expect(watches({})).toBe('200');
    for (const config of [{ deny: [ANA] }, { inviteOnly: true }, { allow: [BO] }, { password: '1234' }]) {
      expect(watches(config)).toBe('403 CHAT_ERR_WATCH');
    }
    const anyone = { roster: { watch: 'anyone' as const } };
    expect(watches({ ...anyone, deny: [ANA] })).toBe('403 CHAT_ERR_WATCH');
    expect(watches({ ...anyone, inviteOnly: true })).toBe('200');
  });

  test('who was invited comes in, until he is kicked', () => {
    const stage = new ModerationStage({ inviteOnly: true, kickBan: 0 });
    stage.focus.invite({ room: ROOM, identity: identity(ANA), by: null });
    expect(stage.joins(ANA)).toBe('200');
    stage.act(MOD, { act: 'kick', target: ANA });
    expect(stage.joins(ANA)).toBe(NOT_ALLOWED);
  });

  test('JOIN-05: the devices of those who are in are refused as well', () => {
    const stage = ModerationStage.full();
    stage.act(MOD, { act: 'lock', locked: true });
    expect(stage.joins(ANA)).toBe('403 CHAT_ERR_ROOM_LOCKED');
    stage.act(MOD, { act: 'lock', locked: false });
    expect(stage.joins(ANA)).toBe('200');
  });

  test('JOIN-05, JOIN-06: what the Warning says', () => {
    const full = new ModerationStage({ maxParticipants: 1 });
    full.join(ANA);
    expect(warning(full, BO)).toBe('486 102 Too many participants');
    expect(full.joins(ANA)).toBe('200');
    expect(warning(new ModerationStage({ locked: true }), BO)).toBe('403 Conference is locked');
  });
});

describe('JOIN-15: the password', () => {
  test('is asked of who calls, not of who is called', () => {
    const stage = new ModerationStage({ password: 'open sesame', passwordPrompt: false });
    expect(stage.joins(ANA)).toBe(PASSWORD);
    expect(stage.joins(ANA, { password: 'open sesam' })).toBe(PASSWORD);
    expect(stage.joins(ANA, { password: 'open sesame' })).toBe('200');
    expect(stage.joins(BO, { method: 'dialed-out' })).toBe('200');
  });

  test('five wrong ones within a minute, then the right one is refused as well; others are not', () => {
    const stage = new ModerationStage({ password: '1234' });
    for (const password of ['1', '2', '3', '4', '5', '1234']) expect(stage.joins(ANA, { password })).toBe(PASSWORD);
    expect(stage.joins(BO, { password: '1234' })).toBe('200');
    stage.clock.advance(60_000);
    expect(stage.joins(ANA, { password: '1234' })).toBe('200');
  });
});

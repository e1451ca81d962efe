import { FocusRig, identity, ROOM } from '../../../support/focus-rig.js';
import { uriOf, OWN, OWN2, MOD, ANA, BO, VIS, ModerationStage } from '../../../support/moderation-stage.js';

const roles = (of: FocusRig): unknown =>
  [...(of.focus.room(ROOM)?.participants.values() ?? [])].map(({ role }) => role);

describe('roles', () => {
  test('GDM-05: who brings a room into being moderates it, unless somebody else is to', () => {
    const rig = new FocusRig();
    rig.join(ANA);
    rig.join(BO);
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
    const stage = ModerationStage.full();
    const roles = [OWN, MOD, ANA, VIS].map((uri) => stage.room.find(uri)?.user('others').roles);
    expect(roles).toEqual([
      ['owner', 'moderator', 'participant'],
      ['moderator', 'participant'],
      ['participant'],
      ['visitor', 'participant'],
    ]);
  });

  test('newcomers that are visitors write when they are made participants, also when they come again', () => {
    const stage = new ModerationStage({ newcomers: 'visitor' });
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
    const stage = ModerationStage.full();
    stage.act(OWN, { act: 'role', target: MOD, role: 'visitor' });
    expect(stage.roleOf(MOD)).toBe('visitor');
    stage.focus.configure(ROOM, { moderators: [] });
    stage.focus.configure(ROOM, { moderators: [MOD] });
    expect(stage.roleOf(MOD)).toBe('moderator');
    stage.act(null, { act: 'role', target: MOD, role: 'owner' });
    expect(stage.room.config).toMatchObject({ owners: [OWN, OWN2, MOD], moderators: [] });
  });

  test('nobody knows who hides behind nothing, so he is neither promoted nor kept out, and can be muted and removed', () => {
    const stage = new ModerationStage();
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

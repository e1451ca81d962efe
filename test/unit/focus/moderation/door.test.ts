import { identity, type JoinFacts, ROOM, watching } from '../../../support/focus-rig.js';
import { ANA, BO, answer, ModerationStage } from '../../../support/moderation-stage.js';

describe('JOIN-15: who is asked for the password in a message', () => {
  class Door extends ModerationStage {
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

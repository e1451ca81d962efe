import type { RoomConfigChange } from '../../../lib/focus/index.js';
import { FocusRig, ROOM } from '../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';
const CY = 'sip:cy@example.com';

const rigWith = (defaults: RoomConfigChange) => new FocusRig({ rooms: { defaults } });
const created = (config: RoomConfigChange) => {
  const rig = new FocusRig();
  rig.focus.create(ROOM, config);
  return rig;
};
const isOpen = ({ focus }: FocusRig): boolean => focus.room(ROOM) !== undefined;

describe('7701-5.3-02 with its creator', () => {
  test('7701-5.3-01 the room ends for everybody when who joined first has left with the last endpoint', () => {
    const rig = rigWith({ deletion: 'creator', linger: 5000 });
    const [desk, bo, phone] = [rig.join(ANA), rig.join(BO), rig.join(ANA)];
    const watcher = rig.watch();
    const coming = rig.invite(CY);
    desk.handle.leave('departed');
    expect([isOpen(rig), bo.ended]).toEqual([true, []]);
    phone.handle.leave('departed');
    expect([bo.ended, coming.ended]).toEqual([['booted its creator left'], ['booted its creator left']]);
    expect(watcher.ends).toEqual(['noresource']);
    expect(rig.events.slice(-3)).toEqual([
      `leave ${ANA} departed departed`,
      `leave ${BO} booted its creator left`,
      `roomClosed ${ROOM} its creator left`,
    ]);
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
  });

  test('and lives on when others leave', () => {
    const rig = rigWith({ deletion: 'creator' });
    rig.join(ANA);
    rig.join(BO).handle.leave('departed');
    expect(isOpen(rig)).toBe(true);
  });

  test('P-CON-03 a lost connection counts only after the grace', () => {
    const rig = rigWith({ deletion: 'creator' });
    const ana = rig.join(ANA);
    const bo = rig.join(BO);
    rig.focus.sessionLost(ana.id, 'connection-lost');
    rig.clock.advance(29_999);
    expect(bo.ended).toEqual([]);
    rig.clock.advance(1);
    expect(bo.ended).toEqual(['booted its creator left']);
  });

  test('of a room made before anybody came, who joins first; an INVITE that came to nothing is nobody', () => {
    const rig = created({ deletion: 'creator' });
    rig.focus.configure(ROOM, { title: 'Lunch' });
    rig.invite(CY).handle.leave('failed');
    expect(isOpen(rig)).toBe(true);
    const [ana, bo] = [rig.join(ANA), rig.join(BO)];
    ana.handle.leave('departed');
    expect([isOpen(rig), bo.ended]).toEqual([false, ['booted its creator left']]);
  });

  test('a room whose creator never got in is not left behind', () => {
    const rig = rigWith({ deletion: 'creator' });
    rig.invite(ANA).handle.leave('failed');
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
  });

  test('set while the room runs: who has been there longest counts, or the next one to come', () => {
    const rig = created({});
    const ana = rig.join(ANA);
    const bo = rig.join(BO);
    ana.handle.leave('departed');
    rig.focus.configure(ROOM, { deletion: 'creator' });
    rig.join(CY).handle.leave('departed');
    expect(isOpen(rig)).toBe(true);
    bo.handle.leave('departed');
    expect(isOpen(rig)).toBe(false);

    const empty = created({});
    empty.focus.configure(ROOM, { deletion: 'creator' });
    expect(isOpen(empty)).toBe(true);
    empty.join(ANA).handle.leave('departed');
    expect(isOpen(empty)).toBe(false);
  });

  test('two endpoints of which one replaces the other are one creator', () => {
    const rig = rigWith({ deletion: 'creator', simultaneousAccess: 'replace' });
    rig.join(ANA);
    const bo = rig.join(BO);
    rig.focus.sessionBound(rig.join(ANA).id);
    expect([isOpen(rig), bo.ended]).toEqual([true, []]);
  });
});

describe('7701-5.3-02 when it is empty', () => {
  test('FAC-22 set while nobody is there: after linger', () => {
    const rig = created({ linger: 1000 });
    rig.join(ANA).handle.leave('departed');
    rig.focus.configure(ROOM, { deletion: 'empty' });
    rig.clock.advance(999);
    expect(isOpen(rig)).toBe(true);
    rig.clock.advance(1);
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
  });

  test('FAC-22 linger changed meanwhile counts from when the room became empty', () => {
    const rig = rigWith({ linger: 1000 });
    rig.join(ANA).handle.leave('departed');
    rig.clock.advance(500);
    rig.focus.configure(ROOM, { linger: 5000 });
    rig.clock.advance(4499);
    expect(isOpen(rig)).toBe(true);
    rig.focus.configure(ROOM, { linger: 100 });
    expect([isOpen(rig), rig.clock.pending]).toEqual([false, 0]);
  });

  test.each(['never', 'creator'] as const)('not any more when that is changed to %s', (deletion) => {
    const rig = rigWith({ linger: 1000 });
    rig.join(ANA).handle.leave('departed');
    rig.focus.configure(ROOM, { deletion });
    rig.clock.advance(100_000);
    expect([isOpen(rig), rig.clock.pending]).toEqual([true, 0]);
  });

  test('a room made before anybody came waits for the first one, whatever else is changed', () => {
    const rig = created({ deletion: 'empty' });
    rig.focus.configure(ROOM, { subject: 'Pizza' });
    rig.invite(ANA).handle.leave('failed');
    expect(isOpen(rig)).toBe(true);
    rig.join(ANA).handle.leave('departed');
    expect(isOpen(rig)).toBe(false);
  });

  test('closed while it lingers, it leaves no timer', () => {
    const rig = rigWith({ linger: 1000 });
    rig.join(ANA).handle.leave('departed');
    rig.focus.close(ROOM, 'over');
    expect(rig.clock.pending).toBe(0);
  });
});

test('7701-5.3-02 never: only when it is closed', () => {
  const rig = rigWith({ deletion: 'never' });
  rig.join(ANA).handle.leave('departed');
  rig.clock.advance(1_000_000);
  expect(isOpen(rig)).toBe(true);
  rig.focus.close(ROOM, 'over');
  expect(isOpen(rig)).toBe(false);
});

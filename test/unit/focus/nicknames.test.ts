import { ROOM_DEFAULTS } from '../../../lib/focus/index.js';
import { NicknameScopes } from '../../../lib/focus/nickname-scopes.js';
import { Nicknames } from '../../../lib/focus/nicknames.js';
import { FocusRig, ROOM } from '../../support/focus-rig.js';
import { ManualClock } from '../../support/manual-clock.js';

const registry = (nicknameHold = 300_000) => {
  const clock = new ManualClock();
  const policy = { ...ROOM_DEFAULTS, nicknameHold };
  const scopes = new NicknameScopes(clock);
  return { clock, nicknames: new Nicknames({ clock, policy: () => policy, scopes, room: 'sip:a@example.com' }) };
};

const ana = { key: 'ana', anonymous: false };
const bo = { key: 'bo', anonymous: false };

test('7701-7.1-08 7701-7.1-10 in use by another user, in any case: 425', () => {
  const { nicknames } = registry();
  expect(nicknames.claim(ana, 'a1', 'Fox')).toBe(200);
  expect(nicknames.claim(bo, 'b1', 'fOX')).toBe(425);
  expect(nicknames.of('b1')).toBeNull();
  expect(nicknames.holderOf('FOX')).toBe('ana');
});

test('7701-7.1-08 a reserved word: 425', () => {
  expect(registry().nicknames.claim(ana, 'a1', ' ＡDMIN ')).toBe(425);
});

test('7701-7.1-06 forbidden by PRECIS: 424', () => {
  expect(registry().nicknames.claim(ana, 'a1', 'a\u200bb')).toBe(424);
});

test('7701-7.1-11 7701-7.1-12 the same user may use it at another endpoint, each as it was written', () => {
  const { nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Fox');
  expect(nicknames.of('a2')).toBeNull();
  expect(nicknames.claim(ana, 'a2', 'FOX')).toBe(200);
  expect([nicknames.of('a1'), nicknames.of('a2')]).toEqual(['Fox', 'FOX']);
});

test('7701-7.2-01 a refused change leaves the old nickname', () => {
  const { nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Fox');
  nicknames.claim(bo, 'b1', 'Owl');
  expect(nicknames.claim(bo, 'b1', 'fox')).toBe(425);
  expect(nicknames.claim(bo, 'b1', '\u0000')).toBe(424);
  expect(nicknames.of('b1')).toBe('Owl');
});

test('7701-7.1-16 only the last endpoint that uses it releases it', () => {
  const { nicknames } = registry(0);
  nicknames.claim(ana, 'a1', 'Fox');
  nicknames.claim(ana, 'a2', 'Fox');
  nicknames.release('a1');
  expect(nicknames.claim(bo, 'b1', 'Fox')).toBe(425);
  nicknames.release('a2');
  expect(nicknames.claim(bo, 'b1', 'Fox')).toBe(200);
});

test('7701-11-04 after release it is held for the same user until the hold is over', () => {
  const { clock, nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Fox');
  nicknames.release('a1');
  expect(nicknames.holderOf('Fox')).toBeNull();
  clock.advance(299_999);
  expect(nicknames.claim(bo, 'b1', 'Fox')).toBe(425);
  clock.advance(1);
  expect(nicknames.claim(bo, 'b1', 'Fox')).toBe(200);
  expect(clock.pending).toBe(0);
});

test('7701-11-04 the same user gets it back, and the hold no longer ends it', () => {
  const { clock, nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Fox');
  nicknames.release('a1');
  clock.advance(100_000);
  expect(nicknames.claim(ana, 'a2', 'Fox')).toBe(200);
  clock.advance(300_000);
  expect(nicknames.claim(bo, 'b1', 'Fox')).toBe(425);
});

test('7701-11-04 one user cannot hold more than 16 nicknames in quarantine', () => {
  const { nicknames } = registry();
  for (let i = 0; i <= 17; i++) nicknames.claim(ana, 'a1', `Fox ${i}`);
  expect(nicknames.claim(bo, 'b1', 'Fox 0')).toBe(200);
  expect(nicknames.claim(bo, 'b1', 'Fox 1')).toBe(425);
});

test('closing cancels the timer', () => {
  const { clock, nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Fox');
  nicknames.release('a1');
  nicknames.close();
  expect(clock.pending).toBe(0);
});

test('7701-7.1-05 a room without nicknames: 403, before the value is looked at', () => {
  const rig = new FocusRig({ rooms: { defaults: { allowNicknames: false } } });
  expect(rig.focus.nickname(rig.join('sip:ana@example.com').id, '\u0000')).toBe(403);
});

test('7701-7.3-01 the empty nickname removes, also when none was set', () => {
  const rig = new FocusRig();
  const { id } = rig.join('sip:ana@example.com');
  expect(rig.focus.nickname(id, '')).toBe(200);
  expect(rig.focus.nickname(id, 'Fox')).toBe(200);
  expect(rig.focus.nickname(id, '')).toBe(200);
  expect(rig.events.slice(2)).toEqual([
    'nickname sip:ana@example.com undefined -> Fox',
    'nickname sip:ana@example.com Fox -> undefined',
  ]);
});

test('a NICKNAME of an endpoint that is gone: 481', () => {
  expect(new FocusRig().focus.nickname('e99', 'Fox')).toBe(481);
});

test('7701-7.4-01 7701-7.4-02 the nickname is in the roster as attribute and as display-text, until it is removed', () => {
  const rig = new FocusRig();
  const ana = rig.join('sip:ana@example.com', { identity: { displayName: 'Ana' } });
  const watcher = rig.watch();
  expect(watcher.last).toContain('<display-text>Ana</display-text>');
  rig.focus.nickname(ana.id, 'Fox');
  rig.clock.advance(1000);
  expect(watcher.last).toContain('xcon:nickname="Fox"');
  expect(watcher.last).toContain('<display-text>Fox</display-text>');
  expect(watcher.last).not.toContain('<display-text>Ana</display-text>');
  rig.focus.nickname(ana.id, '');
  rig.clock.advance(1000);
  expect(watcher.last).not.toContain('Fox');
});

test('MSRP-11 the roster shows the nickname that was asked for last, and another one when its endpoint leaves', () => {
  const rig = new FocusRig();
  const desk = rig.join('sip:ana@example.com');
  const phone = rig.join('sip:ana@example.com');
  rig.focus.nickname(phone.id, 'Owl');
  rig.focus.nickname(desk.id, 'Fox');
  const ana = rig.focus.findParticipant(ROOM, 'owl');
  expect(ana?.nickname).toBe('Fox');
  desk.handle.leave('departed');
  expect(ana?.nickname).toBe('Owl');
  expect(rig.events.at(-1)).toBe('nickname sip:ana@example.com Fox -> Owl');
});

test('a nickname that is the URI of another does not stand for the other', () => {
  const rig = new FocusRig();
  const uri = 'sip:bo@example.com';
  rig.join(uri);
  rig.focus.nickname(rig.join('sip:ana@example.com').id, uri);
  expect(rig.focus.findParticipant(ROOM, uri)?.uri).toBe(uri);
});

test('7701-11-04 who comes back to a room gets the nickname that others do not', () => {
  const rig = new FocusRig();
  rig.join('sip:host@example.com');
  const ana = rig.join('sip:ana@example.com');
  rig.focus.nickname(ana.id, 'Fox');
  ana.handle.leave('departed');
  expect(rig.focus.nickname(rig.join('sip:bo@example.com').id, 'Fox')).toBe(425);
  expect(rig.focus.nickname(rig.join('sip:ana@example.com').id, 'Fox')).toBe(200);
});

test('7701-7.1-13 the enforced form is shown, with its case; what is compared has none', () => {
  const { nicknames } = registry();
  expect(nicknames.claim(ana, 'a1', '  Ｆｏx  of\u3000Old ')).toBe(200);
  expect(nicknames.of('a1')).toBe('Fox of Old');
  expect(nicknames.holderOf('fox OF old')).toBe('ana');
});

test('7701-11-03 of two who ask for it in the same turn, one gets it', () => {
  const rig = new FocusRig();
  const [ana, bo] = [rig.join('sip:ana@example.com'), rig.join('sip:bo@example.com')];
  expect([rig.focus.nickname(ana.id, 'Fox'), rig.focus.nickname(bo.id, 'fox')]).toEqual([200, 425]);
  expect([rig.focus.nickname(bo.id, 'Owl'), rig.focus.nickname(ana.id, 'owl')]).toEqual([200, 425]);
});

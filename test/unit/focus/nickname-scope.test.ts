import * as fc from 'fast-check';
import { nicknameKey, ROOM_DEFAULTS } from '../../../lib/focus/index.js';
import { NicknameScopes } from '../../../lib/focus/nickname-scopes.js';
import { Nicknames, type NicknamePolicy } from '../../../lib/focus/nicknames.js';
import { FocusRig, type JoinFacts } from '../../support/focus-rig.js';
import { ManualClock } from '../../support/manual-clock.js';

const LUNCH = 'sip:lunch@chat.example.com';
const DINNER = 'sip:dinner@Chat.Example.Com:5070';
const ELSEWHERE = 'sip:lunch@example.org';
const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';

type Scope = NicknamePolicy['nicknameScope'];

/** A focus whose rooms have that scope, and a way to ask in one of them. */
function focus(nicknameScope: Scope, more: Partial<NicknamePolicy> = {}) {
  const rig = new FocusRig({ rooms: { defaults: { nicknameScope, ...more } } });
  const join = (user: string, room: string, facts: JoinFacts = {}) => rig.join(user, { room, ...facts });
  const ask = (user: string, room: string, name: string, facts: JoinFacts = {}) =>
    rig.focus.nickname(join(user, room, facts).id, name);
  return { rig, join, ask };
}

test('7701-7.1-10 scope room: the same nickname may be had in another room', () => {
  const { ask } = focus('room');
  expect([ask(ANA, LUNCH, 'Fox'), ask(BO, DINNER, 'Fox')]).toEqual([200, 200]);
});

test('7701-7.1-10 scope domain: one user in all rooms of the host, whatever its case and port', () => {
  const { ask } = focus('domain');
  expect(ask(ANA, LUNCH, 'Fox')).toBe(200);
  expect(ask(BO, DINNER, 'fox')).toBe(425);
  expect(ask(BO, ELSEWHERE, 'Fox')).toBe(200);
});

test.each([
  ['sip:a@[2001:db8::1]', 'sips:b@[2001:DB8:0::1]:5061', 425],
  ['sip:a@[2001:db8::1]', 'sip:b@[2001:db8::2]', 200],
  ['sip:a%3Bb@example.com', 'sip:a%40b@example.com', 425],
  ['sip:example.com', 'sip:b@example.com', 425],
  ['sip:a@example.com', 'sip:a@example.com.example.org', 200],
])('7701-7.1-10 scope domain: %s and %s: %d', (one, other, status) => {
  const { ask } = focus('domain');
  expect(ask(ANA, one, 'Fox')).toBe(200);
  expect(ask(BO, other, 'Fox')).toBe(status);
});

test('7701-7.1-10 scope server: one user in all rooms', () => {
  const { ask } = focus('server');
  expect([ask(ANA, LUNCH, 'Fox'), ask(BO, ELSEWHERE, 'fox')]).toEqual([200, 425]);
});

test('7701-7.1-10 rooms of another scope are not part of it', () => {
  const { rig, ask } = focus('server');
  rig.focus.create(DINNER, { nicknameScope: 'domain' });
  rig.focus.create(ELSEWHERE, { nicknameScope: 'room' });
  expect([ask(ANA, LUNCH, 'Fox'), ask(BO, DINNER, 'Fox'), ask(BO, ELSEWHERE, 'Fox')]).toEqual([200, 200, 200]);
});

test('7701-7.1-11 the same user may have it in several rooms, and it is free when the last one is left', () => {
  const { rig, join, ask } = focus('server', { nicknameHold: 0 });
  const [lunch, dinner] = [join(ANA, LUNCH), join(ANA, DINNER)];
  expect([rig.focus.nickname(lunch.id, 'Fox'), rig.focus.nickname(dinner.id, 'FOX')]).toEqual([200, 200]);
  lunch.handle.leave('departed');
  expect(ask(BO, ELSEWHERE, 'Fox')).toBe(425);
  dinner.handle.leave('departed');
  expect(ask(BO, ELSEWHERE, 'Fox')).toBe(200);
});

test('7701-11-04 it is held after the last room, and for a comeback in another', () => {
  const { rig, join, ask } = focus('server');
  const [lunch, dinner] = [join(ANA, LUNCH), join(ANA, DINNER)];
  rig.focus.nickname(lunch.id, 'Fox');
  rig.focus.nickname(dinner.id, 'Fox');
  lunch.handle.leave('departed');
  rig.clock.advance(400_000);
  join(BO, ELSEWHERE);
  dinner.handle.leave('departed');
  expect(ask(BO, ELSEWHERE, 'Fox')).toBe(425);
  expect(ask(ANA, ELSEWHERE, 'Fox')).toBe(200);
});

test('7701-11-04 each room holds as long as it is told to', () => {
  const { rig, join, ask } = focus('server');
  rig.focus.create(DINNER, { nicknameHold: 1000 });
  const [lunch, dinner] = [join(ANA, LUNCH), join(ANA, DINNER)];
  rig.focus.nickname(lunch.id, 'Fox');
  rig.focus.nickname(dinner.id, 'Owl');
  lunch.handle.leave('departed');
  dinner.handle.leave('departed');
  rig.clock.advance(1000);
  expect([ask(BO, DINNER, 'Owl'), ask(BO, DINNER, 'Fox')]).toEqual([200, 425]);
  rig.clock.advance(299_000);
  expect(ask(BO, DINNER, 'Fox')).toBe(200);
});

test('a nickname stands only for who uses it in this room', () => {
  const { rig, join, ask } = focus('server');
  ask(ANA, LUNCH, 'Fox');
  join(ANA, DINNER);
  expect(rig.focus.findParticipant(LUNCH, 'fox')?.uri).toBe(ANA);
  expect(rig.focus.findParticipant(DINNER, 'fox')).toBeUndefined();
});

test('7701-7.1-14 lookalikes are refused across rooms', () => {
  const { rig, ask } = focus('server', { refuseConfusableNicknames: true });
  rig.focus.create(ELSEWHERE, { refuseConfusableNicknames: false });
  expect(ask(ANA, LUNCH, 'BOY')).toBe(200);
  expect([ask(BO, DINNER, 'B0Y'), ask(BO, ELSEWHERE, 'B0Y')]).toEqual([425, 200]);
});

test('5438-8-02 who hides is nobody elsewhere: neither under a name, nor hidden in another room', () => {
  const { ask } = focus('server');
  const hidden = { identity: { anonymous: true } };
  expect(ask(ANA, LUNCH, 'Fox', hidden)).toBe(200);
  expect([ask(ANA, DINNER, 'Fox'), ask(ANA, DINNER, 'Fox', hidden)]).toEqual([425, 425]);
  expect(ask(ANA, LUNCH, 'Fox', hidden)).toBe(200);
});

test('5438-8-02 two of whom nobody knows anything are two, in any room, and after one of them is gone', () => {
  const { rig, join, ask } = focus('server');
  const nobody = { identity: { anonymous: true } };
  const uri = 'sip:anonymous@anonymous.invalid';
  join(BO, ELSEWHERE);
  const first = join(uri, LUNCH, nobody);
  expect(rig.focus.nickname(first.id, 'Fox')).toBe(200);
  expect(ask(uri, DINNER, 'Fox', nobody)).toBe(425);
  first.handle.leave('departed');
  expect(rig.focus.room(LUNCH)).toBeUndefined();
  expect(ask(uri, LUNCH, 'Fox', nobody)).toBe(425);
});

test('a wider scope takes the nicknames in use; one that another has there is dropped, and all are told', () => {
  const { rig, join } = focus('room');
  const [ana, bo, cleo] = [join(ANA, DINNER), join(BO, LUNCH), join('sip:cleo@example.com', LUNCH)];
  rig.focus.configure(DINNER, { nicknameScope: 'server' });
  rig.focus.nickname(ana.id, 'Fox');
  rig.focus.nickname(bo.id, 'fox');
  rig.focus.nickname(cleo.id, 'Owl');
  const watcher = rig.watch();
  rig.events.length = 0;
  rig.focus.configure(LUNCH, { nicknameScope: 'server' });
  expect(rig.events).toEqual([`nickname ${BO} fox -> undefined`]);
  rig.clock.advance(1000);
  expect(watcher.last).not.toContain('fox');
  expect(watcher.last).toContain('xcon:nickname="Owl"');
  expect([rig.focus.nickname(bo.id, 'fox'), rig.focus.nickname(ana.id, 'owl')]).toEqual([425, 425]);
});

test('a narrower scope gives them back to the others', () => {
  const { rig, join } = focus('domain');
  const [ana, bo] = [join(ANA, LUNCH), join(BO, DINNER)];
  rig.focus.nickname(ana.id, 'Fox');
  rig.focus.configure(LUNCH, { nicknameScope: 'room' });
  expect(rig.focus.nickname(bo.id, 'Fox')).toBe(200);
  expect(rig.focus.findParticipant(LUNCH, 'Fox')?.uri).toBe(ANA);
});

test('a scope that stays, and a room without nicknames, move nothing', () => {
  const { rig, join } = focus('server');
  const ana = join(ANA, LUNCH);
  rig.focus.configure(LUNCH, { nicknameScope: 'room' });
  rig.focus.nickname(ana.id, 'Fox');
  rig.focus.configure(LUNCH, { nicknameScope: 'room', subject: 'soup' });
  expect(rig.focus.findParticipant(LUNCH, 'Fox')?.uri).toBe(ANA);
});

test('7701-11-04 nothing is left after the last room, not even a hold', () => {
  const { rig, join } = focus('domain');
  for (const room of [LUNCH, DINNER, ELSEWHERE]) {
    const ana = join(ANA, room);
    rig.focus.nickname(ana.id, 'Fox');
    rig.focus.nickname(ana.id, 'Owl');
    ana.handle.leave('departed');
  }
  expect(rig.clock.pending).toBe(0);
  expect(rig.focus.rooms.size).toBe(0);
});

const ROOMS = ['sip:a@one.example', 'sip:b@one.example', 'sip:c@two.example'];
const USERS = ['ana', 'bo', 'cleo'];
const NAMES = ['Fox', 'fox', 'Owl', 'B0Y', 'boy'];

const endpoint = (room: number, user: number, device: number): string => `${room} ${user} ${device}`;

const step = fc.record({
  what: fc.constantFrom('claim', 'claim', 'claim', 'release', 'configure', 'wait'),
  room: fc.nat(ROOMS.length - 1),
  user: fc.nat(USERS.length - 1),
  device: fc.nat(1),
  name: fc.constantFrom(...NAMES),
  scope: fc.constantFrom<Scope[]>('room', 'domain', 'server'),
});

test('7701-11-03 in whatever order things happen, no two have the same in a scope, and nothing is left in the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, refuseConfusableNicknames) => {
      const clock = new ManualClock();
      const scopes = new NicknameScopes(clock);
      const rooms = ROOMS.map((room) => {
        const policy = { ...ROOM_DEFAULTS, refuseConfusableNicknames, nicknameHold: 1000 };
        return { policy, nicknames: new Nicknames({ clock, policy: () => policy, scopes, room }) };
      });
      const scopeOf = (i: number): string => {
        const scope = rooms[i]?.policy.nicknameScope;
        return scope === 'server' ? scope : scope === 'domain' ? (ROOMS[i]?.split('@')[1] ?? '') : `room ${i}`;
      };
      for (const { what, room, user, device, name, scope } of steps) {
        const place = rooms[room];
        if (!place) continue;
        const { nicknames, policy } = place;
        if (what === 'claim') {
          nicknames.claim({ key: USERS[user] ?? '', anonymous: false }, endpoint(room, user, device), name);
        } else if (what === 'release') nicknames.release(endpoint(room, user, device));
        else if (what === 'wait') clock.advance(500);
        else {
          policy.nicknameScope = scope;
          nicknames.configured();
        }
        const holders = new Map<string, number>();
        for (let r = 0; r < ROOMS.length; r++) {
          for (let u = 0; u < USERS.length; u++) {
            for (const d of [0, 1]) {
              const shown = rooms[r]?.nicknames.of(endpoint(r, u, d)) ?? null;
              if (shown === null) continue;
              const where = `${scopeOf(r)} ${nicknameKey(shown)}`;
              expect(holders.get(where) ?? u).toBe(u);
              holders.set(where, u);
              expect(rooms[r]?.nicknames.holderOf(shown)).toBe(USERS[u]);
            }
          }
        }
      }
      rooms.forEach(({ nicknames }, r) => {
        for (let u = 0; u < USERS.length; u++) for (const d of [0, 1]) nicknames.release(endpoint(r, u, d));
        nicknames.close();
      });
      expect(scopes.size).toBe(0);
      expect(clock.pending).toBe(0);
    }),
  );
});

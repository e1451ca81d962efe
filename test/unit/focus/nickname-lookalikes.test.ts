import { lookalikesOf, skeleton } from '../../../lib/focus/confusables.js';
import { ROOM_DEFAULTS } from '../../../lib/focus/index.js';
import { NicknameLookalikes } from '../../../lib/focus/nickname-lookalikes.js';
import { NicknameScopes } from '../../../lib/focus/nickname-scopes.js';
import { type NicknamePolicy, Nicknames } from '../../../lib/focus/nicknames.js';
import { documentTable, quoted } from '../../support/document-table.js';
import { ManualClock } from '../../support/manual-clock.js';

const ana = { key: 'ana', anonymous: false };
const bo = { key: 'bo', anonymous: false };

function registry(change: Partial<NicknamePolicy> = {}) {
  const clock = new ManualClock();
  const policy = { ...ROOM_DEFAULTS, refuseConfusableNicknames: true, nicknameChangesPerMinute: 1e6, ...change };
  const scopes = new NicknameScopes(clock);
  return {
    clock,
    policy,
    nicknames: new Nicknames({ clock, policy: () => policy, scopes, room: 'sip:a@example.com' }),
  };
}

const nickname = (text: string) => ({ key: text, shown: text });

const documented = documentTable('nicknames.md', 'has');

test.each(documented)('7701-7.1-14 docs/nicknames.md: %s beside %s: %s', (has = '', asked = '', status) => {
  const { nicknames } = registry();
  expect(nicknames.claim(ana, 'a1', quoted(has))).toBe(200);
  expect(nicknames.claim(bo, 'b1', quoted(asked))).toBe(Number(status));
});

test.each(documented.filter(([, , status]) => status === '425'))(
  '7701-7.1-14 the other way round, and not without the option: %s, %s',
  (has = '', asked = '') => {
    const { nicknames, policy } = registry();
    expect(nicknames.claim(ana, 'a1', quoted(asked))).toBe(200);
    expect(nicknames.claim(bo, 'b1', quoted(has))).toBe(425);
    policy.refuseConfusableNicknames = false;
    expect(nicknames.claim(bo, 'b1', quoted(has))).toBe(200);
  },
);

test('7701-7.1-14 the same user may change to what looks alike', () => {
  const { nicknames } = registry();
  expect(nicknames.claim(ana, 'a1', 'BOY')).toBe(200);
  expect(nicknames.claim(ana, 'a2', 'B0Y')).toBe(200);
  expect(nicknames.claim(ana, 'a1', 'BΟY')).toBe(200);
});

test('7701-7.1-14 7701-7.2-01 what is refused leaves the old one', () => {
  const { nicknames } = registry();
  nicknames.claim(ana, 'a1', 'Tom');
  nicknames.claim(bo, 'b1', 'Owl');
  expect(nicknames.claim(bo, 'b1', 'Torn')).toBe(425);
  expect(nicknames.of('b1')).toBe('Owl');
});

test('7701-7.1-08 7701-7.1-14 what looks like a reserved word, in small letters or capitals', () => {
  const { nicknames } = registry();
  for (const name of ['adrnin', '\u0430dmin', 'ADMlN', 'Moderat0r']) {
    expect(nicknames.claim(ana, 'a1', name)).toBe(425);
  }
  expect(nicknames.claim(ana, 'a1', 'adm1n!')).toBe(200);
  expect(registry({ refuseConfusableNicknames: false }).nicknames.claim(ana, 'a1', 'adrnin')).toBe(200);
});

test('7701-7.1-14 nicknames of before the option was set count, in each case they are shown in', () => {
  const { nicknames, policy } = registry({ refuseConfusableNicknames: false });
  nicknames.claim(ana, 'a1', 'alice');
  nicknames.claim(ana, 'a2', 'ALICE');
  policy.refuseConfusableNicknames = true;
  expect(nicknames.claim(bo, 'b1', 'ALlCE')).toBe(425);
  expect(nicknames.claim(bo, 'b1', 'al\u0456ce')).toBe(425);
});

test('7701-7.1-14 a form is free again when nobody shows it, and the nickname when its hold is over', () => {
  const { clock, nicknames } = registry();
  nicknames.claim(ana, 'a1', 'alice');
  nicknames.claim(ana, 'a2', 'ALICE');
  nicknames.claim(ana, 'a2', 'alice');
  expect(nicknames.claim(bo, 'b1', 'ALlCE')).toBe(200);
  nicknames.release('a1');
  nicknames.release('a2');
  expect(nicknames.claim(bo, 'b2', 'A1ice')).toBe(425);
  clock.advance(300_000);
  expect(nicknames.claim(bo, 'b2', 'A1ice')).toBe(200);
});

test('7701-7.1-14 with 10000 nicknames held, only those that look alike are looked at', () => {
  const lookalikes = new NicknameLookalikes();
  for (let i = 0; i < 10_000; i++) lookalikes.add(nickname(`user-${i}`));
  expect([...new Set(lookalikes.of(nickname('user-O1O')))]).toEqual([]);
  expect([...new Set(lookalikes.of(nickname('user-1234')))]).toEqual(['user-1234']);
  for (let i = 0; i < 10_000; i++) lookalikes.remove(nickname(`user-${i}`));
  expect([...lookalikes.of(nickname('user-1234'))]).toEqual([]);
});

test.each([
  ['what it is made of in NFD', '\u0399\u0308', skeleton('\u03aa')],
  ['several for one', 'rn', 'rn'],
  ['one that becomes several', 'm', 'rn'],
  ['nothing of a joiner', 'a\u200db', 'ab'],
  ['itself when it is not listed', '日', '日'],
])('7701-7.1-14 UTS #39 skeleton: %s', (_name, text, expected) => {
  expect(skeleton(text)).toBe(expected);
});

test('7701-7.1-14 both forms are without case', () => {
  expect(lookalikesOf({ key: 'b0y', shown: 'B0Y' })).toEqual(['boy', 'boy']);
});

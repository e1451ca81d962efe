import { otherNickname } from '../../../../../../../plugin/web/pages/chat/model/nickname.js';

test.each([
  ['Ana', 'Ana 2'],
  ['Ana 2', 'Ana 3'],
  ['Ana 3', 'Ana 4'],
  ['Ana B.', 'Ana B. 2'],
  ['R2-D2', 'R2-D2 2'],
  ['😀', '😀 2'],
])('in place of %s: %s', (nickname, other) => {
  expect(otherNickname(nickname, 0)).toBe(other);
});

test('who is known to be here is passed over', () => {
  const here = new Set(['Ana', 'Ana 2']);
  expect(otherNickname('Ana', 0, (name) => here.has(name))).toBe('Ana 3');
});

test('where many have one, a number by chance', () => {
  expect(otherNickname('Ana 4', 0)).toBe('Ana 100');
  expect(otherNickname('Ana 100', 0.999_99)).toBe('Ana 9999');
  expect(otherNickname('Ana', 0.5, () => true)).toBe('Ana 5050');
});

test('it fits into the field, and no character is cut', () => {
  const other = otherNickname('😀'.repeat(64), 0);
  expect(other).toBe(`${'😀'.repeat(29)} 2`);
  expect(other.length).toBeLessThanOrEqual(64);
});

import { NicknameQuarantine } from '../../../lib/focus/nickname-quarantine.js';
import { ManualClock } from '../../support/manual-clock.js';

function quarantine() {
  const clock = new ManualClock();
  const over: string[] = [];
  return { clock, over, held: new NicknameQuarantine(clock, (key) => void over.push(key)) };
}

test('7701-11-04 each is held as long as it was asked for, whatever the order', () => {
  const { clock, over, held } = quarantine();
  held.start('fox', 'ana', 3000);
  held.start('owl', 'bo', 1000);
  clock.advance(1000);
  expect(over).toEqual(['owl']);
  clock.advance(2000);
  expect(over).toEqual(['owl', 'fox']);
});

test('7701-11-04 one that is used again is held no longer, and begins anew later', () => {
  const { clock, over, held } = quarantine();
  held.start('fox', 'ana', 1000);
  held.end('fox');
  held.end('fox');
  clock.advance(1000);
  held.start('fox', 'ana', 1000);
  held.start('fox', 'ana', 2000);
  clock.advance(1000);
  expect(over).toEqual([]);
  clock.advance(1000);
  expect(over).toEqual(['fox']);
  expect(clock.pending).toBe(0);
});

test('7701-11-04 of one user 16 are held, of others as many again; the oldest are given up', () => {
  const { over, held } = quarantine();
  for (const user of ['ana', 'bo']) for (let i = 0; i < 17; i++) held.start(`${user} ${i}`, user, 1000);
  expect(over).toEqual(['ana 0', 'bo 0']);
});

test('7701-11-04 in all 100000 are held', () => {
  const { clock, over, held } = quarantine();
  for (let i = 0; i < 100_002; i++) held.start(`name ${i}`, `user ${i}`, 1000);
  expect(over).toEqual(['name 0', 'name 1']);
  held.close();
  expect(clock.pending).toBe(0);
  expect(over).toHaveLength(2);
});

import { isIdent } from '../../../lib/msrp/grammar.js';
import {
  decodeCount,
  encodeCount,
  newMessageId,
  newSessionId,
  randomId,
  TransactionIds,
} from '../../../lib/msrp/ids.js';

test('4975-7.1-01: a million transaction ids of a sender differ, and all are idents of one length', () => {
  const ids = new TransactionIds();
  const seen = new Set<string>();
  let wrong = 0;
  for (let i = 0; i < 1_000_000; i++) {
    const id = ids.next();
    if (id.length !== TransactionIds.LENGTH || !isIdent(id)) wrong++;
    seen.add(id);
  }
  expect(wrong).toBe(0);
  expect(seen.size).toBe(1_000_000);
  expect(ids.count).toBe(1_000_000);
});

test('4975-7.1-01, 4975-7.1.1-01, 4975-14.1-01: lengths give the random bits asked for, and senders differ', () => {
  const prefixes = new Set(Array.from({ length: 20_000 }, () => new TransactionIds().prefix));
  expect(prefixes.size).toBe(20_000);
  // 62 letters: 5.95 bits each.
  expect(new TransactionIds().prefix.length * 5.95).toBeGreaterThanOrEqual(64);
  expect(newMessageId().length * 5.95).toBeGreaterThanOrEqual(64);
  expect(newSessionId().length * 5.95).toBeGreaterThanOrEqual(80);
  expect(newSessionId()).toMatch(/^[0-9A-Za-z]+$/);
});

test('every letter of the alphabet is about as likely', () => {
  const counts = new Map<string, number>();
  for (const letter of Array.from({ length: 62 }, () => randomId(1000)).join(''))
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // A thousand each expected; ten standard deviations away would be a bias.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(320);
});

test('the count is read back from an id, and only from one', () => {
  for (const count of [0, 1, 61, 62, 3843, 56_800_235_583]) {
    expect(decodeCount(Buffer.from(`x${'p'.repeat(12)}${encodeCount(count)}`), 1)).toBe(count);
  }
  expect(decodeCount(Buffer.from(`${'p'.repeat(12)}00.000`), 0)).toBe(-1);
});

test('4975-9-23: what was made without being due to be answered is known apart, and nothing else is', () => {
  const ids = new TransactionIds();
  const { UNCONFIRMED } = TransactionIds;
  expect([ids.take(), ids.take(true), ids.take(true), ids.take()]).toEqual([0, UNCONFIRMED, UNCONFIRMED + 1, 1]);
  const known = [0, 1, 2, UNCONFIRMED - 1, UNCONFIRMED, UNCONFIRMED + 1, UNCONFIRMED + 2, 62 ** 6 - 1];
  expect(known.map((count) => ids.countOf(ids.idAt(count)))).toEqual([
    0,
    1,
    -1,
    -1,
    UNCONFIRMED,
    UNCONFIRMED + 1,
    -1,
    -1,
  ]);
  expect(ids.count).toBe(2);
});

import * as fc from 'fast-check';
import { Nonces } from '../../../../../plugin/identity/digest/nonces.js';
import { ManualClock } from '../../../../support/manual-clock.js';

const REALM = 'example.com';

const make = (lifetime = 1000) => {
  const clock = new ManualClock();
  return { clock, nonces: new Nonces(clock, lifetime) };
};

test('good for its lifetime, in its realm, from here', () => {
  const { clock, nonces } = make();
  const nonce = nonces.issue(REALM);
  expect(nonces.check(nonce, REALM)).toBe('fresh');
  expect(nonces.check(nonce, 'other.example')).toBe('stale');
  expect(make().nonces.check(nonce, REALM)).toBe('stale');
  clock.advance(1000);
  expect(nonces.check(nonce, REALM)).toBe('fresh');
  clock.advance(1);
  expect(nonces.check(nonce, REALM)).toBe('stale');
  expect(nonces.use(nonce, REALM, 1)).toBe('stale');
});

test('no two are the same, and none of another is taken', () => {
  const { nonces } = make();
  expect(nonces.issue(REALM)).not.toBe(nonces.issue(REALM));
  const nonce = nonces.issue(REALM);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.nat(39).map((at) => nonce.slice(0, at) + nonce.slice(at + 1)),
      ),
      (other) => {
        expect(nonces.check(other, REALM)).toBe('stale');
      },
    ),
  );
});

test('RFC 7616 §3.4: a count is good once, and one that was overtaken still is', () => {
  const { nonces } = make();
  const nonce = nonces.issue(REALM);
  expect([1, 2, 2, 5, 4, 3, 4, 1, 0, 40, 9, 8, 41, 5].map((count) => nonces.use(nonce, REALM, count))).toEqual([
    'fresh',
    'fresh',
    'stale',
    'fresh',
    'fresh',
    'fresh',
    'stale',
    'stale',
    'stale',
    'fresh',
    'fresh',
    'stale',
    'fresh',
    'stale',
  ]);
  expect(nonces.use(nonce, REALM, 0xff_ff_ff_ff)).toBe('fresh');
  expect(nonces.use(nonce, REALM, 41)).toBe('stale');
});

test('RFC 7616 §3.4: no sequence of counts is let in twice', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 })), (counts) => {
      const { nonces } = make();
      const nonce = nonces.issue(REALM);
      const taken = counts.filter((count) => nonces.use(nonce, REALM, count) === 'fresh');
      expect(new Set(taken).size).toBe(taken.length);
    }),
  );
});

test('of more nonces than are kept the first are refused, not let in again', () => {
  const { clock, nonces } = make(1e9);
  const first = nonces.issue(REALM);
  expect(nonces.use(first, REALM, 1)).toBe('fresh');
  for (let n = 0; n < 20_000; n++) {
    clock.advance(1);
    nonces.use(nonces.issue(REALM), REALM, 1);
  }
  expect(nonces.use(first, REALM, 1)).toBe('stale');
  expect(nonces.use(nonces.issue(REALM), REALM, 1)).toBe('fresh');
});

import type { Clock } from '../../../lib/util/clock.js';
import { KeepAlive } from '../../../lib/util/keep-alive.js';
import { ManualClock } from '../../support/manual-clock.js';

let clock: ManualClock;
let asked: number;
let dead: number;
let judges: boolean;
let life: KeepAlive;

beforeEach(() => {
  clock = new ManualClock();
  [asked, dead, judges] = [0, 0, true];
  life = new KeepAlive({ clock, judges: () => judges, ask: () => asked++, onDead: () => dead++ });
});
afterEach(() => {
  life.stop();
  expect(clock.pending).toBe(0);
});

test('where there is talk nothing is asked, and one timer runs for all of it', () => {
  for (let second = 0; second < 100; second++) {
    clock.advance(1000);
    life.sent();
    life.heard();
    expect(clock.pending).toBe(1);
  }
  expect(asked).toBe(0);
});

test('15 s of silence: asked, and again 15 s after the answer', () => {
  clock.advance(14_999);
  expect(asked).toBe(0);
  clock.advance(1);
  expect(asked).toBe(1);
  clock.advance(9000);
  life.heard();
  clock.advance(14_999);
  expect(asked).toBe(1);
  clock.advance(1);
  expect(asked).toBe(2);
  expect(dead).toBe(0);
});

test('no answer within 10 s: told once, and nothing more is asked', () => {
  clock.advance(24_999);
  expect(dead).toBe(0);
  clock.advance(1);
  expect(dead).toBe(1);
  life.heard();
  life.sent();
  life.check();
  clock.advance(100_000);
  expect([asked, dead]).toEqual([1, 1]);
});

test('what was sent and is not answered is asked about after 5 s, once for all of it', () => {
  clock.advance(3000);
  life.sent();
  clock.advance(2000);
  life.sent();
  clock.advance(2999);
  expect(asked).toBe(0);
  clock.advance(1);
  expect(asked).toBe(1);
  life.sent();
  clock.advance(10_000);
  expect([asked, dead]).toEqual([1, 1]);
});

test('what was sent and is answered counts no more', () => {
  life.sent();
  clock.advance(4000);
  life.heard();
  clock.advance(14_999);
  expect(asked).toBe(0);
  clock.advance(1);
  expect(asked).toBe(1);
});

test('in doubt: asked at once, and 5 s to answer', () => {
  life.check();
  expect(asked).toBe(1);
  life.check();
  expect(asked).toBe(1);
  clock.advance(4999);
  expect(dead).toBe(0);
  clock.advance(1);
  expect(dead).toBe(1);
});

test('where silence says nothing, it goes on asking', () => {
  judges = false;
  clock.advance(50_000);
  expect([asked, dead]).toEqual([2, 0]);
  judges = true;
  clock.advance(15_000);
  expect([asked, dead]).toEqual([3, 0]);
  clock.advance(10_000);
  expect(dead).toBe(1);
});

test('stopped: nothing is asked or told', () => {
  life.check();
  life.stop();
  clock.advance(100_000);
  life.check();
  expect([asked, dead, clock.pending]).toEqual([1, 0, 0]);
});

describe('where timers are late, as in a page that nobody sees or on a laptop that slept', () => {
  let late: number;
  let hidden: KeepAlive;

  beforeEach(() => {
    late = 60_000;
    const page: Clock = {
      now: () => clock.now(),
      date: () => clock.date(),
      after: (delay, action) => clock.after(delay + late, action),
    };
    life.stop();
    hidden = new KeepAlive({ clock: page, ask: () => asked++, onDead: () => dead++ });
  });
  afterEach(() => hidden.stop());

  test('an answer that could not be read yet is waited for', () => {
    hidden.check();
    clock.advance(65_000);
    expect([asked, dead]).toEqual([2, 0]);
    hidden.heard();
    clock.advance(30_000);
    expect(dead).toBe(0);
  });

  test('none to the second question either: dead, however late that is found', () => {
    hidden.check();
    clock.advance(129_999);
    expect(dead).toBe(0);
    clock.advance(1);
    expect([asked, dead]).toEqual([2, 1]);
  });

  test('it is waited for anew each time', () => {
    for (let count = 1; count <= 3; count++) {
      hidden.check();
      clock.advance(65_000);
      expect(dead).toBe(0);
      hidden.heard();
    }
  });

  test('2 s are not late', () => {
    late = 2000;
    hidden.check();
    clock.advance(7000);
    expect([asked, dead]).toEqual([1, 1]);
  });
});

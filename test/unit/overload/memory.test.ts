import { NeededMemory } from '../../../lib/overload/memory';

const reading = (rss: number, heapUsed: number, arrayBuffers: number) => ({ rss, heapUsed, arrayBuffers });

test('at first all that is resident is needed', () => {
  expect(new NeededMemory().next(reading(100, 20, 30))).toBe(100);
});

test('what was let go is not needed, though the system has not got it back', () => {
  const needed = new NeededMemory();
  needed.next(reading(100, 20, 30));
  expect(needed.next(reading(300, 20, 230))).toBe(300);
  expect(needed.next(reading(300, 20, 30))).toBe(100);
});

test('used again it is needed again, before the system gives more', () => {
  const needed = new NeededMemory();
  needed.next(reading(300, 20, 230));
  needed.next(reading(300, 20, 30));
  expect(needed.next(reading(300, 20, 130))).toBe(200);
});

test('what the system got back is not counted twice', () => {
  const needed = new NeededMemory();
  needed.next(reading(300, 20, 230));
  expect(needed.next(reading(150, 20, 30))).toBe(100);
  expect(needed.next(reading(100, 20, 30))).toBe(100);
});

test('what neither objects nor buffers take is needed: the memory of TLS is counted nowhere else', () => {
  const needed = new NeededMemory();
  needed.next(reading(100, 20, 30));
  expect(needed.next(reading(400, 20, 30))).toBe(400);
});

import { ProcessProbe } from '../../../lib/overload/probe';

test('the probe reads this process, and begins anew with each reading', () => {
  const probe = new ProcessProbe();
  const { rss, heapUsed } = probe.memory();
  expect(rss).toBeGreaterThan(heapUsed);
  const { mean, p99, max } = probe.delay();
  for (const ms of [mean, p99, max]) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
  probe.close();
});

test('it has collected what nobody uses any more', () => {
  const probe = new ProcessProbe();
  const size = 100_000_000;
  // In a function of its own, so that nothing here keeps the buffer.
  const waste = (): number => Buffer.alloc(size, 1).length + probe.memory().arrayBuffers;
  expect(waste()).toBeGreaterThan(2 * size);
  const before = probe.memory().arrayBuffers;
  probe.collect();
  expect(before - probe.memory().arrayBuffers).toBeGreaterThanOrEqual(size);
  probe.close();
});

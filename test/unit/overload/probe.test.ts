import { ProcessProbe } from '../../../lib/overload/probe';

test('the probe reads this process, and begins anew with each reading', () => {
  const probe = new ProcessProbe();
  const { rss, heapUsed } = probe.memory();
  expect(rss).toBeGreaterThan(heapUsed);
  const { mean, p99, max } = probe.delay();
  for (const ms of [mean, p99, max]) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
  probe.close();
});

import { FocusRig, identity } from '../../support/focus-rig.js';

const uri = (n: number): string => `sip:p${n}@bench.example`;

/** Octets of all documents while so many join and subscribe, one every so many milliseconds. */
function documentOctets(size: number, everyMs: number): number {
  const rig = new FocusRig();
  const watchers = Array.from({ length: size }, (_, n) => {
    rig.join(uri(n));
    const watcher = rig.watch(true, { identity: identity(uri(n)), inDialog: true });
    rig.clock.advance(everyMs);
    return watcher;
  });
  rig.clock.advance(10_000);
  for (const { last } of watchers) expect(last).toContain(`<user-count>${size}</user-count>`);
  return watchers.flatMap(({ documents }) => documents).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

// Every subscriber learns each participant once: N² users in all. Two seconds apart each of them is a document of its own,
// which has to say the rest too: some 390 octets, 20,000 times.
test.each([
  { pace: 'one every 10 ms', everyMs: 10, megabytes: 20 },
  { pace: 'one every 2 s, so that nothing comes together', everyMs: 2000, megabytes: 24 },
])('4575-3.9-01 200 joins with subscriptions, $pace, are at most $megabytes MB', ({ everyMs, megabytes }) => {
  const octets = documentOctets(200, everyMs);
  expect(octets).toBeLessThanOrEqual(megabytes * 1e6);
  // Octets per join grow as N, not as N²: twice as many for twice as many, with a margin for longer names.
  expect(octets / 200 / (documentOctets(100, everyMs) / 100)).toBeLessThan(2.6);
});

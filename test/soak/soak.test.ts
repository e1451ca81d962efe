import { DEFAULTS } from './options.js';
import { report } from './report.js';
import { soak } from './run.js';

jest.setTimeout(180_000);

test('people come, refer and go over a network with faults: nothing is left of them', async () => {
  // An hour of the protocols takes two minutes; so much load that the machine has time for it.
  const result = await soak({ ...DEFAULTS, minutes: 0.1, warmUp: 2, speed: 30, rate: 25, seed: 20_075 });
  expect({ findings: result.findings, report: report(result) }).toMatchObject({ findings: [] });
  // It was no soak if nobody came, and nothing happened to anybody.
  const { dialogs, faults } = result.tally;
  for (const kind of ['join', 'factory', 'called', 'watch', 'refer'] as const)
    expect(dialogs[kind].begun).toBeGreaterThan(0);
  // Some of those who were called took the call.
  const { byUs, byServer, abandoned } = dialogs.called;
  expect(byUs + byServer + abandoned).toBeGreaterThan(0);
  expect(Object.keys(faults).length).toBeGreaterThan(2);
});

import { rosterLines, type RosterCost, type RosterMeasured } from '../../../bench/rows/roster.js';
import { rosterTable } from '../../../bench/roster-table.js';

const cost = (megabytes: number, cpuSeconds: number): RosterCost => ({
  seconds: 2,
  notifies: 10_000,
  fullNotifies: 200,
  octets: megabytes * 1e6,
  bodyOctets: megabytes * 0.9e6,
  repeated: 0,
  cpuSeconds,
});

const line = (notify: RosterMeasured['notify'], megabytes: number, cpuSeconds: number): RosterMeasured => ({
  link: 'tcp',
  participants: 200,
  pace: 'fast',
  notify,
  join: cost(megabytes, cpuSeconds),
  leave: cost(megabytes, cpuSeconds),
});

test('what is measured: each line after the one without subscriptions that it is held against', () => {
  const lines = rosterLines([100, 200, 1000]);
  for (const [index, { link, participants, pace, notify }] of lines.entries()) {
    const base = lines.findIndex(
      (other) =>
        other.notify === 'none' && other.link === link && other.participants === participants && other.pace === pace,
    );
    expect(base).toBeGreaterThanOrEqual(0);
    expect(base).toBeLessThanOrEqual(index);
    if (notify === 'none') expect(base).toBe(index);
  }
});

test('the roster has what the joins cost more than those without subscriptions, and its targets', () => {
  const rows = rosterTable([line('none', 0, 0.4), line('auto', 19, 1.2), line('full', 700, 20)]).split('\n');
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    expect.arrayContaining(['roster', 'CPU ms each', '≤ 20 MB', '≤ 5 ms']),
    [
      'join, tcp',
      '200',
      'fast',
      'auto',
      '100',
      '10,000',
      '200',
      '19.0',
      '17.1',
      '475',
      '6.00',
      '2.00',
      '4.00',
      'met',
      'not met',
    ],
    ['join, tcp', '200', 'fast', 'full', '100', '10,000', '200', '700.0', '630.0', '17,500', '100.00', '2.00', '98.00'],
    expect.arrayContaining(['leave, tcp', 'auto']),
    expect.arrayContaining(['leave, tcp', 'full']),
  ]);
});

import { Metrics } from '../../../plugin/metrics/metrics.js';
import { alerts, dashboard, dashboardQueries, metricsIn } from '../../support/dashboard.js';
import { FIGURES } from '../plugin/metrics/figures.js';

let known: ReadonlySet<string>;
beforeAll(async () => {
  const text = await new Metrics(() => FIGURES, { process: true }).text();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  known = new Set([...names, 'up']);
});

test('the dashboard is one of Grafana 10 or later, whose data source is chosen, with a row for each concern', () => {
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(38);
  expect(dashboard.templating.list).toContainEqual(expect.objectContaining({ name: 'datasource', type: 'datasource' }));
  expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
    'Health',
    'People',
    'Messages',
    'Latency',
    'Congestion',
    'Refusals',
    'SIP',
    'Process',
  ]);
});

test('every query of the dashboard and of the alerts asks for metrics that there are', () => {
  for (const { expr } of [...dashboardQueries, ...alerts]) {
    const names = metricsIn(expr);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect([expr, known.has(name)]).toEqual([expr, true]);
  }
});

test('the dashboard shows every metric of ours but for those that another one tells better', () => {
  const shown = new Set(dashboardQueries.flatMap(({ expr }) => metricsIn(expr)));
  const ours = [...known].filter((name) => name.startsWith('chatroom_') && !name.endsWith('_bytes_total'));
  expect(ours.filter((name) => !shown.has(name))).toEqual([]);
});

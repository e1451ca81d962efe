import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const EXAMPLES = join(__dirname, '../../examples');

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

interface Dashboard {
  schemaVersion: number;
  templating: { list: { name: string; type: string }[] };
  panels: Panel[];
}

interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}

export const dashboard = JSON.parse(readFileSync(join(EXAMPLES, 'grafana/chatrooms.json'), 'utf8')) as Dashboard;

/** As Prometheus is asked, with something chosen for what Grafana puts in. */
export const dashboardQueries: readonly { title: string; expr: string }[] = dashboard.panels.flatMap(
  ({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*').replaceAll('$job', 'chatrooms'),
    })),
);

export const alerts = (parse(readFileSync(join(EXAMPLES, 'prometheus/alerts.yml'), 'utf8')) as Rules).groups.flatMap(
  ({ rules }) => rules,
);

/** The metrics that a query names. */
export const metricsIn = (expr: string): string[] =>
  [...expr.replaceAll(/"[^"]*"/g, '').matchAll(/\b(?:chatroom|nodejs|process)_\w+|\bup\b/g)].map(([name]) => name);

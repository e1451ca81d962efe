import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFINITIONS } from '../../../plugin/metrics/metrics.js';

const page = readFileSync(join(__dirname, '../../../docs/metrics.md'), 'utf8');

/** The rows of its table, as they would be written. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

test('docs/metrics.md lists every metric with its type, its labels and its help, in the order of /metrics', () => {
  const expected = DEFINITIONS.map((metric) => [
    quoted([metric.name]),
    metric.type,
    quoted(metric.type === 'histogram' ? ['le'] : (metric.labels ?? [])),
    metric.help,
  ]);
  expect(rows).toEqual(expected);
});

test('no label tells rooms, people or addresses apart, and docs/metrics.md says of each what it may be', () => {
  const labels = new Set(DEFINITIONS.flatMap((metric) => (metric.type === 'histogram' ? [] : (metric.labels ?? []))));
  for (const label of ['room', 'participant', 'user', 'uri', 'address', 'endpoint'])
    expect(labels).not.toContain(label);
  const meaning = page.slice(page.indexOf('## What the labels may be'), page.indexOf('## What the numbers mean'));
  for (const label of labels) {
    // What build_info has are its values.
    if (label !== 'version' && label !== 'node') expect(meaning).toContain(`\`${label}\``);
  }
});

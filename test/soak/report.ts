import { KEPT } from './census.js';
import { ENDS, KINDS } from './load/ledger.js';
import { begunIn, type Mark, type SoakResult } from './run.js';

const row = (name: string, values: readonly (string | number)[]): string =>
  name.padEnd(16) + values.map((value) => String(value).padStart(12)).join('');

const counts = (title: string, all: Record<string, number>): string[] => [
  '',
  title,
  ...Object.entries(all)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `  ${name.padEnd(44)}${String(count).padStart(10)}`),
];

/** The tables that a soak ends with. */
export function report({ seconds, tally, marks, baseline, end, drained, findings }: SoakResult): string[] {
  return [
    '',
    row('dialogs', ['begun', ...ENDS]),
    ...KINDS.map((kind) => row(kind, [tally.dialogs[kind].begun, ...ENDS.map((how) => tally.dialogs[kind][how])])),
    ...counts('acts', tally.acts),
    ...counts('faults', tally.faults),
    '',
    row('kept', ['before', 'most', 'after']),
    ...KEPT.map((name) => row(name, [baseline.kept[name], mostOf(marks, name), end.kept[name]])),
    row('heap, MB', [baseline.heap, Math.max(...marks.map(({ census }) => census.heap)), end.heap].map(megabytes)),
    `drachtio-srf keeps by itself: ${JSON.stringify(end.srf)}`,
    `resources: ${JSON.stringify(end.resources)}`,
    '',
    `${begunIn(tally)} dialogs, ${Math.round(begunIn(tally) / seconds)} a second; heap ${megabytes(slope(marks))} MB a minute under load`,
    `all gone ${drained.toFixed(1)} s after the last goodbye`,
    findings.length === 0 ? 'no findings' : `${findings.length} findings:`,
    ...findings.slice(0, 40).map((text) => `  ${text}`),
  ];
}

const megabytes = (octets: number): string => (octets / 1e6).toFixed(1);

const mostOf = (marks: readonly Mark[], name: (typeof KEPT)[number]): number =>
  Math.max(0, ...marks.map(({ census }) => census.kept[name]));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Octets a minute that the heap grows by in the second half, by linear regression; before it there are ever more users. */
export function slope(marks: readonly Mark[]): number {
  const points = marks
    .slice(Math.floor(marks.length / 2))
    .map(({ seconds, census }) => ({ x: seconds / 60, y: census.heap }));
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}

import type { Measured, Ratio } from './fanout.js';
import type { Idle } from './idle.js';

/** Server CPU at most so many times the floor's, saturated and serial. */
export const TARGET = 2.5;

/** Columns as wide as their widest cell; the first is aligned left. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map(line).join('\n');
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const two = (value: number): string => value.toFixed(2);
const minMedian = (value: { min: number; median: number }): string => `${two(value.min)} / ${two(value.median)}`;

export function fanoutTable(measured: readonly Measured[]): string {
  const head = ['system', 'N', 'load', 'CPU µs/copy min/median', 'copies/s', 'p50 µs', 'p99 µs', 'octets/copy'];
  const rows = measured.map((m) => [
    m.system,
    String(m.participants),
    m.point,
    minMedian(m.cpuMicrosPerCopy),
    whole(m.copiesPerSecond),
    whole(m.p50Micros),
    whole(m.p99Micros),
    whole(m.bytesPerCopy),
  ]);
  return table([head, ...rows]);
}

export function ratioTable(ratios: readonly Ratio[]): string {
  const verdict = ({ point, median }: Ratio): string => {
    if (point === 'paced') return '';
    return median <= TARGET ? 'ok' : 'ABOVE';
  };
  const rows = ratios.map((r) => [`server / floor`, String(r.participants), r.point, minMedian(r), verdict(r)]);
  return table([['CPU ratio', 'N', 'load', 'min/median', `≤ ${TARGET}`], ...rows]);
}

export function idleTable(idle: readonly Idle[]): string {
  const rows = idle.map((i) => [
    i.system,
    whole(i.participants),
    whole(i.emptyKb),
    i.kbPerParticipant.toFixed(1),
    whole(i.joinsPerSecond),
  ]);
  return table([['system', 'participants', 'KB empty', 'KB each idle', 'joins/s'], ...rows]);
}

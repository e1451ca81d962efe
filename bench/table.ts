import type { MachineSpan } from './harness/machine.js';
import type { Measured, Place, Ratio } from './rows/fanout.js';
import type { Idle } from './rows/idle.js';
import type { Nicknames } from './rows/nicknames.js';
import type { ParserSpeed } from './rows/parser.js';
import type { Stall } from './rows/stall.js';
import type { Stream } from './rows/stream.js';
import { gain, type Workers } from './rows/workers.js';
import type { Judged } from './targets.js';

/** Columns as wide as their widest cell; the first is aligned left, and those named by number in `left`. */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 || left.includes(column) ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const one = (value: number): string => value.toFixed(1);
export const two = (value: number): string => value.toFixed(2);
const minMedian = (value: { min: number; median: number }): string => `${two(value.min)} / ${two(value.median)}`;
const percent = (share: number): string => `${whole(share * 100)} %`;
const megabytes = (kilobytes: number): string => one(kilobytes / 1024);

/** `3 × 100` are three rooms of a hundred. */
const people = ({ participants, rooms }: Place): string =>
  rooms > 1 ? `${rooms} × ${participants}` : String(participants);

const place = (m: Place, confirm: string = m.confirm): string[] => [
  m.link,
  whole(m.textOctets),
  people(m),
  confirm,
  m.point,
];

const PLACE = ['link', 'text', 'N', 'confirm', 'load'];

export function fanoutTable(measured: readonly Measured[]): string {
  const head = ['system', ...PLACE, 'CPU µs/copy min/median', 'copies/s', 'MB/s', 'p50 µs', 'p99 µs', 'octets/copy'];
  const rows = measured.map((m) => [
    m.system,
    ...place(m, m.unconfirmed ? 'unconfirmed' : m.confirm),
    minMedian(m.cpuMicrosPerCopy),
    whole(m.copiesPerSecond),
    whole(m.megabytesPerSecond),
    whole(m.p50Micros),
    whole(m.p99Micros),
    whole(m.bytesPerCopy),
    two(m.driverMicrosPerCopy),
    `${m.lost} / ${m.doubled} / ${m.disordered}`,
  ]);
  return table([[...head, 'driver µs', 'lost/twice/disorder'], ...rows]);
}

export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map((r) => [`${r.subject} / ${r.base}`, ...place(r), minMedian(r.cpu), two(r.p99.median)]);
  return table([['ratio', ...PLACE, 'CPU min/median', 'p99 median'], ...rows]);
}

export function targetTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ figure, target, verdict }) => [target, figure, verdict]);
  return table([['target', 'figure', 'met or not'], ...rows], [1, 2]);
}

export function machineTable(spans: readonly MachineSpan[]): string {
  const rows = spans.map((s) => [
    s.what,
    whole(s.seconds),
    one(s.loadBefore),
    one(s.loadAfter),
    percent(s.others),
    percent(s.stolen),
  ]);
  return table([['the machine', 'seconds', 'load before', 'after', 'others', 'stolen'], ...rows]);
}

export function idleTable(idle: readonly Idle[]): string {
  const rows = idle.map((i) => [
    i.system,
    i.link,
    whole(i.participants),
    whole(i.emptyKb),
    one(i.kbPerParticipant),
    whole(i.joinsPerSecond),
  ]);
  return table([['system', 'link', 'participants', 'KB empty', 'KB each idle', 'joins/s'], ...rows]);
}

export function workersTable(measured: readonly Workers[]): string {
  const rows = measured.map((w) => [
    `--workers ${w.workers}`,
    String(w.participants),
    whole(w.copiesPerSecond.median),
    whole(w.capacity.median),
    two(w.cpuMicrosPerCopy),
    two(w.driverMicrosPerCopy),
    w.threads.map(percent).join(', '),
  ]);
  const { capacity, deliveries } = gain(measured);
  const head = ['workers', 'N', 'copies/s', 'copies/CPU s of the busiest', 'CPU µs/copy', 'driver µs', 'threads'];
  return table([head, ...rows, ['2 / 1', '', two(deliveries), two(capacity), '', '', '']]);
}

export function stallTable({ participants, reading, seconds, stalled, rateRatio }: Stall): string {
  const row = (name: string, { growthKb, neededKb, messagesPerSecond }: Stall['reading'], ratio: string): string[] => [
    name,
    String(participants),
    String(seconds),
    megabytes(growthKb),
    megabytes(neededKb),
    whole(messagesPerSecond),
    ratio,
  ];
  const head = ['one who does not read', 'N', 'seconds', 'MB peak - start', 'MB needed', 'messages/s', 'ratio'];
  return table([head, row('all read', reading, ''), row('one does not', stalled, two(rateRatio))]);
}

export function streamTable(streams: readonly Stream[]): string {
  const floor = streams.find(({ system }) => system === 'floor');
  const ratio = ({ system, cpuMillisPerMegabyte }: Stream): string =>
    floor && system === 'server' ? two(cpuMillisPerMegabyte / floor.cpuMillisPerMegabyte) : '';
  const rows = streams.map((s) => [
    s.system,
    whole(s.octets / 1_048_576),
    whole(s.megabytesPerSecond),
    two(s.cpuMillisPerMegabyte),
    megabytes(s.growthKb),
    ratio(s),
  ]);
  return table([['one message to two', 'MiB', 'MB/s', 'CPU ms/MB', 'MB peak - start', 'CPU ratio'], ...rows]);
}

export function parserTable(speeds: readonly ParserSpeed[]): string {
  const rows = speeds.map((s) => [
    'parser',
    whole(s.textOctets),
    whole(s.frameOctets),
    whole(s.megabytesPerSecond),
    whole(s.nanosPerFrame),
    whole(s.scanMegabytesPerSecond),
    one(s.ratio),
  ]);
  return table([['alone', 'text', 'octets/frame', 'MB/s', 'ns/frame', 'indexOf MB/s', 'ratio'], ...rows]);
}

export function nicknamesTable(nicknames: readonly Nicknames[]): string {
  const rows = nicknames.map((n) => [
    n.confusable ? 'no lookalikes' : 'lookalikes allowed',
    whole(n.held),
    String(n.sessions),
    whole(n.requestsPerSecond),
    minMedian(n.cpuMicrosPerRequest),
  ]);
  return table([['NICKNAME', 'held', 'sessions', 'requests/s', 'CPU µs/request min/median'], ...rows]);
}

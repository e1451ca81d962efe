import type { Measured, Ratio } from './rows/fanout.js';
import type { Idle } from './rows/idle.js';
import type { Nicknames } from './rows/nicknames.js';
import type { ParserSpeed } from './rows/parser.js';
import type { Stall } from './rows/stall.js';
import type { Stream } from './rows/stream.js';

/** Server CPU at most so many times the floor's, saturated and serial. */
export const TARGET = 2.5;

/** Columns as wide as their widest cell; the first is aligned left. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return rows.map(line).join('\n');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const one = (value: number): string => value.toFixed(1);
export const two = (value: number): string => value.toFixed(2);
const minMedian = (value: { min: number; median: number }): string => `${two(value.min)} / ${two(value.median)}`;
const megabytes = (kilobytes: number): string => one(kilobytes / 1024);

export function fanoutTable(measured: readonly Measured[]): string {
  const load = ['system', 'link', 'text', 'N', 'load', 'CPU µs/copy min/median'];
  const head = [...load, 'copies/s', 'MB/s', 'p50 µs', 'p99 µs', 'octets/copy'];
  const rows = measured.map((m) => [
    m.system,
    m.link,
    whole(m.textOctets),
    String(m.participants),
    m.point,
    minMedian(m.cpuMicrosPerCopy),
    whole(m.copiesPerSecond),
    whole(m.megabytesPerSecond),
    whole(m.p50Micros),
    whole(m.p99Micros),
    whole(m.bytesPerCopy),
  ]);
  return table([head, ...rows]);
}

/** @param judged whether they are measured well enough to be held against the target */
export function ratioTable(ratios: readonly Ratio[], judged: boolean): string {
  const verdict = ({ point, median }: Ratio): string => {
    if (point === 'paced' || !judged) return '';
    return median <= TARGET ? 'ok' : 'ABOVE';
  };
  const rows = ratios.map((r) => [
    'server / floor',
    r.link,
    whole(r.textOctets),
    String(r.participants),
    r.point,
    minMedian(r),
    verdict(r),
  ]);
  return table([['CPU ratio', 'link', 'text', 'N', 'load', 'min/median', judged ? `≤ ${TARGET}` : ''], ...rows]);
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

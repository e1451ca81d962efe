import type { Report } from './report.js';
import { compared, type Measured, type Ratio } from './rows/fanout.js';
import type { Idle } from './rows/idle.js';
import { gain } from './rows/workers.js';
import { SMALL } from './scenarios.js';

/** `not measured`: a row it needs was left out, failed or was not asked for; `not judged`: a quick run is not warm. */
export type Verdict = 'met' | 'NOT MET' | 'not measured' | 'not judged';

export interface Judged {
  target: string;
  /** What was measured, in words; empty when nothing was. */
  figure: string;
  verdict: Verdict;
}

/** Sizes of room at which the fan-out is judged. */
const SIZES = [100, 1000] as const;
/** Participants at which an idle one is judged: the process itself no longer counts then. */
const IDLE_SIZE = 1000;
/** Cost per copy from the first to the last is flat. */
const FLAT = { from: 100, to: 5000, share: 0.15 } as const;
const IDLE_KB = 40;
const JOINS = 500;
const ROSTER_JOINS = 200;
/** Largest room in which joins with a roster are judged. */
const ROSTER_SIZE = 200;

const percent = (value: number): string => `${value > 0 ? '+' : ''}${Math.round(value * 100)} %`;
const kilobytes = (value: number): string => `${value.toFixed(1)} KB`;
const perSecond = (value: number): string => `${Math.round(value)}/s`;
const times = (value: number): string => `${value.toFixed(2)} ×`;

interface Bound {
  value: number;
  at: string;
}

/** All of the values keep the limit, or not; each is told. */
function judge(
  target: string,
  values: readonly Bound[],
  needed: number,
  keeps: (value: number) => boolean,
  unit: (value: number) => string,
): Judged {
  const usable = values.filter(({ value }) => Number.isFinite(value));
  const figure = usable.map(({ at, value }) => `${unit(value)}${at === '' ? '' : ` (${at})`}`).join(', ');
  if (usable.some(({ value }) => !keeps(value))) return { target, figure, verdict: 'NOT MET' };
  return { target, figure, verdict: usable.length < needed ? 'not measured' : 'met' };
}

const usual = ({ confirm, link, rooms, textOctets }: Ratio | Measured): boolean =>
  link === 'tcp' && confirm === 'always' && rooms === 1 && textOctets === SMALL;

const sized = ({ participants }: { participants: number }): string => `N = ${participants}`;

/** The CPU of the server by that of `base` at both sizes. */
function cpuRatios(ratios: readonly Ratio[], base: string, point: Ratio['point']): Bound[] {
  return ratios
    .filter((ratio) => usual(ratio) && ratio.base === base && ratio.point === point)
    .filter(({ participants }) => SIZES.some((size) => size === participants))
    .map((ratio) => ({ value: ratio.cpu.median, at: sized(ratio) }));
}

const atMost =
  (limit: number) =>
  (value: number): boolean =>
    value <= limit;
const atLeast =
  (limit: number) =>
  (value: number): boolean =>
    value >= limit;

function fanoutTargets(ratios: readonly Ratio[]): Judged[] {
  const floor = (what: string, base: string, point: Ratio['point'], limit: number): Judged =>
    judge(`${what} ≤ ${limit} × ${base}`, cpuRatios(ratios, base, point), SIZES.length, atMost(limit), times);
  const peer = (base: string, limit: number): Judged => {
    const inverse = cpuRatios(ratios, base, 'sat').map(({ at, value }) => ({ at, value: 1 / value }));
    // In large rooms some of them are too slow to be measured at all: one size is enough.
    return judge(`saturated ≥ ${limit} × less CPU than ${base}`, inverse, 1, atLeast(limit), times);
  };
  return [
    floor('saturated', 'floor', 'sat', 1.6),
    floor('saturated', 'c-floor', 'sat', 3),
    floor('serial', 'floor', 'serial', 1.6),
    peer('ejabberd', 12),
    peer('prosody', 30),
    peer('socket.io', 3),
    peer('ws-broadcast', 3),
  ];
}

function latencyTarget(ratios: readonly Ratio[]): Judged {
  const values = ratios
    .filter((ratio) => usual(ratio) && ratio.base === 'floor' && ratio.point === 'paced')
    .filter(({ participants }) => SIZES.some((size) => size === participants))
    .map((ratio) => ({ value: ratio.p99.median, at: sized(ratio) }));
  return judge('p99 at a fifth of saturation < 2 × floor', values, SIZES.length, (value) => value < 2, times);
}

/** How far the cost of a saturated copy is from that of the smallest room, at worst. */
function flatTarget(measured: readonly Measured[]): Judged {
  const { from, share, to } = FLAT;
  const rows = measured
    .filter((row) => usual(row) && row.system === 'server' && row.point === 'sat')
    .filter(({ participants }) => participants >= from && participants <= to);
  const base = rows.find(({ participants }) => participants === from)?.cpuMicrosPerCopy.median ?? Number.NaN;
  const others = rows.filter(({ participants }) => participants > from);
  const values = others.map((row) => ({ value: row.cpuMicrosPerCopy.median / base - 1, at: sized(row) }));
  const complete = others.some(({ participants }) => participants === to);
  const needed = complete ? values.length : values.length + 1;
  const target = `cost per copy flat ± ${share * 100} %, N = ${from} to ${to}, saturated`;
  return judge(target, values, needed, (value) => Math.abs(value) <= share, percent);
}

function idleTargets(idle: readonly Idle[]): Judged[] {
  const row = (system: string): Idle | undefined =>
    idle.find((each) => each.system === system && each.link === 'tcp' && each.participants === IDLE_SIZE);
  const each = (system: string): number => row(system)?.kbPerParticipant ?? Number.NaN;
  const joins = row('server')?.joinsPerSecond ?? Number.NaN;
  return [
    judge(
      'idle, MSRP part ≤ 1.5 × bare socket',
      [{ value: each('switch') / each('floor'), at: '' }],
      1,
      atMost(1.5),
      times,
    ),
    judge(`idle with SIP dialog ≤ ${IDLE_KB} KB`, [{ value: each('server'), at: '' }], 1, atMost(IDLE_KB), kilobytes),
    judge(`joins ≥ ${JOINS}/s`, [{ value: joins, at: '' }], 1, atLeast(JOINS), perSecond),
  ];
}

function rosterTarget(report: Report): Judged {
  const values = report.roster
    .filter(
      ({ link, notify, pace, participants }) =>
        link === 'tcp' && pace === 'fast' && notify === 'auto' && participants <= ROSTER_SIZE,
    )
    .map((line) => ({ value: line.participants / line.join.seconds, at: sized(line) }));
  const needed = values.some(({ at }) => at === sized({ participants: ROSTER_SIZE })) ? 1 : values.length + 1;
  const target = `joins with roster ≥ ${ROSTER_JOINS}/s, up to N = ${ROSTER_SIZE}`;
  return judge(target, values, needed, atLeast(ROSTER_JOINS), perSecond);
}

function workersTarget(report: Report): Judged {
  const { capacity, deliveries } = gain(report.workers);
  const values = [{ value: deliveries, at: 'deliveries' }];
  const judged = judge('2 workers ≥ 1.6 × one', values, 1, atLeast(1.6), times);
  // What they would deliver if nobody else took a part of their cores.
  return Number.isFinite(capacity)
    ? { ...judged, figure: `${judged.figure}; ${times(capacity)} by the busiest thread` }
    : judged;
}

/** Every target with what this run says about it. */
export function targets(report: Report): Judged[] {
  const ratios = compared(report.fanout, 'server');
  const judged = [
    ...fanoutTargets(ratios),
    latencyTarget(ratios),
    flatTarget(report.fanout),
    ...idleTargets(report.idle),
    rosterTarget(report),
    workersTarget(report),
  ];
  if (!report.options.quick) return judged;
  return judged.map(({ figure, target, verdict }) => ({
    target,
    figure,
    verdict: verdict === 'not measured' ? verdict : 'not judged',
  }));
}

import { JUDGED, type RosterCost, type RosterMeasured } from './rows/roster.js';
import { one, table, two, whole } from './table.js';

/** At most, for `JUDGED` who join one after another: octets of NOTIFYs in all, and CPU of each join. */
export const ROSTER_TARGET = { megabytes: 20, cpuMillis: 5 } as const;

const HEAD = [
  'roster',
  'N',
  'pace',
  'notify',
  '/s',
  'NOTIFYs',
  'full',
  'MB',
  'MB body',
  'octets/N/each',
  'CPU ms each',
  'unsubscribed',
  'roster',
  `≤ ${ROSTER_TARGET.megabytes} MB`,
  `≤ ${ROSTER_TARGET.cpuMillis} ms`,
];

/** Joins, then leaves, one line each; those without subscriptions only as far as others are held against them. */
export function rosterTable(measured: readonly RosterMeasured[]): string {
  const subscribed = measured.filter(({ notify }) => notify !== 'none');
  const row = (phase: 'join' | 'leave', line: RosterMeasured): string[] => {
    const { link, notify, pace, participants } = line;
    const alone = measured.find(
      (other) =>
        other.notify === 'none' && other.link === link && other.participants === participants && other.pace === pace,
    );
    // The last one stays.
    const count = phase === 'join' ? participants : participants - 1;
    const cells = figures(line[phase], alone?.[phase], count, participants);
    const judged = phase === 'join' && participants === JUDGED && notify === 'auto';
    const verdicts = judged ? verdict(line.join, count) : ['', ''];
    return [`${phase}, ${link}`, String(participants), pace, notify].concat(cells, verdicts);
  };
  const joins = subscribed.map((line) => row('join', line));
  const leaves = subscribed.map((line) => row('leave', line));
  return table([HEAD, ...joins, ...leaves]);
}

const millis = ({ cpuSeconds }: RosterCost, count: number): number => (cpuSeconds * 1000) / count;

function figures(cost: RosterCost, alone: RosterCost | undefined, count: number, participants: number): string[] {
  const base = alone ? millis(alone, count) : Number.NaN;
  return [
    whole(count / cost.seconds),
    whole(cost.notifies),
    whole(cost.fullNotifies),
    one(cost.octets / 1e6),
    one(cost.bodyOctets / 1e6),
    whole(cost.octets / count / participants),
    two(millis(cost, count)),
    two(base),
    two(millis(cost, count) - base),
  ];
}

const met = (value: number, limit: number): string => (value <= limit ? 'met' : 'not met');

const verdict = (cost: RosterCost, count: number): string[] => [
  met(cost.octets / 1e6, ROSTER_TARGET.megabytes),
  met(millis(cost, count), ROSTER_TARGET.cpuMillis),
];

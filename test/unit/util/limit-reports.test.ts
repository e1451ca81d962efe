import { type LimitEvent, LimitReports } from '../../../lib/util/limit-reports.js';
import { type Logger, silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';

class World {
  readonly clock = new ManualClock();
  readonly events: LimitEvent[] = [];
  readonly logged: object[] = [];
  readonly errors: object[] = [];
  readonly log: Logger = {
    ...silent,
    warn: (fields) => void this.logged.push(fields),
    error: (fields) => void this.errors.push(fields),
  };
  readonly reports = new LimitReports({ clock: this.clock, log: this.log });

  constructor() {
    this.reports.on('limit', (event) => void this.events.push(event));
  }
}

const joins = { limit: 'joinsPerSecond', source: '192.0.2.1', status: 503 };

test('the first is told at once, the others of a second together; the log says the same', () => {
  const { reports, clock, events, logged } = new World();
  for (let i = 0; i < 500; i++) reports.exceeded(joins);
  expect(events).toEqual([{ ...joins, count: 1 }]);
  clock.advance(999);
  expect(events).toHaveLength(1);
  clock.advance(1);
  expect(events[1]).toEqual({ ...joins, count: 499 });
  expect(logged).toEqual(events);
  expect(reports.totals).toEqual({ joinsPerSecond: 500 });
});

test('never more than one a second for the same, however they are spread, and none is lost', () => {
  const { reports, clock, events } = new World();
  const at: number[] = [];
  reports.on('limit', () => void at.push(clock.now()));
  for (let i = 0; i < 1000; i++) {
    reports.exceeded(joins);
    clock.advance(37);
  }
  clock.advance(2000);
  for (let i = 1; i < at.length; i++) expect(at[i] - at[i - 1]).toBeGreaterThanOrEqual(1000);
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
});

test('limits, rooms, participants and sources are told apart', () => {
  const { reports, events } = new World();
  reports.exceeded(joins);
  reports.exceeded({ ...joins, source: '192.0.2.2' });
  reports.exceeded({ limit: 'maxRooms', source: '192.0.2.1' });
  reports.exceeded({ limit: 'messagesPerSecond', room: 'sip:a@x', participant: 'sip:ana@x' });
  reports.exceeded({ limit: 'messagesPerSecond', room: 'sip:b@x', participant: 'sip:ana@x' });
  expect(events.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
});

test('a flood from everywhere is told of a thousand sources, and the rest as one; no timer and no name is left behind', () => {
  const { reports, clock, events } = new World();
  for (let i = 0; i < 50_000; i++) reports.exceeded({ ...joins, source: `source ${i}` });
  expect(events).toHaveLength(1001);
  expect(events[1000]).toEqual({ limit: 'joinsPerSecond', count: 1 });
  clock.advance(1000);
  expect(events.slice(1001)).toEqual([{ limit: 'joinsPerSecond', count: 48_999 }]);
  clock.advance(1000);
  expect(clock.pending).toBe(0);
  expect(reports.totals).toEqual({ joinsPerSecond: 50_000 });
});

test('a listener that throws is logged, and nobody else suffers', () => {
  const { reports, errors } = new World();
  reports.on('limit', () => {
    throw new Error('mine');
  });
  reports.exceeded(joins);
  expect(errors).toHaveLength(1);
});

test('closed, it tells what is left, and keeps no timer', () => {
  const { reports, clock, events } = new World();
  reports.exceeded(joins);
  reports.exceeded(joins);
  reports.close();
  expect(clock.pending).toBe(0);
  expect(events.map(({ count }) => count)).toEqual([1, 1]);
});

import { systemClock } from '../../../lib/util/clock';

afterEach(() => {
  jest.restoreAllMocks();
});

test('time that is measured goes on evenly when somebody sets the clock of the machine', () => {
  const before = systemClock.now();
  jest.spyOn(Date, 'now').mockReturnValue(before + 3_600_000);
  expect(systemClock.now() - before).toBeLessThan(60_000);
});

test('time that is measured is in whole milliseconds, about those since the epoch', () => {
  expect(Number.isInteger(systemClock.now())).toBe(true);
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
});

test('what is shown is what the clock of the machine says', () => {
  jest.useFakeTimers({ now: 1_000_000_000_000 });
  expect(systemClock.date().toISOString()).toBe('2001-09-09T01:46:40.000Z');
  jest.useRealTimers();
});

import { added } from '../../../lib/util/added.js';
import { Histogram } from '../../../lib/util/histogram.js';
import type { Logger } from '../../../lib/util/log.js';
import { PacedLog } from '../../../lib/util/paced-log.js';
import { Tally } from '../../../lib/util/tally.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('a histogram', () => {
  test('puts a value into the first bucket whose bound it does not exceed, and what exceeds all into the last', () => {
    const histogram = new Histogram([1, 2, 5]);
    for (const value of [0, 1, 1.5, 2, 5, 5.1, 100]) histogram.observe(value);
    expect(histogram.data).toEqual({ counts: [2, 2, 1, 2], sum: 114.6 });
  });

  test('shows what was there when it was asked', () => {
    const histogram = new Histogram([1]);
    const { data } = histogram;
    histogram.observe(1);
    expect(data).toEqual({ counts: [0, 0], sum: 0 });
  });
});

test('figures of several threads add up: numbers, those in objects and arrays, and those that only one has', () => {
  const one = { a: 1, by: { x: 1, y: 2 }, seen: { counts: [1, 2], sum: 3 }, more: {} };
  const other = { a: 2, by: { y: 3, z: 4 }, seen: { counts: [10, 20, 30], sum: 60 }, more: { n: 1 } };
  const sum = { a: 3, by: { x: 1, y: 5, z: 4 }, seen: { counts: [11, 22, 30], sum: 63 }, more: { n: 1 } };
  expect(added<object>(one, other)).toEqual(sum);
  expect(added<object>(other, one)).toEqual(sum);
});

test('a tally tells so many names apart, and what somebody makes up beyond is one', () => {
  const tally = new Tally();
  for (let name = 0; name < 600; name++) tally.count(`n${name}`);
  tally.count('n3', 2);
  const { totals } = tally;
  expect(totals).toMatchObject({ n0: 1, n3: 3, n499: 1, other: 100 });
  expect(Object.keys(totals)).toHaveLength(501);
});

test('a paced log says five things at once and one a second for each source, and the rest at debug', () => {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, message?: string) => void lines.push(`${level} ${message}`);
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const clock = new ManualClock();
  const paced = new PacedLog(clock, log);
  for (let line = 0; line < 7; line++) paced.info('a', {}, 'of a');
  paced.info('b', {}, 'of b');
  expect(lines).toEqual([...Array(5).fill('info of a'), 'debug of a', 'debug of a', 'info of b']);
  clock.advance(1000);
  lines.length = 0;
  for (let line = 0; line < 2; line++) paced.info('a', {}, 'of a');
  expect(lines).toEqual(['info of a', 'debug of a']);
});

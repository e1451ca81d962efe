import { fanoutTable, ratioTable, table } from '../../../bench/table.js';
import { compared } from '../../../bench/rows/fanout.js';
import { measured } from './measured.js';

const cells = (text: string): string[][] => text.split('\n').map((row) => row.trim().split(/ {2,}/));

test('columns are as wide as their widest cell, numbers end together', () => {
  expect(
    table([
      ['a', 'value'],
      ['longer', '1'],
    ]).split('\n'),
  ).toEqual(['a       value', 'longer      1']);
  expect(
    table(
      [
        ['a', 'words'],
        ['b', 'w'],
      ],
      [1],
    ).split('\n'),
  ).toEqual(['a  words', 'b  w']);
});

test('a row says which rooms, what it costs, and what went wrong', () => {
  const [, row] = cells(
    fanoutTable([measured('server', 10, [1.5, 2, 3], { rooms: 1000, lost: 1, doubled: 2, disordered: 3 })]),
  );
  expect(row).toEqual(
    expect.arrayContaining(['server', 'tcp', '1000 × 10', 'always', 'sat', '1.50 / 2.00', '100,000', '1 / 2 / 3']),
  );
});

test('copies of a peer are unconfirmed whatever the row is', () => {
  expect(cells(fanoutTable([measured('prosody', 10, [50], { unconfirmed: true })]))[1]).toContain('unconfirmed');
});

test('ratios name both', () => {
  const ratios = compared([measured('server', 10, [3]), measured('floor', 10, [2])], 'server');
  expect(cells(ratioTable(ratios))[1]).toEqual([
    'server / floor',
    'tcp',
    '100',
    '10',
    'always',
    'sat',
    '1.50 / 1.50',
    '1.00',
  ]);
});

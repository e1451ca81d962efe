import { scenarios } from '../../../bench/scenarios.js';

test('a room of one size serves all texts before the next room', () => {
  const rooms = scenarios('size', [10, 100], [], 5, true).map(({ participants, textOctets }) => [
    participants,
    textOctets,
  ]);
  expect(rooms).toEqual([
    [10, 4096],
    [10, 1_048_576],
    [100, 4096],
    [100, 1_048_576],
  ]);
});

test('large texts are sent one at a time, in three rounds at most', () => {
  const [large] = scenarios('size', [100], [1_048_576], 5, true);
  expect(large).toMatchObject({ points: ['serial'], rounds: 3 });
  expect(scenarios('size', [100], [], 1, true).every(({ rounds }) => rounds === 1)).toBe(true);
});

test('only small texts in rooms of any size', () => {
  expect(scenarios('fanout', [7, 1000], [], 5, false)).toEqual([
    { link: 'tcp', participants: 7, textOctets: 100, points: ['sat', 'serial'], rounds: 5 },
    { link: 'tcp', participants: 1000, textOctets: 100, points: ['sat', 'serial'], rounds: 5 },
  ]);
  expect(scenarios('size', [7, 1000], [], 5, true)).toEqual([]);
  expect(scenarios('tls', [10], [], 5, true)).toEqual([]);
  expect(scenarios('ws', [100], [], 5, true)).toMatchObject([{ link: 'ws', participants: 100 }]);
});

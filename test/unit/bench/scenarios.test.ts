import { scenarios, type Wanted } from '../../../bench/scenarios.js';

const wanted = (given: Partial<Wanted>): Wanted => ({
  sizes: [10, 100, 1000],
  texts: [],
  rounds: 5,
  rooms: 1000,
  paced: true,
  ...given,
});

test('a room of one size serves all texts before the next room', () => {
  const rooms = scenarios('size', wanted({ sizes: [10, 100] })).map(({ participants, textOctets }) => [
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
  const [large] = scenarios('size', wanted({ texts: [1_048_576] }));
  expect(large).toMatchObject({ points: ['serial'], rounds: 3 });
  expect(scenarios('size', wanted({ rounds: 1 })).every(({ rounds }) => rounds === 1)).toBe(true);
});

test('all rounds only where there is a target', () => {
  const rounds = scenarios('fanout', wanted({})).map((each) => [each.participants, each.rounds]);
  expect(rounds).toEqual([
    [10, 3],
    [100, 5],
    [1000, 5],
  ]);
});

test('only small texts in rooms of any size', () => {
  const common = { link: 'tcp', rooms: 1, confirm: 'always', textOctets: 100, points: ['sat', 'serial'] };
  expect(scenarios('fanout', wanted({ sizes: [7, 1000], paced: false }))).toEqual([
    { ...common, participants: 7, rounds: 3 },
    { ...common, participants: 1000, rounds: 5 },
  ]);
  expect(scenarios('size', wanted({ sizes: [7] }))).toEqual([]);
  expect(scenarios('tls', wanted({ sizes: [10] }))).toEqual([]);
  expect(scenarios('ws', wanted({}))).toMatchObject([{ link: 'ws', participants: 100 }]);
});

test('many rooms are of ten each, whatever sizes are wanted', () => {
  expect(scenarios('rooms', wanted({ sizes: [100], rooms: 50 }))).toMatchObject([{ rooms: 50, participants: 10 }]);
});

test('unconfirmed copies are asked for by name', () => {
  const confirms = scenarios('unconfirmed', wanted({})).map(({ confirm }) => confirm);
  expect(new Set(confirms)).toEqual(new Set(['partial']));
});

import { countersOf, Rates, WINDOW } from '../../../../../../plugin/web/pages/admin/model/rates.js';

const at = (time: number, received: number, sent: number) => [time, { received, sent }] as const;

function rates(...readings: ReturnType<typeof at>[]): Rates {
  const made = new Rates();
  for (const reading of readings) made.add(...reading);
  return made;
}

test('the first reading says nothing, each next one what was between them', () => {
  expect(rates(at(0, 100, 1000)).points).toEqual([]);
  const three = rates(at(0, 100, 1000), at(2000, 104, 1020), at(4000, 104, 1030));
  expect(three.points).toEqual([
    { since: 0, time: 2000, received: 2, sent: 10 },
    { since: 2000, time: 4000, received: 0, sent: 5 },
  ]);
  expect(three.now).toMatchObject({ received: 0, sent: 5 });
  expect(three.most).toEqual({ received: 2, sent: 10 });
});

test('nothing read is nothing', () => {
  expect(new Rates().now).toEqual({ received: 0, sent: 0 });
  expect(new Rates().most).toEqual({ received: 0, sent: 0 });
});

test('two readings in a moment are one', () => {
  const close = rates(at(0, 0, 0), at(2000, 2, 2), at(2010, 40, 40), at(4000, 40, 40));
  expect(close.points.map(({ time, received }) => [time, received])).toEqual([
    [2000, 1],
    [4000, 19],
  ]);
});

test('a server that was started anew counts from nothing', () => {
  const restarted = rates(at(0, 98, 98), at(2000, 100, 100), at(4000, 0, 0), at(6000, 2, 2));
  // Of what was between 2 and 4 s nothing is known.
  expect(restarted.points).toEqual([
    { since: 0, time: 2000, received: 1, sent: 1 },
    { since: 4000, time: 6000, received: 1, sent: 1 },
  ]);
});

test('what is older than the window is forgotten', () => {
  const made = new Rates();
  for (let time = 0; time <= 3 * WINDOW; time += 2000) made.add(time, { received: time, sent: 0 });
  expect(made.points).toHaveLength(WINDOW / 2000);
  expect(made.points[0]?.time).toBe(2 * WINDOW + 2000);
});

test('counters are those of messages that were let through, and of copies; other servers count nothing', () => {
  const traffic = { toRoom: 3, toParticipant: 2, status: 9, copies: 12 };
  expect(countersOf({ traffic })).toEqual({ received: 5, sent: 12 });
  for (const other of [{}, { traffic: null }, { traffic: { toRoom: 'x', copies: Number.NaN } }]) {
    expect(countersOf(other)).toEqual({ received: 0, sent: 0 });
  }
});

import { Refresh } from '../../../../../../plugin/web/pages/admin/session/refresh.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function stage() {
  const clock = new ManualClock();
  const waiting: (() => void)[] = [];
  let runs = 0;
  const run = (): Promise<void> => {
    runs += 1;
    return new Promise((resolve) => waiting.push(resolve));
  };
  const refresh = new Refresh({ clock, run, every: () => 5000, least: () => 1000 });
  const finish = async (): Promise<void> => {
    waiting.shift()?.();
    await settled();
  };
  return { clock, refresh, finish, runs: () => runs };
}

test('at once the first time, then by itself', async () => {
  const { clock, refresh, finish, runs } = stage();
  refresh.soon();
  expect(runs()).toBe(1);
  await finish();
  clock.advance(4999);
  expect(runs()).toBe(1);
  clock.advance(1);
  expect(runs()).toBe(2);
});

test('asked for often it runs no oftener than it may, and never twice at once', async () => {
  const { clock, refresh, finish, runs } = stage();
  refresh.soon();
  refresh.soon();
  refresh.soon();
  expect(runs()).toBe(1);
  await finish();
  clock.advance(999);
  refresh.soon();
  expect(runs()).toBe(1);
  clock.advance(1);
  expect(runs()).toBe(2);
  await finish();
  clock.advance(4999);
  expect(runs()).toBe(2);
});

test('closed it runs no more, whatever it waited for', async () => {
  const { clock, refresh, finish, runs } = stage();
  refresh.soon();
  refresh.close();
  await finish();
  refresh.soon();
  clock.advance(60_000);
  expect(runs()).toBe(1);
});

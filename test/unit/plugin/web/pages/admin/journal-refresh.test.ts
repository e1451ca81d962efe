import type { FeedEvent, Status } from '../../../../../../plugin/api/schemas/index.js';
import { JournalRefresh } from '../../../../../../plugin/web/pages/admin/session/journal-refresh.js';
import { ManualClock } from '../../../../../support/manual-clock.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A journal that was read once, longer ago than it has to be left alone. */
async function stage() {
  const clock = new ManualClock();
  let reads = 0;
  const run = async (): Promise<void> => void reads++;
  const refresh = new JournalRefresh({ clock, pace: (time) => time, run });
  refresh.soon();
  await settled();
  clock.advance(2000);
  return { clock, refresh, reads: () => reads };
}

const event = (type: FeedEvent['type']): FeedEvent => ({ type }) as FeedEvent;
const counted = (refusals: Record<string, number>): Status => ({ stats: { sip: { refusals } } }) as unknown as Status;

test.each([
  ['audit', 2],
  ['limit', 2],
  ['participant.joined', 1],
] as const)('after %s it was read %d times', async (type, times) => {
  const { refresh, reads } = await stage();
  refresh.heard(event(type));
  expect(reads()).toBe(times);
});

test('it is read again when more was refused than before, not when the first status comes', async () => {
  const { refresh, reads } = await stage();
  refresh.read(counted({ 'INVITE 403 CHAT_ERR_BANNED': 1 }));
  refresh.read(counted({ 'INVITE 403 CHAT_ERR_BANNED': 1 }));
  expect(reads()).toBe(1);
  refresh.read(counted({ 'INVITE 403 CHAT_ERR_BANNED': 2 }));
  expect(reads()).toBe(2);
});

test('closed it is not read any more', async () => {
  const { clock, refresh, reads } = await stage();
  refresh.close();
  refresh.heard(event('audit'));
  clock.advance(60_000);
  expect(reads()).toBe(1);
});

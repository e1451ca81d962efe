import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Backlog } from '../../../lib/switch/backlog.js';
import { type Lagging, Throttle } from '../../../lib/switch/throttle.js';
import { ManualClock } from '../../support/manual-clock.js';
import { turn } from '../../support/outbox-world.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const lagging = (): Lagging => ({ outbox: { backlog: new Backlog(1, 0), progressAt: 0 } });

test.each([
  ['all read', false],
  ['somebody else is behind', true],
])('who was sent something is not kept by who sent it: %s', async (_, isSomeFull) => {
  const elsewhere = new Backlog(1, 0);
  if (isSomeFull) elsewhere.update(2);
  const throttle = new Throttle({ clock: new ManualClock(), driver: () => undefined, grant: 1 });
  const sent = ((): WeakRef<object> => {
    const recipients = [lagging()];
    throttle.handed(100, recipients);
    return new WeakRef(recipients);
  })();
  await turn();
  collectGarbage();
  expect(sent.deref()).toBeUndefined();
  elsewhere.update(0);
  throttle.close();
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ServerUnderTest } from '../support/server.js';

// Not by an option of the process, which would be there for all tests.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const PARTICIPANTS = 5;

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterAll(() => server?.close());

/** Turns of the event loop in which what was handed on may still be in somebody's hands. */
const TURNS = 50;

/** How many of these stay. */
async function kept(references: readonly WeakRef<object>[]): Promise<number> {
  let left = references.length;
  for (let turn = 0; turn < TURNS && left > 0; turn++) {
    // What is referred to weakly stays for the rest of the turn in which it was looked at.
    await new Promise(setImmediate);
    collectGarbage();
    left = references.filter((reference) => reference.deref() !== undefined).length;
  }
  return left;
}

test('of who is in a room neither the INVITE is kept nor its answer', async () => {
  const { adapter } = server.server;
  const messages: WeakRef<object>[] = [];
  const accept = adapter.accept.bind(adapter);
  jest.spyOn(adapter, 'accept').mockImplementation((req, res, answer, done) => {
    messages.push(new WeakRef(req), new WeakRef(res));
    accept(req, res, answer, done);
  });
  const room = server.newRoom();
  const all = [];
  for (let n = 0; n < PARTICIPANTS; n++) all.push(await server.join(room, `user${n}`));
  // They have their ACK, and their sessions are bound: they hear each other.
  const [first, last] = [all[0], all.at(-1)];
  await last?.participant.send('hello');
  await first?.events.next('message');
  jest.restoreAllMocks();
  expect(messages).toHaveLength(2 * PARTICIPANTS);
  expect(server.server.dialogs.size).toBe(PARTICIPANTS);
  expect(await kept(messages)).toBe(0);
  // And yet their dialogs work.
  await first?.participant.leave();
  expect(server.server.dialogs.size).toBe(PARTICIPANTS - 1);
});

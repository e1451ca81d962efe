import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Caller } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const FOLDER = join(__dirname, '..', 'vectors');

/** Paths of the session under test in the vectors. */
const VECTOR_TO = 'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp';
const VECTOR_FROM = 'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp';

interface Vector {
  name: string;
  kind: string;
  class: string;
}

const malformed = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json') && file !== 'vector.schema.json')
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Vector)
  .filter((vector) => vector.kind === 'msrp' && vector.class === 'malformed')
  .map(({ name }) => ({ name, octets: readFileSync(join(FOLDER, `${name}.msrp`)).toString('latin1') }));

let server: ServerUnderTest;
/** Collects garbage now. */
let collect: () => void;

beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** The vector as if it were meant for the session of `caller`. */
const meantFor = (caller: Caller, octets: string): string =>
  octets.replaceAll(VECTOR_TO, caller.roomPath).replaceAll(VECTOR_FROM, caller.path);

/** Writes all of it on a connection of its own and waits until the server has read it and closed. */
async function stranger(octets: string): Promise<void> {
  const socket = connect({ ...server.msrp, noDelay: true });
  const gone = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {}).resume();
  socket.end(Buffer.from(octets, 'latin1'));
  await gone;
}

/** Octets in use after collecting garbage. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test('there are vectors', () => {
  expect(malformed.length).toBeGreaterThan(50);
});

test.each(malformed)('$name from a participant disturbs nobody else', async ({ octets }) => {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const caller = await Caller.join(server, room);
  caller.msrp.write(meantFor(caller, octets));
  expect(await ana.participant.send('still here')).toMatchObject({ status: 200 });
  const [message] = await bob.events.next('message', ({ text }) => text === 'still here');
  expect(message.from).toBe('sip:ana@example.com');
  // The bad one can be called off, whatever became of its connection.
  expect(await caller.bye()).toMatchObject({ status: 200 });
});

test('fifty rounds of all of them leave nothing behind', async () => {
  const room = server.newRoom();
  const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
  const caller = await Caller.join(server, room);
  const round = (): Promise<void[]> => Promise.all(malformed.map(({ octets }) => stranger(meantFor(caller, octets))));
  for (let n = 0; n < 5; n++) await round();
  const before = heap();
  for (let n = 0; n < 45; n++) await round();
  expect(heap() - before).toBeLessThan(8 * 1024 * 1024);
  expect(await ana.participant.send('still here')).toMatchObject({ status: 200 });
  expect((await bob.events.next('message'))[0].text).toBe('still here');
  expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
});

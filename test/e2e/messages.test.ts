import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server.close());

test('7701-6.1-05: a room message reaches everybody else, unchanged', async () => {
  const room = server.newRoom();
  const [ana, bob, carla] = await server.joinAll(room, 'ana', 'bob', 'carla');
  expect(await ana?.participant.send('Pizza?')).toMatchObject({ status: 200 });
  for (const other of [bob, carla]) {
    const [message] = (await other?.events.next('message')) ?? [];
    expect(message).toMatchObject({ from: 'sip:ana@example.com', text: 'Pizza?', private: false });
  }
});

import { NETWORK } from './faults.js';

jest.setTimeout(300_000);

const waiting = NETWORK.filter(({ waits = false }) => waits);

test.concurrent.each(waiting.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
  const { notices, lost } = await fault.run();
  expect({ notices, lost }).toEqual({ notices: expect.any(String), lost: expect.any(String) });
});

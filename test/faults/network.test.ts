import { NETWORK } from './faults.js';

jest.setTimeout(180_000);

test.each(NETWORK.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
  const { notices, lost } = await fault.run();
  expect({ notices, lost }).toEqual({ notices: expect.any(String), lost: expect.any(String) });
});

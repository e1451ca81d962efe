import { NETWORK } from './faults.js';

jest.setTimeout(600_000);

const busy = NETWORK.filter(({ waits = false }) => !waits);

test.each(busy.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
  const { notices, lost } = await fault.run();
  expect({ notices, lost }).toEqual({ notices: expect.any(String), lost: expect.any(String) });
});

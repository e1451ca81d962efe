import { PROCESS } from './faults.js';

jest.setTimeout(300_000);

test.each(PROCESS.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
  const { notices, lost } = await fault.run();
  expect({ notices, lost }).toEqual({ notices: expect.any(String), lost: expect.any(String) });
});

import { runBatch, TARGETS } from './run.js';

/** Of the run in `npm test`; `npm run fuzz` goes on from here for hours. */
const SEED = 4975;
const ROUNDS = 40;

test.each(TARGETS.map(({ name }, index) => [name, index] as const))(
  '%s: nothing throws, stays behind or is answered twice, whatever comes in',
  async (_name, index) => {
    for (let round = 0; round < ROUNDS; round++) {
      expect(await runBatch(SEED, round * TARGETS.length + index)).toBeGreaterThan(0);
    }
  },
);

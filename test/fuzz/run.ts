import { Random } from './random.js';
import type { Target } from './target.js';
import { client } from './targets/client.js';
import { cpim } from './targets/cpim.js';
import { parser } from './targets/parser.js';
import { roomTarget } from './targets/room.js';
import { sdp } from './targets/sdp.js';

export const TARGETS: readonly Target[] = [parser, roomTarget, cpim, sdp, client];

/** The targets take turns: which one a batch is for follows from its number. */
export const targetOf = (batch: number): Target => TARGETS[batch % TARGETS.length];

/** Runs one batch; what it throws says how to run it again. @returns frames fed */
export async function runBatch(seed: number, batch: number): Promise<number> {
  const target = targetOf(batch);
  try {
    return await target.batch(Random.ofBatch(seed, batch));
  } catch (error) {
    throw new Error(`${target.name}: repeat with FUZZ_SEED=${seed} FUZZ_BATCH=${batch} npm run fuzz`, { cause: error });
  }
}

import type { ServerUnderTest } from '../../support/server.js';
import { Deviation, type Place, ScriptFailure } from './error.js';
import type { Script } from './script.js';
import { Stage } from './stage.js';

/** Milliseconds that a sentence may take. */
export type Patience = (place: Place) => number;

export const PATIENT: Patience = () => 60_000;

/**
 * Runs a script.
 *
 * @param shared a server for scripts that need none of their own
 * @param patience what has not come until then never comes
 * @throws ScriptFailure
 */
export async function runScript(script: Script, shared: ServerUnderTest, patience = PATIENT): Promise<void> {
  const stage = await Stage.set(script, shared);
  try {
    let { place } = script.steps[0];
    try {
      for (const { place: here, sentence, slots } of script.steps) {
        place = here;
        await patiently(stage, patience(place), Promise.resolve(sentence.run(stage, slots)));
      }
      for (const actor of stage.actors) {
        place = { ...place, text: `(end of the script) ${actor.name} got nothing more` };
        await patiently(stage, patience(place), stage.finish(actor));
      }
    } catch (error) {
      throw new ScriptFailure(place, error);
    }
  } finally {
    await stage.clear();
  }
}

/** Fails with what the stage waits for when that takes too long. */
async function patiently(stage: Stage, patience: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      stage.over = true;
      const { expected, got } = stage.awaited;
      reject(new Deviation(expected, `${got()}, after ${patience} ms`));
    }, patience);
  });
  try {
    await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Time, and readers that are slow. */
import type { Sentence } from '../script.js';
import { form } from '../sentence.js';

const UNITS: Readonly<Record<string, number>> = { millisecond: 1, second: 1_000, minute: 60_000 };

export const TIME: readonly Sentence[] = [
  {
    form: form('time passes <count:number> <unit:word>'),
    needsClock: true,
    run: (stage, slots) => {
      const unit = UNITS[slots.must('unit').replace(/s$/, '')];
      if (unit === undefined)
        throw new Error(`write milliseconds, seconds or minutes instead of ${slots.must('unit')}`);
      return stage.pass(slots.number('count') * unit);
    },
  },
  {
    form: form('<actor> stops reading'),
    run: (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      actor.paused = true;
      actor.session.socket?.pause();
    },
  },
  {
    form: form('<actor> reads again'),
    run: (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      actor.paused = false;
      actor.session.socket?.resume();
    },
  },
];

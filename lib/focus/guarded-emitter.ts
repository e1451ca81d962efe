import { Emitter } from '../util/events.js';
import type { Logger } from '../util/log.js';
import type { FocusEvents } from './options.js';

/** Events of the focus: a listener that throws must not leave a room half changed. */
export class GuardedEmitter extends Emitter<FocusEvents> {
  readonly #log: Logger;

  constructor(log: Logger) {
    super();
    this.#log = log;
  }

  protected override listenerFailed(name: keyof FocusEvents, error: unknown): void {
    this.#log.error({ who: `listener of ${name}`, error }, 'a listener failed');
  }

  /** Calls what is not ours. */
  protected guarded(who: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ who, error }, 'a listener failed');
    }
  }
}

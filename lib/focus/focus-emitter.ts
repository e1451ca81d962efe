import type { SeenMessage } from '../focus-switch.js';
import { Emitter } from '../util/events.js';
import type { Logger } from '../util/log.js';
import type { FocusEvents } from './options.js';

/** How the focus tells the program: a listener that throws must not leave a room half changed. */
export abstract class FocusEmitter extends Emitter<FocusEvents> {
  readonly #log: Logger;
  readonly #messageListeners = new Set<unknown>();

  constructor(log: Logger) {
    super();
    this.#log = log;
  }

  /** Undefined while nobody listens: then the switch need not collect messages. */
  get message(): ((message: SeenMessage) => void) | undefined {
    return this.#messageListeners.size > 0 ? (message) => void this.emit('message', message) : undefined;
  }

  override on<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    if (name === 'message') this.#messageListeners.add(listener);
    return super.on(name, listener);
  }

  override off<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    if (name === 'message') this.#messageListeners.delete(listener);
    return super.off(name, listener);
  }

  protected override emit<K extends keyof FocusEvents>(name: K, ...args: FocusEvents[K]): boolean {
    let heard = false;
    this.guarded(`listener of ${name}`, () => {
      heard = super.emit(name, ...args);
    });
    return heard;
  }

  /** Calls what is not ours; what it throws is logged. */
  protected guarded(who: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ error }, `${who} failed`);
    }
  }
}

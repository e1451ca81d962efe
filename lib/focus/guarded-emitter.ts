import type { SeenMessage } from '../focus-switch.js';
import { Emitter } from '../util/events.js';
import type { Logger } from '../util/log.js';
import type { FocusEvents } from './options.js';

/** Events of the focus: a listener that throws must not leave a room half changed. */
export class GuardedEmitter extends Emitter<FocusEvents> {
  readonly #log: Logger;
  readonly #messageListeners = new Set<unknown>();

  readonly #watched: (on: boolean) => void;

  /** @param watched called when the first listens to messages, and when nobody does any more */
  constructor(log: Logger, watched: (on: boolean) => void = () => {}) {
    super();
    this.#log = log;
    this.#watched = watched;
  }

  override on<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    if (name === 'message' && this.#messageListeners.add(listener).size === 1) this.#watched(true);
    return super.on(name, listener);
  }

  override off<K extends keyof FocusEvents>(name: K, listener: (...args: FocusEvents[K]) => void): this {
    const last = name === 'message' && this.#messageListeners.delete(listener) && this.#messageListeners.size === 0;
    if (last) this.#watched(false);
    return super.off(name, listener);
  }

  /** Undefined while nobody listens: then the switch need not collect messages. */
  get message(): ((message: SeenMessage) => void) | undefined {
    return this.#messageListeners.size > 0 ? (message) => void this.emit('message', message) : undefined;
  }

  protected override emit<K extends keyof FocusEvents>(name: K, ...args: FocusEvents[K]): boolean {
    let heard = false;
    this.guarded(`listener of ${name}`, () => {
      heard = super.emit(name, ...args);
    });
    return heard;
  }

  /** Calls what is not ours. */
  protected guarded(who: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error({ error }, `${who} failed`);
    }
  }
}

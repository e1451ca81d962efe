/** Asks the program's handlers about messages. */
import type { Verdict } from '../../lib/focus-switch.js';
import type { Logger } from '../../lib/util/log.js';
import type { ChatroomSettings } from '../options.js';
import type { HookedMessage } from './incoming-message.js';

export class MessageHooks {
  readonly #settings: Pick<ChatroomSettings, 'authorizeMessage' | 'preMessage'>;
  readonly #log: Logger;

  constructor(settings: Pick<ChatroomSettings, 'authorizeMessage' | 'preMessage'>, log: Logger) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Whether there is anybody to ask. */
  get present(): boolean {
    return this.#settings.authorizeMessage !== undefined || this.#settings.preMessage !== undefined;
  }

  /** `authorizeMessage` sees what was written; `preMessage` what that left of it. */
  decide(message: HookedMessage): Verdict | Promise<Verdict> {
    return this.present ? this.#ask(message) : passed(message);
  }

  async #ask(message: HookedMessage): Promise<Verdict> {
    const { authorizeMessage, preMessage } = this.#settings;
    try {
      await authorizeMessage?.(message);
      await preMessage?.(message);
      return passed(message);
    } catch (error) {
      const status = statusOf(error);
      const { room, from } = message;
      this.#log.info({ room, from, status, error }, 'message refused');
      return { is: 'refused', status };
    }
  }
}

const passed = ({ instead }: HookedMessage): Verdict => ({ is: 'passed', instead });

/** The `msrpStatus` of what was thrown if a SEND can be refused with it, else 403. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'msrpStatus') : undefined;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : 403;
}

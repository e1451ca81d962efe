/** Asks the program's handlers about messages. */
import { inspect } from 'node:util';
import type { Verdict } from '../../lib/focus-switch.js';
import type { Clock } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import { PacedLog } from '../../lib/util/paced-log.js';
import type { ChatroomSettings } from '../options/options.js';
import { isMistake, requireNoFalse } from './mistake.js';
import type { HookedMessage } from './incoming-message.js';

/** Whose handlers they are; looked at for each message. */
export interface HookedProgram {
  readonly settings: Pick<ChatroomSettings, 'authorizeMessage' | 'preMessage'>;
  readonly log: Logger;
  readonly clock: Clock;
}

export class MessageHooks {
  readonly #program: HookedProgram;
  readonly #paced: PacedLog;

  constructor(program: HookedProgram) {
    this.#program = program;
    this.#paced = new PacedLog(program.clock, program.log);
  }

  /** Whether there is anybody to ask. */
  get present(): boolean {
    const { authorizeMessage, preMessage } = this.#program.settings;
    return authorizeMessage !== undefined || preMessage !== undefined;
  }

  /** `authorizeMessage` sees what was written; `preMessage` what that left of it. */
  decide(message: HookedMessage): Verdict | Promise<Verdict> {
    return this.present ? this.#ask(message) : passed(message);
  }

  async #ask(message: HookedMessage): Promise<Verdict> {
    const { authorizeMessage, preMessage } = this.#program.settings;
    try {
      requireNoFalse('authorizeMessage', await authorizeMessage?.(message));
      requireNoFalse('preMessage', await preMessage?.(message));
      return passed(message);
    } catch (error) {
      const status = statusOf(error);
      const { endpoint, room, from } = message;
      const mistake = { endpoint, room, error: inspect(error) };
      if (isMistake(error)) this.#paced.error(endpoint, mistake, 'a handler of messages failed');
      this.#paced.info(endpoint, { endpoint, room, from, status, error }, 'refused by a handler of messages');
      return { is: 'refused', status, told: true };
    }
  }
}

const passed = ({ instead }: HookedMessage): Verdict => ({ is: 'passed', instead });

/** The `msrpStatus` of what was thrown if a SEND can be refused with it, else 403. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'msrpStatus') : undefined;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : 403;
}

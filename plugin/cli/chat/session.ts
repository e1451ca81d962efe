import { type ChatParticipant, nameOf, type Outcome } from '../../../lib/client/index.js';
import { within } from '../../../lib/client/node/deadline.js';
import type { Clock } from '../../../lib/util/clock.js';
import { COMMAND_HELP, type Command, readCommand } from './commands.js';
import { explainError, explainStatus } from './explain.js';
import { sendWithProgress } from './file-sender.js';
import { formatError, formatMessage, type Palette } from './format.js';
import type { Narrator } from './narrator.js';

export interface SessionOptions {
  participant: ChatParticipant;
  narrator: Narrator;
  colors: Palette;
  now(): Date;
  /** A line of our own making: not one that an `--expect` waits for. */
  show: (line: string) => void;
  /** Milliseconds to wait for somebody who is not here yet; a roster may lag behind by seconds (RFC 4575 §3.9). */
  patience: number;
  clock: Clock;
  /** Whether to repeat what was sent: where it is not typed visibly. */
  repeat: boolean;
}

/** Carries out what is typed in a room. */
export class Session {
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @returns `'quit'` when the line asks to leave, else whether it could be carried out; what could not is shown. */
  async run(line: string): Promise<'quit' | boolean> {
    const command = readCommand(line);
    if (command.kind === 'quit') return 'quit';
    try {
      return await this.#execute(command);
    } catch (error) {
      return this.#mistake(explainError(error, this.#options.participant.room));
    }
  }

  async #execute(command: Command): Promise<boolean> {
    const { participant, narrator, show } = this.#options;
    switch (command.kind) {
      case 'say':
        return this.#sent(await participant.send(command.text), command.text);
      case 'private':
        return await this.#private(command.to, command.text);
      case 'file':
        return await this.#file(command.path);
      case 'nick':
        return await this.#nick(command.name);
      case 'who':
        narrator.notice(narrator.who());
        return true;
      case 'help':
        for (const line of COMMAND_HELP) show(line);
        return true;
      case 'mistake':
        return this.#mistake(command.text);
      default:
        return true;
    }
  }

  async #private(name: string, text: string): Promise<boolean> {
    const { participant } = this.#options;
    // an address the roster does not show may still be here; the room decides (404)
    const isAddress = /^(?:sips?|tel|im):/i.test(name);
    if (!isAddress) await this.#arrival(name);
    const [found, ...others] = participant.find(name);
    if (found && others.length > 0) {
      const addresses = [found, ...others].map((entry) => entry.uri).join(', ');
      return this.#mistake(`"${name}" may be ${addresses}; use the address`);
    }
    if (!found && !isAddress) return this.#mistake(`nobody here is called "${name}"; /who lists the names`);
    return this.#sent(await participant.sendPrivate(found?.uri ?? name, text), text, found ? nameOf(found) : name);
  }

  async #file(path: string): Promise<boolean> {
    const { participant, clock, narrator } = this.#options;
    const notice = (text: string): void => narrator.notice(text);
    const { status, comment } = await sendWithProgress(path, { participant, clock, notice });
    if (status !== 200) return this.#mistake(`${path} was not sent: ${explainStatus(status, comment)}`);
    narrator.notice(`you sent ${path}`);
    return true;
  }

  async #arrival(name: string): Promise<void> {
    const { participant, clock, patience } = this.#options;
    if (patience === 0 || participant.find(name).length > 0) return;
    let arrived: (() => void) | undefined;
    const look = (): void => {
      if (participant.find(name).length > 0) arrived?.();
    };
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    participant.on('roster', look).once('closed', () => arrived?.());
    await within(clock, patience, arrival);
    participant.off('roster', look);
  }

  async #nick(name: string): Promise<boolean> {
    const { participant, narrator } = this.#options;
    const { status, comment } = await participant.setNickname(name);
    if (status !== 200) return this.#mistake(`nickname "${name}": ${explainStatus(status, comment)}`);
    narrator.notice(name === '' ? 'you gave your nickname back' : `the room calls you ${name}`);
    return true;
  }

  #sent(outcome: Outcome, text: string, privateTo?: string): boolean {
    if (outcome.status !== 200) return this.#mistake(`not sent: ${explainStatus(outcome.status, outcome.comment)}`);
    if (!this.#options.repeat) return true;
    const message = {
      at: this.#options.now(),
      from: undefined,
      text,
      ...(privateTo === undefined ? {} : { privateTo }),
    };
    this.#options.show(formatMessage(message, this.#options.colors));
    return true;
  }

  #mistake(text: string): false {
    this.#options.show(formatError(text, this.#options.colors));
    return false;
  }
}

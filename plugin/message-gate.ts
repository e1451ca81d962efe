/** Where typed commands and the program's handlers stand in the way of messages. */
import type { RoomGate, Sender } from '../lib/chat-server.js';
import type { HeldMessage, Verdict } from '../lib/focus-switch.js';
import { Commands, type Meaning } from './commands/commands.js';
import type { Face } from './face.js';
import { MessageHooks } from './hooks/hooks.js';
import { HookedMessage } from './hooks/incoming-message.js';

export class MessageGate implements RoomGate {
  readonly #commands: Commands;
  readonly #hooks: MessageHooks;

  constructor(face: Face) {
    this.#commands = new Commands(face);
    this.#hooks = new MessageHooks(face);
  }

  get everywhere(): boolean {
    return this.#hooks.present;
  }

  ask(held: HeldMessage, sender: Sender): Verdict | Promise<Verdict> {
    const meaning = this.#meaningOf(held, sender);
    // Nobody but the room hears of a command, so there is nothing to ask about.
    if (meaning?.is === 'command') return { is: 'taken', run: meaning.run };
    const verdict = this.#hooks.decide(new HookedMessage(held, sender, meaning?.instead));
    const refused = meaning?.refused;
    if (!refused) return verdict;
    return verdict instanceof Promise ? verdict.then((known) => inWords(known, refused)) : inWords(verdict, refused);
  }

  #meaningOf(held: HeldMessage, sender: Sender): Meaning | undefined {
    return sender.room.config.commands && !held.private ? this.#commands.meaningOf(held, sender) : undefined;
  }
}

/** A refusal that is told in a message of the room instead of a status. */
function inWords(verdict: Verdict, refused: (status: number) => void): Verdict {
  if (verdict.is === 'refused') return { is: 'taken', run: () => refused(verdict.status) };
  return verdict.is === 'passed' ? { ...verdict, refused } : verdict;
}

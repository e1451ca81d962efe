/** Messages that are commands: what they mean, and what becomes of it. Whoever typed one is answered alone. */
import type { Sender } from '../../lib/chat-server.js';
import { serializeCpim } from '../../lib/cpim/index.js';
import type { HeldMessage, Rewriting } from '../../lib/focus-switch.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Face } from '../face.js';
import { textOf } from '../hooks/text.js';
import { roomFrom } from '../sip/room-uri.js';
import { MAX_COMMAND, readTyped, Words } from './grammar.js';
import { textOfHtml } from './html.js';
import { Moderation } from './moderation.js';
import { addressIn, helpOn, nicknameAnswer, printable, undelivered, whoIsIn } from './texts.js';
import { type Action, commandNamed, synopsis } from './table.js';

const PLAIN = 'text/plain;charset=utf-8';
/** Octets of the longest content in HTML that is looked into. */
const MAX_HTML = 4 * MAX_COMMAND;

export type Meaning =
  /** Goes on in another form. */
  | {
      is: 'message';
      instead: Rewriting;
      /** Tells its sender why it did not. @defaultValue the answer to his request does */
      refused?: (status: number) => void;
    }
  | { is: 'command'; run: () => void };

export class Commands {
  readonly #face: Face;
  readonly #moderation: Moderation;

  constructor(face: Face) {
    this.#face = face;
    this.#moderation = new Moderation(face);
  }

  /** What a message to the room means; undefined when it is to go on as it is. */
  meaningOf(held: HeldMessage, sender: Sender): Meaning | undefined {
    const text = typedText(held);
    const typed = text === undefined ? null : readTyped(text);
    if (!typed) return undefined;
    const answers = (answer: string): Meaning => this.#command(sender, () => answer);
    if (typed.is === 'said') return { is: 'message', instead: { contentType: PLAIN, text: typed.text } };
    if (typed.is === 'too-long') return answers(`A command has at most ${MAX_COMMAND} characters.`);
    const { name, rest } = typed;
    if (name === 'me') return undefined;
    const command = commandNamed(name);
    if (!command) {
      return answers(
        `There is no command /${printable(name)}. /help lists them; what begins with // is said to the room, with one slash.`,
      );
    }
    const action = command.read(new Words(rest));
    if (!action) return answers(`It is ${synopsis(name, command)}. A name with blanks is written in quotes.`);
    if (action.do === 'whisper') return this.#whisper(sender, action);
    return this.#command(sender, () => this.#do(sender, action));
  }

  #command(sender: Sender, run: () => string | undefined): Meaning {
    return {
      is: 'command',
      run: () => {
        const answer = this.#guarded(run);
        if (answer !== undefined) this.#answer(sender, answer);
      },
    };
  }

  /** What a command comes to, for who typed it. */
  #guarded(run: () => string | undefined): string | undefined {
    try {
      return run();
    } catch (error) {
      if (error instanceof ChatroomsError) return error.message;
      this.#face.log.error({ error }, 'a command failed');
      return 'That did not work.';
    }
  }

  #do(sender: Sender, action: Exclude<Action, { do: 'whisper' }>): string | undefined {
    const { room, endpoint } = sender;
    const { focus } = this.#face.chat;
    switch (action.do) {
      case 'help':
        return helpOn(action.about, room.moderates(endpoint.identity));
      case 'who':
        return whoIsIn(room);
      case 'subject': {
        const { subject } = action;
        if (subject !== undefined)
          return this.#moderation.perform(sender, { act: 'subject', subject: printable(subject) });
        return room.config.subject === '' ? 'There is no topic.' : `The topic is: ${room.config.subject}`;
      }
      case 'nickname':
        return nicknameAnswer(focus.nickname(endpoint.id, action.nickname), action.nickname);
      case 'invite':
        return this.#invite(sender, action.uri);
      case 'moderate':
        return this.#moderation.perform(sender, action.act, action.minutes);
      default:
        focus.dismiss(endpoint.id, 'Left with a command');
        return undefined;
    }
  }

  /** A private message like any other: the rules for those decide, and say so in words. */
  #whisper(sender: Sender, { to, text }: { to: string; text: string }): Meaning {
    const { room } = sender;
    const known = this.#face.chat.focus.findParticipant(room.uri, to);
    if (!known) return this.#command(sender, () => `${printable(to)} is not here.`);
    const name = printable(known.name ?? known.uri);
    return {
      is: 'message',
      instead: { to: known.uri, contentType: PLAIN, text },
      refused: (status) => this.#answer(sender, undelivered(status, name)),
    };
  }

  #invite(sender: Sender, who: string): string | undefined {
    const { room, endpoint } = sender;
    const target = roomFrom(room.uri, '');
    const uri = addressIn(who);
    if (!uri || !target) return `${printable(who)} is no address; write one like bob@example.com.`;
    this.#face.chat.focus.checkInvite(room.uri, endpoint.identity);
    let over = false;
    this.#face.invitations.invite(
      { room: target, invitees: [{ uri }], by: endpoint.identity },
      ({ status, reason, final }) => {
        if (!final) return;
        over = true;
        const came = status >= 200 && status < 300;
        this.#answer(sender, came ? `${uri} is in the room.` : `${uri} does not come: ${status} ${printable(reason)}.`);
      },
    );
    return over ? undefined : `${uri} is being called.`;
  }

  /** A message of the room to the endpoint where the command was typed. */
  #answer({ room, participant, endpoint }: Sender, text: string): void {
    const body = serializeCpim({
      from: { name: room.title, uri: room.uri },
      to: [{ name: null, uri: participant.uri }],
      dateTime: this.#face.clock.date(),
      contentType: PLAIN,
      content: text,
    });
    this.#face.chat.send(room.uri, body, ({ id }) => id === endpoint.id);
  }
}

/** The text of what may be a command; undefined for what is none in any case. */
function typedText({ envelope, content }: HeldMessage): string | undefined {
  if (!content) return undefined;
  if (envelope.contentType === 'text/plain') return textOf(envelope, content);
  if (envelope.contentType !== 'text/html' || content.length > MAX_HTML) return undefined;
  const html = textOf(envelope, content);
  return html === undefined ? undefined : textOfHtml(html);
}

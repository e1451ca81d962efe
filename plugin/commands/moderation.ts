/** Acts of moderation that were typed. */
import type { Act, Sender } from '../../lib/chat-server.js';
import type { Face } from '../face.js';
import { addressIn, printable } from './texts.js';

const MINUTE = 60_000;

export class Moderation {
  readonly #face: Face;

  constructor(face: Face) {
    this.#face = face;
  }

  /**
   * What was done, in words. Whether somebody may is for the focus to say.
   *
   * @throws ChatroomsError `CHAT_ERR_FORBIDDEN`, `CHAT_ERR_NO_PARTICIPANT`
   */
  perform({ room, endpoint }: Sender, act: Act, minutes?: number): string {
    const until =
      minutes === undefined ? {} : { until: new Date(this.#face.clock.date().getTime() + minutes * MINUTE) };
    this.#face.chat.focus.moderate(room.uri, { ...this.#addressed(room.uri, act), ...until }, endpoint.identity);
    return done(act, minutes);
  }

  /** Who is meant: whoever is here by that name, else a URI that may lack its scheme. */
  #addressed(room: string, act: Act): Act {
    if (!('target' in act) || this.#face.chat.focus.findParticipant(room, act.target)) return act;
    return { ...act, target: addressIn(act.target) ?? act.target };
  }
}

function done(act: Act, minutes: number | undefined): string {
  const target = 'target' in act ? printable(act.target) : '';
  const term = minutes === undefined ? '' : ` for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  switch (act.act) {
    case 'kick':
      return `${target} was removed.`;
    case 'ban':
      return `${target} may not come in${term}.`;
    case 'unban':
      return `${target} may come in.`;
    case 'mute':
      return `${target} can only read${term}.`;
    case 'unmute':
      return `${target} can write.`;
    case 'role':
      return `${target} is ${act.role} now.`;
    case 'lock':
      return act.locked ? 'Nobody may come in now.' : 'Others may come in again.';
    default:
      return `The topic is: ${act.subject}`;
  }
}

/** Who wants which events. */
import { ChatroomsError } from '../../lib/util/errors.js';
import { FEED_EVENT_TYPES, type FeedEventType } from '../api/schemas/feed.js';
import { roomFrom } from '../sip/room-uri.js';
import type { RecordedEvent } from './recorded-event.js';

export interface EventChoice {
  /** Types; `'*'` for all. @defaultValue all but `message` */
  types?: readonly string[];
  /**
   * Names of rooms, in whatever domain, or their URIs: only what is about these rooms; not what is about the server.
   * @defaultValue everything
   */
  rooms?: readonly string[];
  /** With what participants write to each other, not to the room. @defaultValue `false` */
  privateMessages?: boolean;
}

/** Without being asked for it nobody sees what people write. */
const DEFAULT_TYPES = FEED_EVENT_TYPES.filter((type) => type !== 'message');

export class EventFilter {
  readonly #types: ReadonlySet<FeedEventType>;
  readonly #rooms: ReadonlySet<string> | undefined;
  readonly privateMessages: boolean;

  /** @throws ChatroomsError `CHAT_ERR_OPTION` for a type that there is not */
  constructor({ types = [], rooms = [], privateMessages = false }: EventChoice = {}) {
    const unknown = types.find((type) => type !== '*' && !isType(type));
    if (unknown !== undefined) {
      const known = FEED_EVENT_TYPES.join(', ');
      throw new ChatroomsError('CHAT_ERR_OPTION', `There is no event ${JSON.stringify(unknown)}; there are ${known}.`);
    }
    const chosen = types.includes('*') ? FEED_EVENT_TYPES : types.filter(isType);
    this.#types = new Set(chosen.length > 0 ? chosen : DEFAULT_TYPES);
    this.#rooms = rooms.length > 0 ? new Set(rooms.map((room) => roomFrom(room, '')?.uri ?? room)) : undefined;
    this.privateMessages = privateMessages;
  }

  /** What people write is among what is wanted. */
  get messages(): boolean {
    return this.#types.has('message');
  }

  matches({ type, room, private: isPrivate }: RecordedEvent): boolean {
    if (!this.#types.has(type) || (isPrivate && !this.privateMessages)) return false;
    if (this.#rooms === undefined) return true;
    return room !== undefined && (this.#rooms.has(room) || this.#rooms.has(nameKey(room)));
  }
}

const isType = (text: string): text is FeedEventType => (FEED_EVENT_TYPES as readonly string[]).includes(text);

/** A room that was given by name alone is kept as one of no domain. */
const nameKey = (uri: string): string => uri.slice(0, uri.lastIndexOf('@') + 1);

import { ChatroomsError } from '../../lib/util/errors.js';
import type { Chatrooms, Room } from '../index.js';

/**
 * The room that a path names.
 *
 * @throws ChatroomsError `CHAT_ERR_ROOM_UNKNOWN` where there is none, `CHAT_ERR_ROOM_URI` for what names none
 */
export function existing(rooms: Pick<Chatrooms, 'room'>, nameOrUri: string): Room {
  const room = rooms.room(nameOrUri);
  if (room) return room;
  throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `There is no room ${nameOrUri}; create it first.`);
}

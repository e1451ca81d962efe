/** What the room tells a participant whose messages were discarded because it read too slowly (RFC 7701 §6.4). */
import { serializeCpim } from '../cpim/index.js';

/**
 * "In order to inform the user of the congestion, the MSRP switch MAY send a regular MSRP message": a complete
 * message/cpim body from the room to the room.
 *
 * @param room its URI
 */
export function missedNotice(room: string, count: number, dateTime: Date): Buffer {
  const address = { name: null, uri: room };
  const content = `${count} ${count === 1 ? 'message was' : 'messages were'} not delivered to you: your connection is too slow.`;
  return serializeCpim({ from: address, to: [address], dateTime, contentType: 'text/plain;charset=utf-8', content });
}

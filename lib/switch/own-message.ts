/** A message that no participant sent: of the room itself, or of a program. The rules of a copy hold for it too. */
import { cpimUriKey, type Envelope, parseCpim, withTo } from '../cpim/index.js';
import type { EndpointMedia } from '../focus-switch.js';
import { ChatroomsError } from '../util/errors.js';
import { Outgoing } from './outgoing.js';
import type { SwitchEndpoint } from './endpoint.js';
import type { SwitchRoom } from './room.js';

const HEADERS = 'Content-Type: message/cpim\r\n';

/**
 * Delivers a complete message/cpim body to those of the room's endpoints that are chosen, hear (4975-8.9-02) and take
 * its type (4975-7.1.1-22); returns to how many.
 *
 * @param body may be reused after that
 * @param members those among whom is chosen
 * @throws ChatroomsError `CHAT_ERR_CPIM_ARGUMENT` when it is no message/cpim
 */
export function deliverOwn(
  room: SwitchRoom,
  body: Buffer,
  now: number,
  chosen: (endpoint: EndpointMedia) => boolean,
  members: readonly SwitchEndpoint[] = room.members,
): number {
  const parsed = parseCpim(body);
  if (!parsed.ok) throw new ChatroomsError('CHAT_ERR_CPIM_ARGUMENT', `This is no message/cpim: ${parsed.error}.`);
  const { envelope } = parsed;
  const make = (octets: Buffer): Outgoing => Outgoing.complete(HEADERS, envelope.contentType, now, octets);
  const own = Buffer.from(body);
  const rewritten = new Map<string | null, Outgoing>([[null, make(own)]]);
  let sent = 0;
  for (const member of members) {
    if (!member.mayReceive || !member.takes(envelope.contentType) || !chosen(member.media)) continue;
    // D7: who dialled another address sees only a To of that address as the room's.
    const to = isToRoom(envelope, room) ? member.roomToUri : null;
    let message = rewritten.get(to);
    if (!message) {
      message = make(Buffer.concat([withTo(envelope, to ?? room.uri), own.subarray(parsed.contentOffset)]));
      rewritten.set(to, message);
    }
    if (member.outbox.deliver(message)) sent++;
  }
  return sent;
}

const isToRoom = ({ to }: Envelope, room: SwitchRoom): boolean => to.length === 1 && cpimUriKey(to[0].uri) === room.key;

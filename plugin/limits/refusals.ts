import type { ChatroomsError, ErrorCode } from '../../lib/util/errors.js';
import { sourceOf } from '../../lib/util/source.js';
import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import type { Face } from '../face.js';
import { roomOf } from '../sip/room-uri.js';

/** Refusals that mean that there is too much of something, and the option that says how much is, unless they say it. */
const LIMITS: Partial<Record<ErrorCode, string>> = {
  CHAT_ERR_TOO_MANY_ROOMS: 'maxRooms',
  CHAT_ERR_ROOM_FULL: 'maxParticipants',
  CHAT_ERR_TOO_MANY_ENDPOINTS: 'maxEndpointsPerParticipant',
  CHAT_ERR_TOO_MANY_SUBSCRIPTIONS: 'maxSubscriptions',
  CHAT_ERR_TOO_MANY_INVITED: 'invitations.perMinute',
  CHAT_ERR_TOO_MANY_INVITATIONS: 'invitations.perMinute',
  CHAT_ERR_CREATION_RATE: 'invitations.perMinute',
};

/** A request is answered with this error; when that is for a limit it is told. */
export function reportRefusal({ chat }: Pick<Face, 'chat'>, req: SipRequest, error: ChatroomsError): void {
  const limit = error.limit ?? LIMITS[error.code];
  if (limit !== undefined) reportLimit({ chat }, req, limit, error.sipStatus);
}

/** A request is answered with `status` for a limit. */
export function reportLimit({ chat }: Pick<Face, 'chat'>, req: SipRequest, limit: string, status?: number): void {
  const uri = parseUri(req.uri);
  const room = uri && roomOf(uri)?.uri;
  const source = sourceOf(req.source_address);
  chat.limits.exceeded({ limit, source, ...(room !== undefined && { room }), ...(status !== undefined && { status }) });
}

import { randomInt } from 'node:crypto';
import { buildOffer } from '../../lib/sdp/index.js';
import { authorize, identify } from '../admission.js';
import type { Face } from '../face.js';
import { capabilities, header, tokens } from './header-values.js';
import { joinRequestOf } from '../invite/join-request.js';
import type { RoomUri } from './room-uri.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';

/**
 * OPTIONS outside of a dialog. CAP-01, IDN-05: "answers what an INVITE would (200/401/403/404/486)"; rejects with a
 * ChatroomsError whose `sipStatus` is the answer.
 */
export async function handleOptions(
  face: Face,
  req: SipRequest,
  res: SipResponse,
  { room, contact }: { room: RoomUri; contact: string },
): Promise<void> {
  const identity = await identify(face, req, room);
  await authorize(face, req, room, identity);
  face.chat.focus.checkJoin(joinRequestOf(face, req, room, identity));
  answerOptions(face, req, res, room, contact);
}

/**
 * OPTIONS to a room tells what an INVITE would meet (RFC 3261 §11.2, CAP-01): the message line it would accept, with
 * `chatroom`, and `isfocus` in Contact (P-SIP-01). The session in it is made up and binds to nothing.
 */
export function answerOptions(face: Face, req: SipRequest, res: SipResponse, room: RoomUri, contact: string): void {
  const { adapter, chat } = face;
  const headers = {
    ...capabilities(face.referrals.liveIn(req.stackDialogId)),
    Contact: contact,
    Accept: 'application/sdp',
    'Accept-Encoding': 'identity',
    'Accept-Language': 'en',
  };
  const accepted = tokens(header(req, 'Accept'));
  const wantsSdp = accepted.length === 0 || accepted.some((type) => /^(?:application\/(?:sdp|\*)|\*\/\*)$/.test(type));
  if (!wantsSdp) return adapter.reply(req, res, 200, { headers });
  const body = buildOffer({ ...chat.localSession(room.uri), originId: randomInt(1, 2 ** 47) });
  adapter.reply(req, res, 200, { headers: { ...headers, 'Content-Type': 'application/sdp' }, body });
}

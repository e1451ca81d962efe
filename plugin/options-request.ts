import { randomInt } from 'node:crypto';
import { buildOffer } from '../lib/sdp/index.js';
import type { Face } from './face.js';
import { capabilities, header, tokens } from './header-values.js';
import type { RoomUri } from './room-uri.js';
import type { SipRequest, SipResponse } from './drachtio/srf-types.js';

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

import type { Face } from './face.js';
import { ALLOW, warning } from './header-values.js';
import type { RoomUri } from './room-uri.js';
import type { SipRequest, SipResponse } from './drachtio/srf-types.js';

/**
 * REFER to a room: "Refer-To with method INVITE adds, with method BYE removes a user, if policy permits; else 403/603"
 * (4353-5.2-01). Policy permits nobody. An answer of our own is needed: without one srf says 200 (DRA-G7).
 */
export function refuseRefer({ adapter }: Face, req: SipRequest, res: SipResponse, room: RoomUri): void {
  adapter.reply(req, res, 403, {
    headers: { Allow: ALLOW, Warning: warning(room.domain, 'Participants are not added or removed by REFER here') },
  });
}

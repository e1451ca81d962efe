import { nicknames } from '../../util/channels.js';
import type { Participant } from '../participant.js';
import type { RoomConfig } from '../policy.js';
import type { Nicknames } from './nicknames.js';

export interface Asker {
  room: { readonly uri: string; readonly config: Readonly<RoomConfig>; readonly nicknames: Nicknames; changed(): void };
  participant: Participant;
  /** Its id. */
  endpoint: string;
}

/** The status of a NICKNAME request (RFC 7701 §7.1), which takes effect with 200; the empty nickname removes. */
export function askNickname(asker: Asker, nickname: string): number {
  const status = decide(asker, nickname);
  if (nicknames.hasSubscribers) {
    const { room, participant, endpoint } = asker;
    const { uri } = participant.endpoints.get(endpoint)?.identity ?? participant;
    nicknames.publish({ room: room.uri, participant: uri, endpoint, nickname, status });
  }
  return status;
}

function decide({ room, participant, endpoint }: Asker, nickname: string): number {
  // 7701-7.1-05: "Room policy without nicknames -> 403 (checked first)".
  if (!room.config.allowNicknames) return 403;
  const own = room.nicknames.of(endpoint);
  const shown = participant.nickname;
  // 7701-7.3-01: the empty string removes, also when none was set.
  if (nickname === '') room.nicknames.release(endpoint);
  else {
    const status = room.nicknames.claim(participant, endpoint, nickname);
    if (status !== 200) return status;
  }
  if (nickname !== '' || own !== null) participant.named(endpoint);
  if (room.nicknames.of(endpoint) !== own || participant.nickname !== shown) room.changed();
  return 200;
}

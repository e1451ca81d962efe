import type { Act, ChatServer, Endpoint as Device, Participant as Member } from '../../lib/chat-server.js';
import { parseMsrpUri } from '../../lib/msrp/index.js';
import type { Clock } from '../../lib/util/clock.js';
import type { Audio } from '../media/audio.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Endpoint, Participant, Role, SendOptions } from '../rooms-api.js';

/** What a participant has of his room. */
export interface ParticipantHost {
  /** URI of the room. */
  readonly room: string;
  readonly chat: Pick<ChatServer, 'pendingBytes'>;
  readonly audio: Audio | undefined;
  readonly clock: Clock;
  /** An act of the program about him, as long as he is in. */
  about(act: Act): void;
  /** False when there is nobody it could be about. */
  tryAct(act: Act): boolean;
  send(text: string, options: SendOptions | undefined): number;
}

/** Somebody in a room, as programs see him; what it tells is that of the moment it is read. */
export function participantFacade(member: Member, { room, chat, audio, clock, ...host }: ParticipantHost): Participant {
  const { uri, anonymous } = member;
  return {
    uri,
    anonymous,
    get nickname() {
      return member.nickname ?? undefined;
    },
    get displayName() {
      return member.name ?? undefined;
    },
    get role() {
      return member.role;
    },
    get muted() {
      return member.muted;
    },
    get mutedUntil() {
      return member.mutedUntil ?? undefined;
    },
    get joinedAt() {
      return member.joinedAt ?? clock.date();
    },
    get endpoints() {
      return joinedEndpoints(member).map((device) => endpointOf(device, chat));
    },
    setRole: async (role) => {
      requireRole(role);
      host.about({ act: 'role', target: uri, role });
    },
    send: async (text, options) => host.send(text, options),
    muteAudio: async (muted = true) => {
      for (const id of member.endpoints.keys()) audio?.mute(room, id, muted);
    },
    kick: async (reason) => member.present && host.tryAct({ act: 'kick', target: uri, reason }),
    ban: async (measure = {}) => host.about({ act: 'ban', target: uri, ...measure }),
    mute: async (ms) => {
      const until = ms === undefined ? undefined : new Date(clock.date().getTime() + ms);
      host.about({ act: 'mute', target: uri, until });
    },
    unmute: async () => host.about({ act: 'unmute', target: uri }),
  };
}

type Joined = Device & { readonly joinedAt: Date };

/** Those of somebody's devices that others see. */
export const joinedEndpoints = ({ endpoints }: Member): Joined[] =>
  [...endpoints.values()].filter((device): device is Joined => device.connectedAt !== null);

function endpointOf(device: Joined, chat: ParticipantHost['chat']): Endpoint {
  const { id, link, userAgent, callId, joinedAt } = device;
  return {
    id,
    transport: transportOf(device),
    remote: link?.remote ?? null,
    userAgent,
    callId: callId === '' ? null : callId,
    joinedAt,
    bound: link !== null,
    congested: link?.congested ?? false,
    pendingBytes: chat.pendingBytes(id) ?? link?.pendingBytes ?? 0,
  };
}

/** Our URI of the session says what its peer connects by, or is connected to by. */
function transportOf({ session }: Device): Endpoint['transport'] {
  const uri = session && parseMsrpUri(session.localUri);
  const secure = uri?.scheme === 'msrps';
  if (uri?.transport === 'ws') return secure ? 'wss' : 'ws';
  return secure ? 'tls' : 'tcp';
}

const ROLES: readonly Role[] = ['owner', 'moderator', 'participant', 'visitor'];

/** @throws ChatroomsError `CHAT_ERR_OPTION`: who is made what there is not would lose what he was */
function requireRole(role: Role): void {
  if (ROLES.includes(role)) return;
  const known = ROLES.join(', ');
  throw new ChatroomsError('CHAT_ERR_OPTION', `There is no role ${JSON.stringify(role)}; there are ${known}.`);
}

/** What a switch has to know of the endpoints that others have in its rooms, so that it decides alone (RFC 7701 §6.2). */
import type { EndpointMedia } from '../focus-switch.js';
import type { NodeId } from './bus.js';

/** One endpoint at another switch; plain data. */
export interface MemberMedia {
  /** Unique among all switches that share rooms. */
  id: string;
  /** Room URI. */
  room: string;
  participant: string;
  /** URIs by which others address the participant. */
  toUris: readonly string[];
  moderator: boolean;
  privateMessages: boolean;
  /** It hears: its SDP does not say that it only sends (4975-8.9-02). */
  mayReceive: boolean;
  /** It is not in the room yet. */
  atDoor: boolean;
  /** As in its SDP (RFC 4975 §8.6); null when the attribute is absent. */
  acceptTypes: readonly string[];
  acceptWrappedTypes: readonly string[] | null;
}

/** The part of an endpoint that other switches are told of; to be told again whenever the endpoint was updated. */
export function memberMedia({ session: { direction, peer }, ...media }: EndpointMedia): MemberMedia {
  const { id, room, participant, toUris, moderator, privateMessages, atDoor = false } = media;
  return {
    id,
    room,
    participant,
    toUris,
    moderator,
    privateMessages,
    mayReceive: direction === 'sendrecv' || direction === 'sendonly',
    atDoor,
    acceptTypes: peer.acceptTypes,
    acceptWrappedTypes: peer.acceptWrappedTypes,
  };
}

/** What every switch is told of the endpoints of the others; the focus knows them all. */
export interface RemoteMembers {
  /**
   * An endpoint there is at another switch, or the latest facts of it. Its room is open here, and the bus reaches that
   * switch; of one that has left nothing is kept.
   *
   * @throws ChatroomsError `CHAT_ERR_ROOM_UNKNOWN` when it is not
   */
  set(node: NodeId, member: MemberMedia): void;
  /** It was removed; nothing happens when it is not known. */
  remove(endpoint: string): void;
}

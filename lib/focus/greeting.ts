/** What a room tells those who join. */
import { serializeCpim } from '../cpim/index.js';
import type { EndpointMedia } from '../focus-switch.js';
import { WrappedTypes } from '../sdp/index.js';
import type { Endpoint } from './endpoint.js';
import type { Participant } from './participant.js';
import { pseudonymNotice } from './pseudonym.js';
import type { Room } from './room.js';
import type { Seat } from './seat.js';

/** Names in the roster message; a message is no place for two thousand. */
const MAX_NAMES = 50;

const MAX_NAME_LENGTH = 100;

export interface Newcomer {
  participant: Participant;
  endpoint: Endpoint;
  /** As the switch knows the endpoint. */
  media: EndpointMedia;
}

/** What the room has to say to a newcomer whose session is there, once. */
export function greet(seat: Seat, now: Date): Buffer[] {
  const { room, participant, endpoint } = seat;
  const media = endpoint.media(room.uri, participant);
  if (seat.greeted || !media) return [];
  seat.greeted = true;
  return welcome(room, { participant, endpoint, media }, now);
}

/** The messages to a newcomer whose session is there, complete message/cpim bodies; none where it takes no plain text. */
export function welcome(room: Room, { participant, endpoint, media }: Newcomer, now: Date): Buffer[] {
  const { acceptTypes, acceptWrappedTypes } = media.session.peer;
  if (!new WrappedTypes(acceptTypes, acceptWrappedTypes).takes('text/plain')) return [];
  const { privateMessages } = media;
  const hint = { room: room.uri, uri: participant.uri, privateMessages };
  return [
    ...(endpoint.hiddenByRoom ? [pseudonymNotice(hint, now)] : []),
    ...(endpoint.chatUnaware && room.config.chatUnaware === 'greet' ? greeting(room, now) : []),
  ];
}

/**
 * 7701-11-01, to clients that do not know chat rooms: "a regular text message saying that this is a room and that messages
 * are distributed, and another with the roster"; from the room to the room.
 */
function greeting(room: Room, now: Date): Buffer[] {
  const name = printable(room.title);
  const address = { name, uri: room.uri };
  const message = (content: string): Buffer =>
    serializeCpim({ from: address, to: [address], dateTime: now, contentType: 'text/plain;charset=utf-8', content });
  return [
    message(`This is the chat room ${name}. What you write here is sent to everybody in it.`),
    message(rosterText(room)),
  ];
}

function rosterText({ participants }: Room): string {
  const names: string[] = [];
  for (const participant of participants.values()) {
    if (names.length === MAX_NAMES) break;
    names.push(printable(participant.name ?? participant.uri));
  }
  const more = participants.size - names.length;
  if (more > 0) names.push(`${more} more`);
  return `In the room: ${names.join(', ')}.`;
}

/** Display names come from the network: one line, of bounded length, without what would steer a terminal. */
const printable = (text: string): string =>
  Array.from(text.replace(/\p{C}+/gu, ' '))
    .slice(0, MAX_NAME_LENGTH)
    .join('');

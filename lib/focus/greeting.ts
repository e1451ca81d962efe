/** What a participant is told whose client does not know chat rooms (7701-11-01). */
import { serializeCpim } from '../cpim/index.js';
import type { Room } from './room.js';

/** Names in the roster message; a message is no place for two thousand. */
const MAX_NAMES = 50;

const MAX_NAME_LENGTH = 100;

/**
 * "a regular text message saying that this is a room and that messages are distributed, and another with the roster";
 * complete message/cpim bodies, from the room to the room.
 */
export function greeting(room: Room, now: Date): Buffer[] {
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

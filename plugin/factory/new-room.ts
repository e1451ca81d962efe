import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { ChatroomSettings } from '../options/options.js';
import { type RoomUri, roomUri } from '../sip/room-uri.js';

/** Octets. FAC-14: "unguessable (≥ 96 random bits)", as who knows it may come back by it. */
const RANDOM = 12;

/** FAC-14: the URI of a room that the factory makes, in the domain of the factory; "host = our domain (never an IP)". */
export function newRoomUri(factory: RoomUri, domains: ChatroomSettings['domain']): RoomUri {
  const name = `gc-${randomBytes(RANDOM).toString('hex')}`;
  const named = typeof domains === 'function' ? [] : domains.filter((domain) => !isAddress(domain));
  const domain = isAddress(factory.domain) ? (named[0] ?? factory.domain) : factory.domain;
  return roomUri(name, domain) ?? { uri: `sip:${name}@${domain}`, name, domain };
}

/** Whether such a room could have been made by a factory. */
export const isMadeByFactory = ({ name }: RoomUri): boolean => /^gc-[0-9a-f]{24}$/.test(name);

const isAddress = (host: string): boolean => isIP(host.replace(/^\[|\]$/g, '')) !== 0;

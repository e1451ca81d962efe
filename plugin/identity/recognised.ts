import type { Identity } from '../../lib/chat-server.js';
import { parseUri } from '../../lib/embedded-drachtio/message/index.js';
import type { AuthenticatedUser } from '../options/options.js';
import { addressOfRecord } from './address-of-record.js';

/** Who somebody was found to be, whatever From says. */
export type Recognised = AuthenticatedUser;

/**
 * The identity of who was recognised. IDN-03: what may be written as CPIM From follows from it, and From itself is part of
 * that only where it names the same person; what the caller asked about privacy goes on to hold.
 *
 * @throws ChatroomsError with `sipStatus` 400 for a `uri` that is no address
 */
export function recognised(user: Recognised, claimed: Identity): Identity {
  const uri = addressOfRecord(user.uri);
  const names = [uri, ...(user.aliases ?? [])];
  const same = names.some((name) => sameUser(name, claimed.uri));
  // 7701-5.2-06: the GRUU of its Contact, if the one who was recognised is whom From says.
  const own = same ? [claimed.uri, ...claimed.aliases] : [];
  const anonymous = user.anonymous ?? claimed.anonymous;
  return {
    uri,
    aliases: [...new Set([...(user.aliases ?? []), ...own])].filter((alias) => alias !== uri),
    displayName: anonymous ? null : (user.displayName ?? claimed.displayName),
    anonymous,
    anonymousUri: claimed.anonymousUri,
  };
}

/** Whether both are the same SIP user in the same domain: from which port somebody calls is no part of who that is. */
function sameUser(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)];
  return a && b ? a.user === b.user && a.host === b.host : one === other;
}

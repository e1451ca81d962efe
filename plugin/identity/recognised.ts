import type { Identity } from '../../lib/chat-server.js';
import type { AuthenticatedUser } from '../options.js';
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
  const same = names.some((name) => withoutPort(name) === withoutPort(claimed.uri));
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

/** Where somebody calls from is no part of who that is. */
const withoutPort = (uri: string): string => uri.replace(/:\d+$/, '').replace(/^sips:/, 'sip:');

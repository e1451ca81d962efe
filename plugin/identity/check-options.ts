import { ChatroomsError } from '../../lib/util/errors.js';
import { readBlock } from '../../lib/chat-server.js';
import type { AuthMode, ChatroomSettings } from '../options/options.js';

type IdentitySettings = Pick<ChatroomSettings, 'auth' | 'authenticate' | 'trustedPeers' | 'digest' | 'domain'>;

/**
 * Refuses ways to recognise callers that would let nobody in, or let in whom they should keep out.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION`
 */
export function checkIdentityOptions({ auth, authenticate, trustedPeers, digest, domain }: IdentitySettings): void {
  for (const block of trustedPeers) readBlock(block, 'trustedPeers');
  const sources = [digest.file, digest.lookup, digest.sql].filter((source) => source !== undefined);
  if (sources.length > 1) throw wrong('digest: file, lookup and sql exclude each other');
  // oxlint-disable-next-line no-control-regex -- controls are what must not get in
  if (/[\u0000-\u001f\u007f]/.test(digest.realm ?? '')) throw wrong('digest.realm: there are controls in it');
  // The handler takes the place of all three.
  if (authenticate) return;
  const modes = typeof auth === 'string' ? [auth] : Object.values(auth);
  if (modes.includes('digest') && sources.length === 0) {
    throw wrong("auth: 'digest' needs users; give digest.file, digest.lookup or digest.sql");
  }
  if (modes.includes('trusted-proxy') && trustedPeers.length === 0) {
    throw wrong("auth: 'trusted-proxy' needs trustedPeers, the addresses of the proxies");
  }
  if (typeof auth === 'string' || typeof domain === 'function') return;
  const forgotten = domain.find((name) => modeOf(auth, name) === undefined);
  if (forgotten !== undefined) throw wrong(`auth: the domain ${forgotten} is missing`);
}

/** How callers of rooms in that domain are recognised; undefined for a domain that was forgotten. */
export function modeOf(auth: ChatroomSettings['auth'], domain: string): AuthMode | undefined {
  if (typeof auth === 'string') return auth;
  return Object.entries(auth).find(([name]) => name.toLowerCase() === domain.toLowerCase())?.[1];
}

const wrong = (what: string): ChatroomsError => new ChatroomsError('CHAT_ERR_OPTION', `Option ${what}.`);

import { ownText } from '../../lib/util/own-text.js';
import { Recent } from '../../lib/util/recent.js';
import type { LegKind, PeerProfile } from '../../lib/chat-server.js';
import { isHandset, legKind } from '../handset/feature-tags.js';
import { header } from './header-values.js';
import type { InteropOptions } from '../options/options.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** SIP SIMPLE SDK (`sipsimple 5.5.0`), Blink (`Blink Pro 5.9.1 (MacOSX)`) and SylkServer. */
const AG_PROJECTS = /^\s*(?:sipsimple|blink|sylkserver)\b/i;

/**
 * SUB-11: whoever is known to keep no state of the conference package: SIP SIMPLE "treats each NOTIFY as the whole room",
 * handsets ignore version and state.
 */
export const keepsNoState = (message: Pick<SipRequest, 'get'>): boolean =>
  AG_PROJECTS.test(userAgent(message) ?? '') || isHandset(legKind(message));

/** What a peer calls itself, in a request or in a response (RFC 3261 §20.35, §20.41). */
export const userAgent = (message: Pick<SipRequest, 'get'>): string | undefined =>
  header(message, 'User-Agent') ?? header(message, 'Server');

/** Characters of the longest name kept, and how many names are: those of one product have the same object. */
const MAX_NAME = 128;
const REMEMBERED = 256;
const knownNames = new Recent<string>(REMEMBERED);

/** The same, to be kept as long as the peer is there. */
export function userAgentName(message: Pick<SipRequest, 'get'>): string | null {
  const given = userAgent(message)?.trim().slice(0, MAX_NAME);
  if (given === undefined || given === '') return null;
  const known = knownNames.get(given) ?? ownText(given);
  knownNames.set(known, known);
  return known;
}

/**
 * What a peer's User-Agent tells beside its SDP (D14, PBX-08).
 *
 * @param kind what its feature tags tell (CAP-06), where there may be handsets
 */
export function peerProfile(userAgent: string | undefined, interop: InteropOptions, kind?: LegKind): PeerProfile {
  const agProjects = AG_PROJECTS.test(userAgent ?? '');
  const decide = (policy: 'auto' | 'always' | 'never'): boolean =>
    !interop.strict && (policy === 'always' || (policy === 'auto' && agProjects));
  return {
    agProjects,
    // P-SDP-02: their engine reads the room's `a=chatroom` but never writes its own.
    assumePrivateMessages: decide(interop.assumePrivateMessages),
    // P-NICK-01: they write `Use-Nickname: Al`.
    lenientNickname: decide(interop.lenientNicknameQuoting),
    // No matter of strictness: a second chunk ends their session. MSRP-15: handsets glue messages that are interleaved
    // together.
    delivery: isHandset(kind) ? 'exact' : agProjects ? 'whole' : 'stream',
    ...(kind && { kind }),
  };
}

/** What the Reason header of a BYE says (RFC 3326), and what that means for who sent it. */
import type { EndReason, InviteOutcome } from '../../lib/chat-server.js';
import { param, parseParams, splitOutside } from '../../lib/embedded-drachtio/message/index.js';

/**
 * The SIP cause in a Reason header; null when it tells none. BYE-04: leniently: "several values by protocol, any parameter
 * order and case, missing cause, quoted commas".
 */
export function sipCause(reason: string | undefined): InviteOutcome | null {
  for (const value of splitOutside(reason ?? '', ',')) {
    const [protocol] = value.split(';', 1);
    if (protocol.trim().toUpperCase() !== 'SIP') continue;
    const params = parseParams(value.slice(value.indexOf(';') + 1));
    const cause = /^\d{3}$/.exec(param(params, 'cause')?.trim() ?? '')?.[0];
    if (cause !== undefined) return { status: Number(cause), reason: param(params, 'text') ?? '' };
  }
  return null;
}

/** How an endpoint ended whose peer sent BYE. @param lasting the room keeps its members when they are away */
export function endedBy(cause: InviteOutcome | null, lasting: boolean): EndReason {
  // BYE-01.
  if (!lasting) return 'departed';
  // BYE-02: "`Reason: SIP;cause=200` = left for good". BYE-03: "BYE with no Reason, or cause 408, 480, 500, 503 =
  // connection gone, membership stays".
  return cause?.status === 200 ? 'departed' : 'disconnected';
}

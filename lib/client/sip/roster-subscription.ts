/** What is the same in each subscription to the roster of a room (RFC 4575, RFC 6665), whichever SIP stack sends it. */

/** Seconds asked for; RFC 4575 §3.1 names 3600 as default. */
export const EXPIRES = 3600;
/** Subscriptions begun in a row without one document. */
export const MAX_ATTEMPTS = 3;

/** Reasons of RFC 6665 §4.1.3 after which a subscriber may subscribe again at once. */
const AGAIN: ReadonlySet<string> = new Set(['deactivated', 'timeout']);

/** @param reason of a Subscription-State that says `terminated`; empty for none */
export const maySubscribeAgain = (reason: string): boolean => AGAIN.has(reason.toLowerCase());

/** For people, why there is no roster any more. @param reason as for `maySubscribeAgain` */
export const endInWords = (reason: string): string =>
  reason.toLowerCase() === 'noresource' ? 'the room has ended' : `the room ended it (${reason || 'no reason'})`;

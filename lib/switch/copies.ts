import type { Confirm, RoomRules } from '../focus-switch.js';
import type { FailureReport } from '../msrp/index.js';
import type { Outgoing } from './outgoing.js';
import type { Recipient } from './relayed.js';

const REPORT: Readonly<Record<Confirm, FailureReport>> = { always: 'yes', partial: 'partial', never: 'no' };

/** What copies ask their recipients for (7701-6.3-04). A private message is to arrive, so it is always confirmed. */
export const reportOf = ({ confirm }: RoomRules, isPrivate: boolean): FailureReport =>
  isPrivate ? 'yes' : REPORT[confirm];

/**
 * Hands one complete message to its recipients: one shared body for all, and one for each To that some of them need (D7).
 *
 * @param rewrite the message with this To, asked for once each; null when all get it as it was written
 */
export function deliverCopies(
  message: Outgoing,
  recipients: readonly Recipient[],
  rewrite: ((to: string) => Outgoing) | null,
): void {
  let rewritten: Map<string, Outgoing> | undefined;
  for (const { outbox, roomToUri } of recipients) {
    if (roomToUri === null || rewrite === null) {
      outbox.deliver(message);
      continue;
    }
    rewritten ??= new Map();
    let variant = rewritten.get(roomToUri);
    if (!variant) {
      variant = rewrite(roomToUri);
      rewritten.set(roomToUri, variant);
    }
    outbox.deliver(variant);
  }
}

/** The users of a conference document that handsets can read (the `rcs` view of a roster). Pure. */
import type { DisconnectionMethod, Endpoint, User } from '../../conference-event/index.js';
import { belongs, reasonText } from '../members/ending.js';
import type { Member, Standing } from '../members/invitee.js';

/**
 * DOC-12: only statuses that handsets know, one other makes them throw the whole document away; DOC-18: and what these
 * mean to them, for each standing of a member.
 */
const SHOWN: Readonly<
  Record<Standing, { status: 'connected' | 'pending' } | { method: DisconnectionMethod | undefined }>
> = {
  connected: { status: 'connected' },
  // INVITED.
  'dialing-out': { status: 'pending' },
  alerting: { status: 'pending' },
  pending: { status: 'pending' },
  // DISCONNECTED, still a member.
  disconnected: { method: undefined },
  busy: { method: 'busy' },
  booted: { method: 'booted' },
  // DEPARTED.
  departed: { method: 'departed' },
  // FAILED; with 603 in its reason DECLINED.
  failed: { method: 'failed' },
  declined: { method: 'failed' },
};

/** Whether a handset may forget him once it was told: he does not belong to the room any more (DOC-17). */
export const isGone = ({ standing }: Member): boolean => !belongs(standing);

/** `<user>` of one member. DOC-15: never with `deleted`, never without endpoint. */
export function handsetUser(member: Member): User {
  const { uri, displayName, moderator } = member;
  return {
    // DOC-19: of somebody with a telephone number its `tel:` form, under which he is known here (IDN-06).
    entity: uri,
    state: 'full',
    displayText: displayName ?? undefined,
    // DOC-11.
    roles: [moderator ? 'administrator' : 'participant'],
    endpoints: [endpointOf(member)],
  };
}

/** Somebody who is gone, of whom nothing more is known. */
export const departedUser = ({ entity, displayText, roles }: User): User => ({
  entity,
  state: 'full',
  displayText,
  roles,
  endpoints: [{ entity, state: 'full', status: 'disconnected', disconnectionMethod: 'departed' }],
});

/** DOC-13, DOC-14: one for all devices, and without media, whose `<status>` would take the place of its own. */
function endpointOf({ uri: entity, standing, outcome, removedBy }: Member): Endpoint {
  const shown = SHOWN[standing];
  if ('status' in shown) {
    const { status } = shown;
    return { entity, state: 'full', status, ...(status === 'pending' && { joiningMethod: 'dialed-out' }) };
  }
  const reason = outcome ? reasonText(outcome) : undefined;
  const by = removedBy ?? undefined;
  const isTold = shown.method !== undefined && (reason !== undefined || by !== undefined);
  return {
    entity,
    state: 'full',
    status: 'disconnected',
    disconnectionMethod: shown.method,
    ...(isTold && { disconnectionInfo: { reason, by } }),
  };
}

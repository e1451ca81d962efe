import { refusal } from '../refusal.js';
import type { EndpointHandle, EndpointOwner, JoinRequest } from '../types.js';
import type { Invitations } from './invitations.js';
import type { InviteeHandle, InviteRequest } from './invitee.js';
import type { Invitation } from './member-record.js';

/** What the focus does for an invited one. */
export interface Usher {
  join: (request: JoinRequest, owner: EndpointOwner, invitation: Invitation | null) => EndpointHandle;
  /** Nobody comes of an invitation. */
  ended: () => void;
}

/** @throws ChatroomsError with `sipStatus` 403 or 486 */
export function begin(invitations: Invitations, request: InviteRequest, { join, ended }: Usher): InviteeHandle {
  const invitation = invitations.begin(request);
  // REF-10: "no second INVITE".
  if (typeof invitation === 'string') {
    const joined: InviteeHandle['join'] = (asked, owner) => join(asked, owner, null);
    return { state: invitation, ringing: () => {}, join: joined, ended: () => {} };
  }
  return {
    state: 'new',
    ringing: () => invitations.ringing(invitation),
    join: (asked, owner) => {
      // It might be another room of that name by now.
      if (invitation.state === 'called off') throw refusal.calledOff(request.room);
      return join(asked, owner, invitation.state === 'under way' ? invitation : null);
    },
    ended: (outcome) => {
      if (invitations.ended(invitation, outcome)) ended();
    },
  };
}

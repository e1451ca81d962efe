import { refusal } from '../refusal.js';
import type { EndpointHandle, EndpointOwner, JoinRequest } from '../types.js';
import type { InviteeHandle, InviteRequest } from './invitee.js';
import type { Invitation } from './member-record.js';

/** The room that invites, and what the focus does for it. */
export interface Host {
  readonly uri: string;
  invite(request: InviteRequest): Invitation | Exclude<InviteeHandle['state'], 'new'>;
  ringing(invitation: Invitation): void;
  unreached(invitation: Invitation, outcome: { status: number; reason: string }): boolean;
}

export interface Usher {
  join(request: JoinRequest, owner: EndpointOwner, invitation: Invitation | null): EndpointHandle;
  /** Nobody comes of an invitation. */
  ended(): void;
}

/** @throws ChatroomsError with `sipStatus` 403 or 486 */
export function inviteTo(room: Host, request: InviteRequest, { join, ended }: Usher): InviteeHandle {
  const invitation = room.invite(request);
  // REF-10: "no second INVITE".
  if (typeof invitation === 'string') {
    const joined: InviteeHandle['join'] = (asked, owner) => join(asked, owner, null);
    return { state: invitation, ringing: () => {}, join: joined, ended: () => {} };
  }
  return {
    state: 'new',
    ringing: () => room.ringing(invitation),
    join: (asked, owner) => {
      // It might be another room of that name by now.
      if (invitation.state === 'called off') throw refusal.calledOff(room.uri);
      return join(asked, owner, invitation.state === 'under way' ? invitation : null);
    },
    ended: (outcome) => {
      if (room.unreached(invitation, outcome)) ended();
    },
  };
}

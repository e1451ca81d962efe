import type { Endpoint as EndpointElement } from '../conference-event/index.js';
import { cpimUriKey } from '../cpim/index.js';
import type { EndpointMedia } from '../focus-switch.js';
import type { NegotiatedSession } from '../sdp/index.js';
import type { EndpointOwner, Identity, JoinRequest, PeerProfile } from './types.js';

/** Label of the one media stream of a room, the same in `available-media` and in each endpoint (DOC-06). */
export const CHAT_LABEL = 'chat';

export interface EndpointFacts {
  id: string;
  /** `endpoint@entity`: a token that tells nothing, never a Contact nor an MSRP URI (IDN-12, 4575-5.7-03, 4975-3-01). */
  entity: string;
  /** URIs it may write as CPIM From (7701-6.3-02). */
  fromUris: readonly string[];
  /** URIs by which others address its participant (7701-6.2-11). */
  toUris: readonly string[];
  request: JoinRequest;
  owner: EndpointOwner;
  /** It is the room that hides its participant, who did not ask for that. */
  hiddenByRoom: boolean;
}

/** One device of a participant: one SIP dialog and one MSRP session. */
export class Endpoint {
  readonly id: string;
  readonly entity: string;
  readonly identity: Identity;
  readonly profile: PeerProfile;
  readonly callId: string;
  readonly owner: EndpointOwner;
  readonly toUris: readonly string[];
  /** It is the room that hides its participant, so that its client knows nothing of it. */
  readonly hiddenByRoom: boolean;
  /** Its connection is gone, and whether it comes again is not known yet (P-CON-03). */
  lost = false;
  /** It is at the door, and has not said the password (JOIN-15). */
  asked = false;
  readonly #facts: EndpointFacts;
  #session: NegotiatedSession | null = null;
  #connectedAt: Date | null = null;

  constructor(facts: EndpointFacts) {
    this.#facts = facts;
    this.id = facts.id;
    this.entity = facts.entity;
    this.identity = facts.request.identity;
    this.profile = facts.request.profile;
    this.callId = facts.request.callId;
    this.owner = facts.owner;
    this.toUris = facts.toUris;
    this.hiddenByRoom = facts.hiddenByRoom;
  }

  /** Who called, before the room hid that: subscriptions of the same person tell no more (SUB-08). */
  get caller(): Identity {
    return this.hiddenByRoom ? { ...this.identity, anonymous: false } : this.identity;
  }

  /** Null until the INVITE was answered with a session. */
  get session(): NegotiatedSession | null {
    return this.#session;
  }

  /** When it joined; null before. */
  get connectedAt(): Date | null {
    return this.#connectedAt;
  }

  /** It knows rooms neither by its SDP (7701-8-09) nor by what its User-Agent tells (P-SDP-02). */
  get chatUnaware(): boolean {
    return this.#session !== null && this.#session.peer.chatroom === null && !this.profile.agProjects;
  }

  connected(session: NegotiatedSession, at: Date): void {
    this.#session = session;
    this.#connectedAt = at;
  }

  /** 7701-8-08: "A later offer/answer replaces earlier values". */
  updated(session: NegotiatedSession): void {
    this.#session = session;
  }

  /** What the switch has to know; null before there is a session. */
  media(room: string, participant: { key: string; moderator: boolean; mayWrite: boolean }): EndpointMedia | null {
    const session = this.#session;
    if (!session) return null;
    const { chatroom } = session.peer;
    const { assumePrivateMessages, delivery, lenientNickname } = this.profile;
    return {
      id: this.id,
      room,
      participant: participant.key,
      moderator: participant.moderator,
      mayWrite: participant.mayWrite,
      atDoor: this.asked,
      fromUris: this.#facts.fromUris,
      toUris: this.toUris,
      hiddenUris: this.identity.anonymous ? [this.identity.uri, ...this.identity.aliases] : [],
      roomAliases: this.#facts.request.roomAliases,
      session,
      privateMessages: (chatroom?.privateMessages ?? false) || assumePrivateMessages,
      // Who does not know rooms hardly expects a message in pieces between others.
      delivery: chatroom === null ? 'whole' : delivery,
      roomToUri: this.#roomToUri(room),
      lenientNickname,
    };
  }

  /** D7: their engine takes any To but the URI it dialled for a private message. */
  #roomToUri(room: string): string | null {
    if (!this.profile.agProjects) return null;
    const key = cpimUriKey(room);
    return this.#facts.request.roomAliases.find((alias) => cpimUriKey(alias) !== key) ?? null;
  }

  /** 4575-5.7-01. */
  element(nickname: string | null): EndpointElement {
    return {
      entity: this.entity,
      state: 'full',
      displayText: nickname ?? undefined,
      status: 'connected',
      // DOC-23.
      joiningMethod: this.#facts.request.method,
      joiningInfo: { when: this.#connectedAt ?? undefined },
      // 4575-5.7-01: the status is that from the participant's view, so as the peer wrote it.
      media: [{ id: '1', type: 'message', label: CHAT_LABEL, status: this.#session?.peer.direction }],
    };
  }
}

import type { Endpoint as EndpointElement, Execution } from '../conference-event/index.js';
import { cpimUriKey } from '../cpim/index.js';
import type { EndpointMedia } from '../focus-switch.js';
import type { Direction, NegotiatedSession } from '../sdp/index.js';
import type { EndpointOwner, Identity, JoinRequest, PeerProfile } from './types.js';

/** Labels of the media streams of a room, the same in `available-media` and in each endpoint (DOC-06). */
export const CHAT_LABEL = 'chat';
export const AUDIO_LABEL = 'audio';

/** CPIM-05: what handsets write to when they mean everybody. */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid';

export interface EndpointFacts {
  id: string;
  /** `endpoint@entity`: a token that tells nothing, never a Contact nor an MSRP URI (IDN-12, 4575-5.7-03, 4975-3-01). */
  entity: string;
  /** URIs it may write as CPIM From (7701-6.3-02). */
  fromUris: readonly string[];
  /** URIs by which others address its participant (7701-6.2-11). */
  toUris: readonly string[];
  request: JoinRequest;
  /** URIs that denote the room beside those of the request (PBX-02). */
  aliases: readonly string[];
  owner: EndpointOwner;
  /** It is the room that hides its participant, who did not ask for that. */
  hiddenByRoom: boolean;
  /** When and by whom it was invited. */
  referred?: Execution;
  /** When its device joined, with an endpoint whose place this one takes (JOIN-08). */
  since?: Date;
}

/** The connection that its MSRP session is bound to. */
export interface Link {
  /** Address and port of the peer; null when not known. */
  remote: string | null;
  /** It reads too slowly (RFC 7701 §6.4). */
  congested: boolean;
  /** Octets that waited for it when that changed last. */
  pendingBytes: number;
}

/** One device of a participant: one SIP dialog and one MSRP session. */
export class Endpoint {
  readonly id: string;
  readonly entity: string;
  readonly identity: Identity;
  readonly profile: PeerProfile;
  readonly callId: string;
  /** What the peer calls itself; null when it did not say. */
  readonly userAgent: string | null;
  /** Which device it is; null when not known (JOIN-08). */
  readonly instance: string | null;
  /** Id of the endpoint whose place it asked for (JOIN-12); null when it named none. */
  readonly replaces: string | null;
  readonly owner: EndpointOwner;
  readonly toUris: readonly string[];
  /** It is the room that hides its participant, so that its client knows nothing of it. */
  readonly hiddenByRoom: boolean;
  /** Its connection is gone, and whether it comes again is not known yet (P-CON-03). */
  lost = false;
  /** Null while its session has no connection. */
  link: Link | null = null;
  /** It is at the door, and has not said the password (JOIN-15). */
  asked = false;
  /** The audio stream beside the chat, as the participant sees it; null for none (SDP-13). */
  audio: Direction | null = null;
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
    this.userAgent = facts.request.userAgent ?? null;
    this.instance = facts.request.instance ?? null;
    this.replaces = facts.request.replaces ?? null;
    this.owner = facts.owner;
    this.toUris = facts.toUris;
    this.hiddenByRoom = facts.hiddenByRoom;
  }

  /** `dialed-in`, or `dialed-out` for one that the room called. */
  get method(): JoinRequest['method'] {
    return this.#facts.request.method;
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

  /** When the device joined, with the first of its endpoints. */
  get joinedAt(): Date | null {
    return this.#facts.since ?? this.#connectedAt;
  }

  /** PBX-09: it knows rooms neither by its SDP (7701-8-09) nor by what its User-Agent (P-SDP-02) or its feature tags tell. */
  get chatUnaware(): boolean {
    const knowing = this.profile.agProjects || this.#isHandset;
    return this.#session !== null && this.#session.peer.chatroom === null && !knowing;
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
      roomAliases: this.#roomAliases,
      session,
      privateMessages: (chatroom?.privateMessages ?? false) || assumePrivateMessages,
      // Who does not know rooms hardly expects a message in pieces between others.
      delivery: chatroom === null && delivery === 'stream' ? 'whole' : delivery,
      roomToUri: this.#roomToUri(room),
      lenientNickname,
      softReject: this.#isHandset,
    };
  }

  /** CPIM-05: where there may be handsets, from everybody: what they wrote is answered in their words. */
  get #roomAliases(): readonly string[] {
    const known = [...this.#facts.request.roomAliases, ...this.#facts.aliases];
    return this.profile.kind === undefined ? known : [...known, ANONYMOUS];
  }

  get #isHandset(): boolean {
    return this.profile.kind === 'simple-im' || this.profile.kind === 'cpm';
  }

  /** D7, PBX-02: their engine takes any To but the URI it dialled for a private message. */
  #roomToUri(room: string): string | null {
    // CPIM-06: and so does every client that does not know what handsets write to everybody.
    const readable = this.profile.kind === 'plain' ? room : null;
    if (!this.profile.agProjects) return readable;
    const key = cpimUriKey(room);
    return this.#facts.request.roomAliases.find((alias) => cpimUriKey(alias) !== key) ?? readable;
  }

  /** 4575-5.7-01. */
  element(nickname: string | null): EndpointElement {
    return {
      entity: this.entity,
      state: 'full',
      displayText: nickname ?? undefined,
      // DOC-23.
      referred: this.#facts.referred,
      status: 'connected',
      joiningMethod: this.#facts.request.method,
      joiningInfo: { when: this.joinedAt ?? undefined },
      // 4575-5.7-01: the status is that from the participant's view, so as the peer wrote it.
      media: [
        { id: '1', type: 'message', label: CHAT_LABEL, status: this.#session?.peer.direction },
        ...(this.audio ? [{ id: '2', type: 'audio', label: AUDIO_LABEL, status: this.audio }] : []),
      ],
    };
  }
}

/**
 * What a chat participant asks of a SIP user agent: one call to one room (RFC 7701 §5.2) and, beside it, one subscription to
 * the room's conference event package (RFC 4575). `NodeSignalling` speaks SIP over UDP, TCP and TLS; a browser puts a WebSocket
 * user agent behind the same interface.
 */
export interface Signalling {
  /**
   * Opens sockets and says how the user agent will be seen. Called once, first.
   * @throws ChatroomsError `CHAT_ERR_SIP_UNREACHABLE`
   */
  open(call: Call, delegate: SignallingDelegate): Promise<LocalSide>;

  /**
   * Sends the INVITE and acknowledges its answer.
   * @param offer SDP
   * @throws ChatroomsError `CHAT_ERR_JOIN_REFUSED` (with `sipStatus`), `CHAT_ERR_SIP_TIMEOUT`
   */
  invite(offer: string): Promise<InviteAnswer>;

  /**
   * Sends a new offer within the call; absent where the user agent cannot.
   * @returns SDP of the answer
   * @throws ChatroomsError `CHAT_ERR_OFFER_REFUSED` (with `sipStatus`), `CHAT_ERR_SIP_TIMEOUT`
   */
  reinvite?(offer: string): Promise<string>;

  /**
   * Subscribes to the roster and keeps the subscription alive until `bye`; documents arrive at `onConferenceInfo`. Called
   * again it asks for the full state anew (RFC 4575 §4.6).
   * @throws ChatroomsError `CHAT_ERR_ROSTER_REFUSED` (with `sipStatus`): the call goes on without a roster
   */
  subscribe(): Promise<void>;

  /** Ends subscription and call; resolves when the peer has answered or the transaction timed out. Never rejects. */
  bye(): Promise<void>;

  /** Lets go of sockets and timers at once, without a word to the peer. */
  close(): void;
}

/** Who calls which room. */
export interface Call {
  /** Room URI as dialled: Request-URI and To. */
  room: string;
  /** Own URI: From. */
  from: string;
  displayName?: string;
  /** `from` is an anonymous URI; the room is asked for privacy as well (`Privacy: id`). @defaultValue false */
  anonymous?: boolean;
}

/** How the user agent is seen by others. */
export interface LocalSide {
  /** Address of ours that the peer can reach, for `c=` and `a=path`; a browser gives a random `.invalid` host (RFC 7977 §5.2). */
  host: string;
}

/** How a room answered. */
export interface InviteAnswer {
  /** SDP of the 2xx. */
  sdp: string;
  /** Contact of the focus, without angle brackets. */
  contact: string;
  /** Whether the Contact carries `isfocus` (RFC 4579 §5.1): a room rather than a single user agent. */
  isFocus: boolean;
}

/** Why the call ended without us asking. */
export interface CallEnd {
  /** `removed`: BYE from the focus; `lost`: the peer or the network no longer answers. */
  kind: 'removed' | 'lost';
  /** Cause of a SIP Reason header (RFC 3326), or of the failed request. */
  cause?: number;
  /** For people. */
  text: string;
}

/** What a user agent tells its participant. */
export interface SignallingDelegate {
  /** A subscription begins; documents of an earlier one say nothing about its versions. */
  onSubscribing(): void;
  onConferenceInfo(document: string): void;
  /** The roster subscription ended and could not be restored. */
  onSubscriptionEnd(reason: string): void;
  /**
   * A re-INVITE or UPDATE with a new offer, or (`undefined`) one that asks for ours.
   * @returns our SDP, or `undefined` to refuse with 488
   */
  onOffer(sdp: string | undefined): string | undefined;
  /** Answer to an offer that `onOffer` made, read from the ACK. */
  onAnswer(sdp: string): void;
  onEnd(end: CallEnd): void;
}

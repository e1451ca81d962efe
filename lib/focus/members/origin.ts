/** What the INVITE that made a room said of it (FAC-15), beside the configuration: it never changes. */
export interface RoomOrigin {
  /** Contribution-ID, the same in every INVITE of the room. */
  readonly contributionId: string;
  /** Conversation-ID; null when there was none. */
  readonly conversationId: string | null;
  /** InReplyTo-Contribution-ID (FAC-19); null when there was none. */
  readonly inReplyTo: string | null;
  /** Subject, octet for octet as it was written (FAC-17); null when there was none. */
  readonly subject: string | null;
  /** URI of who made the room, as authenticated. */
  readonly creator: string;
}

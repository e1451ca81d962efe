/** What the INVITE that made a room said of it (FAC-15), beside the configuration. */
export interface RoomOrigin {
  /** The same in every INVITE of the room. */
  readonly contributionId: string;
  readonly conversationId: string | null;
  /** InReplyTo-Contribution-ID (FAC-19). */
  readonly inReplyTo: string | null;
  /** Octet for octet as it was written (FAC-17). */
  readonly subject: string | null;
  /** URI of who made the room, as authenticated. */
  readonly creator: string;
}

/** The origin that a room of the focus has, if it has any. */
export function originIn(room: object | undefined): RoomOrigin | null {
  const origin: unknown = room && Reflect.get(room, 'origin');
  return isOrigin(origin) ? origin : null;
}

const isOrigin = (value: unknown): value is RoomOrigin =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'contributionId') === 'string';

/** A message that everybody in a room was sent, and that the room keeps. */
export interface KeptMessage {
  /** Its number in the room; later ones have higher ones. */
  readonly id: number;
  /** In ms since the epoch. */
  readonly time: number;
  /** CPIM From as written: what the others saw. */
  readonly from: string;
  /** That of the sender then. */
  readonly nickname: string | null;
  /** Lower case, without parameters. */
  readonly contentType: string;
  /** The complete message/cpim body; null when it was too large to be kept. */
  readonly body: Buffer | null;
  /** Octets of the message/cpim body. */
  readonly size: number;
  /** Message-ID of MSRP; null for a message of a program. */
  readonly messageId: string | null;
}

/** What is to become of the messages of a room. */
export interface LogChange {
  /** None of those there are stay. */
  readonly wipe: boolean;
  /** Those with lower ids go. */
  readonly oldest: number;
  /** Oldest first. */
  readonly added: readonly KeptMessage[];
}

/** What was said in rooms, by their key. */
export interface MessageLog {
  /** Rooms of which there is something. */
  rooms(): string[];
  /** The newest of a room, oldest first. */
  newest(room: string, count: number): KeptMessage[];
  /**
   * Writes all of it or nothing.
   *
   * @throws Error when it cannot be written; what was there before stays
   */
  write(changes: ReadonlyMap<string, LogChange>): void;
}

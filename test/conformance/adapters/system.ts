import type { ExpectedVerdict, Vector } from '../vectors.js';

/** What one message or NICKNAME led to in the room. */
export interface RoomVerdict extends ExpectedVerdict {
  /** Content handed to the recipients, for the check that it equals what was received; absent when none was. */
  forwarded?: Buffer;
}

/**
 * An MSRP endpoint, relay user or room with the sessions and participants of the default context in
 * test/vectors/README.md, seen from one connection.
 */
export interface SystemUnderTest {
  /** Bytes that arrive on the connection under test. */
  feed(bytes: Buffer): void;
  /** Resolves when everything that follows from the bytes fed so far has happened. */
  settled(): Promise<void>;
  /** All bytes written back on the connection under test. */
  replies(): Buffer;
  /** One entry per message or NICKNAME, in order (role `switch`). */
  verdicts(): RoomVerdict[];
  close(): void;
}

/** Makes a fresh system in the role and context of a vector. */
export type SystemFactory = (vector: Vector) => SystemUnderTest;

import type { Stream } from '../../lib/sdp/index.js';

/** The audio of one endpoint as its room's call sees it. */
export interface Party {
  /** Nobody can guess it, and no other party of the call has or had it. */
  readonly tag: string;
  /** The others are to hear silence. */
  readonly muted: boolean;
  /** Somebody else came, whose stream is to be had. */
  came(publisher: string): void;
  left(publisher: string): void;
  /** rtpengine has lost the call: there is no audio any more. */
  lost(): void;
}

/** The call of one room at rtpengine, from its first party to its last. */
export interface RoomCall {
  readonly id: string;
  readonly size: number;
  /** Resolves with what to answer the party's m-line with, or with null when it gets none. */
  join(party: Party, sdp: string): Promise<Stream | null>;
  /** Another description of a party that joined. */
  update(party: Party, sdp: string): Promise<Stream | null>;
  /** Idempotent. */
  leave(party: Party): void;
  /** `muted` of the party is another now. */
  muted(party: Party): void;
}

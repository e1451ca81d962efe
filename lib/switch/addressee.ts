/** What routing needs to know of who may receive, here or at another switch. */
export interface Addressee {
  readonly id: string;
  readonly participant: string;
  readonly privateMessages: boolean;
  /** Its participant moderates the room. */
  readonly moderator: boolean;
  /** What it declared in SDP: a deaf one is skipped (4975-8.9-02). */
  readonly mayReceive: boolean;
  takes(wrappedType: string): boolean;
}

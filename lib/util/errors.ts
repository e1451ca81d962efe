/** Stable, and listed in docs/errors.md. */
export type ErrorCode = `CHAT_ERR_${string}`;

/** What goes with an error beside its code and message. */
export interface ErrorDetails {
  /** SIP status to answer with when the error reaches a SIP peer. */
  sipStatus?: number;
  /** MSRP status to answer with when the error reaches an MSRP peer. */
  msrpStatus?: number;
  /** What a Warning header says to a SIP peer, where that is fixed. @defaultValue the message */
  warning?: string;
  /** Name of the option that says how much is too much. @defaultValue what the code says, if anything */
  limit?: string;
  /** What was thrown before, and led to this. */
  cause?: unknown;
}

/** Every error the library throws: `code` is stable and listed in docs/errors.md, the message names cause and fix. */
export class ChatroomsError extends Error {
  /** Which error it is: to be compared with, as the message may change. */
  readonly code: ErrorCode;
  /** SIP status that a peer is answered with, or that it answered with; undefined where SIP has no part in it. */
  readonly sipStatus: number | undefined;
  /** The same of MSRP. */
  readonly msrpStatus: number | undefined;
  /** What a Warning header says to a SIP peer; undefined for the message. */
  readonly warning: string | undefined;
  /** Name of the option that says how much is too much. */
  readonly limit: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'ChatroomsError';
    this.code = code;
    this.sipStatus = details.sipStatus;
    this.msrpStatus = details.msrpStatus;
    this.warning = details.warning;
    this.limit = details.limit;
  }
}

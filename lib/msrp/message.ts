/** Requests and responses as the parser hands them out (RFC 4975 §7). */
import type { ByteRange } from './byte-range.js';
import type { ReportStatus } from './status.js';

/** `$` last chunk of the message, `+` more follow, `#` the sender gives the message up (4975-7.1-03). */
export type Flag = '$' | '+' | '#';

/** Whether a sender wants to hear of failures (RFC 4975 §7.1.2). */
export type FailureReport = 'yes' | 'no' | 'partial';

/** Name as written, value without the white space around it. */
export type Header = readonly [name: string, value: string];

/** The frame was delimited but its content is not acceptable; the stream goes on behind it. */
export type FrameError =
  | 'method'
  | 'status-code'
  | 'header-syntax'
  | 'header-value'
  | 'duplicate-header'
  | 'to-path-missing'
  | 'from-path-missing'
  | 'to-path'
  | 'from-path'
  | 'path-order'
  | 'message-id-missing'
  | 'message-id'
  | 'success-report'
  | 'failure-report'
  | 'byte-range'
  | 'status-missing'
  | 'status'
  | 'content-type'
  | 'content-type-missing'
  | 'body-missing'
  | 'body-size'
  | 'flag';

/** There is no usable frame boundary any more; the connection is to be closed (4975-9-03, P-LIM-01, P-LIM-02). */
export type FatalError = 'start-line' | 'transaction-id' | 'line-too-long' | 'too-many-headers';

/** What requests and responses have in common. */
export interface Head {
  tid: string;
  /** URIs in the order received; empty when the header is missing or malformed. */
  toPath: readonly string[];
  fromPath: readonly string[];
  /** As received, in order, values without surrounding white space; MIME headers of the body among them (4975-7.1-19). */
  headers: readonly Header[];
  /** Empty for an acceptable head; more can be found at the end of the frame. */
  errors: readonly FrameError[];
}

/** A request (RFC 4975 §7.1): all but its body, which follows. */
export interface Request extends Head {
  kind: 'request';
  /** Case-sensitive; `SEND`, `REPORT`, `NICKNAME`, `AUTH` or one that gets 501. */
  method: string;
  messageId: string | null;
  byteRange: ByteRange | null;
  /** Effective value: absent means false (4975-7.1.1-04). */
  successReport: boolean;
  /** Effective value: absent means yes; what a malformed one would say is not known, so it counts as yes. */
  failureReport: FailureReport;
  /** The names of report headers that were present; NICKNAME must have none (7701-7.1-04). */
  hasReportHeaders: boolean;
  status: ReportStatus | null;
  contentType: string | null;
  /** Use-Nickname exactly as written, quotes included: a malformed one is 424, not 400. */
  useNickname: string | null;
}

/** A response (RFC 4975 §7.2). */
export interface Response extends Head {
  kind: 'response';
  status: number;
  /** null absent, '' empty. */
  comment: string | null;
}

/** A frame, but for its body and end. */
export type Message = Request | Response;

/** What follows a head until its end-line. */
export interface FrameEnd {
  flag: Flag;
  /** Whether the frame had a body at all: an empty body is a message, no body is only traffic (4975-7.1-07). */
  hasBody: boolean;
  /** Octets of the body, counted: what Byte-Range says of them decides nothing (4975-7.3.1-02, 4975-7.3.1-11). */
  bodyLength: number;
  /** The head's errors and those only the end could show; empty for an acceptable frame. */
  errors: readonly FrameError[];
}

/**
 * What the parser calls, in this order per frame: `head`, `body`*, `end`. After `fatal` nothing follows.
 * A `piece` is a slice of the buffer given to the parser: copy what outlives the call.
 */
export interface MessageSink {
  head(message: Message): void;
  body(piece: Buffer): void;
  end(end: FrameEnd): void;
  fatal(error: FatalError): void;
  /** Asked in front of every frame: frames the owner takes itself end where the returned index points. */
  between?(bytes: Buffer, at: number): number;
}

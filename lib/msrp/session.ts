/** One MSRP session: a pair of paths, bound to at most one connection (RFC 4975 §5.4). */
import { TransactionIds } from './ids.js';
import type { FrameEnd, Request } from './message.js';
import { formatReport, formatResponse } from './serializer.js';

/** What a session does with what arrives for it. Called synchronously, in the order of the wire. */
export interface SessionHandler {
  /** A request on `connection` identifies the session, which is bound nowhere. @defaultValue `'bind'` */
  admits?(connection: Binding): Admission;
  /** The first request identified the session: from now on it may be written to (4975-5.4-04). */
  bound(): void;
  /** The head of a SEND, REPORT or NICKNAME that is acceptable so far. */
  head(request: Request): void;
  /** A slice of its body, valid until `settle` or `end` returns. */
  body(piece: Buffer): void;
  /** The read ended inside the body: slices kept by reference must be copied now. */
  settle(): void;
  /** The request is complete and well-formed. */
  end(request: Request, end: FrameEnd): void;
  /** The request turned out malformed and was answered; forget its octets. */
  abandon(request: Request): void;
  /** The final response to one of our requests, `count` as in its transaction id. */
  response(count: number, status: number): void;
  /** The connection failed or closed, and with it the session (4975-5.4-08). */
  lost(): void;
}

/** Whether a session is bound to the connection a request for it came on. */
export type Admission =
  | 'bind'
  /** Not here: the request finds no session (481). */
  | 'refuse'
  /** Not here, and the connection is closed: its peer is not who the SDP promised. */
  | 'close';

/** The connection a session is bound to, as the session needs it. */
export interface Binding {
  /** Queues a complete frame. */
  write(frame: string): void;
  /** The same with the answer to a request, which may still be arriving. */
  answer(request: Request, frame: string): void;
  /** The session ended. */
  release(session: Session): void;
}

/** An MSRP session: our URI and the path of its peer, and the connection it is bound to. */
export class Session {
  /** Ours; a re-offer that moves the peer brings another one (4975-8.4-03). `Sessions` has to hear of it. */
  localUri: string;
  readonly ids = new TransactionIds();
  readonly handler: SessionHandler;
  /** The peer's path: To-Path of our requests, its own URI last (4975-8.2-03). */
  remotePath: readonly string[];
  connection: Binding | null = null;

  constructor(localUri: string, remotePath: readonly string[], handler: SessionHandler) {
    this.localUri = localUri;
    this.remotePath = remotePath;
    this.handler = handler;
  }

  /** Answers on the connection that carried the request; if it is gone, drops the answer (4975-7.2-06). */
  respond(request: Request, status: number): void {
    if (!mayRespond(request, status)) return;
    this.connection?.answer(request, formatResponse(request.tid, status, responsePath(request), [this.localUri]));
  }

  /**
   * 4975-7.1.3-02, 4975-7.1.3-05: a success report (4975-7.1.2-04) covers all octets and goes along the whole From-Path.
   * A session that ended sends none (4975-7.1.2-06).
   */
  reportSuccess(request: Request, length: number): void {
    this.connection?.write(
      formatReport({
        tid: this.ids.next(),
        toPath: request.fromPath,
        fromPath: [this.localUri],
        messageId: request.messageId ?? '',
        byteRange: { start: 1, end: length, total: length },
        status: 200,
      }),
    );
  }
}

/**
 * 4975-7.2-04, 4975-7.2-05: SEND is answered to the previous hop only, any other method along the whole path. Relays show
 * in nothing else (4976-5.3-01).
 */
export function responsePath(request: Request): readonly string[] {
  return request.method === 'SEND' ? request.fromPath.slice(0, 1) : request.fromPath;
}

/**
 * Whether an answer may be sent at all: a REPORT is never answered (4975-7.2-07); for a SEND, Failure-Report `no`
 * silences everything and `partial` the 200 (4975-7.2-02); other methods are always answered (4975-7.2-08), except that
 * whose session is unknown may ask not to hear of it (4975-7.3-01).
 */
export function mayRespond(request: Request, status: number): boolean {
  if (request.method === 'REPORT') return false;
  if (request.failureReport === 'yes') return true;
  if (request.method !== 'SEND') return status !== 481 || request.failureReport !== 'no';
  return request.failureReport === 'partial' && status !== 200;
}

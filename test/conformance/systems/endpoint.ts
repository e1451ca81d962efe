/** A plain RFC 4975 endpoint that takes every content type, built from lib/msrp. */
import {
  type FrameEnd,
  parseUseNickname,
  Reassembler,
  type Request,
  Session,
  type SessionHandler,
} from '../../../lib/msrp/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import type { RoomVerdict, SystemUnderTest } from '../adapters/system.js';
import type { Vector } from '../vectors.js';
import { ALICE, ANON, BOB, type ContextSession, NEWBIE, V6 } from './context.js';
import { type Line, Lines, turn } from './line.js';

class EndpointSession implements SessionHandler {
  readonly session: Session;
  readonly #reassembler: Reassembler;
  #body: Buffer[] = [];

  constructor({ localUri, peerUri }: Pick<ContextSession, 'localUri' | 'peerUri'>, clock: ManualClock) {
    this.session = new Session(localUri, [peerUri], this);
    this.#reassembler = new Reassembler({ clock });
  }

  bound(): void {
    this.#body = [];
  }

  lost(): void {
    this.#reassembler.close();
  }

  head(): void {
    this.#body = [];
  }

  body(piece: Buffer): void {
    this.#body.push(Buffer.from(piece));
  }

  settle(): void {
    // Every piece was copied.
  }

  abandon(): void {
    this.#body = [];
  }

  response(): void {
    // Nothing was asked.
  }

  end(request: Request, { flag, hasBody }: FrameEnd): void {
    if (request.method === 'REPORT') return;
    if (request.method === 'NICKNAME') return this.session.respond(request, nicknameStatus(request));
    if (!hasBody) return this.session.respond(request, 200);
    const bytes = Buffer.concat(this.#body);
    const result = this.#reassembler.add(request.messageId!, { start: request.byteRange?.start, bytes, flag });
    if (result.kind === 'refused') return this.session.respond(request, result.status);
    this.session.respond(request, 200);
    if (result.kind === 'complete' && request.successReport) this.session.reportSuccess(request, result.bytes.length);
  }
}

/** A peer without a room to ask: any well-formed nickname will do. */
function nicknameStatus(request: Request): number {
  if (request.useNickname === null || request.hasReportHeaders) return 400;
  return parseUseNickname(request.useNickname) === null ? 424 : 200;
}

export class EndpointSystem implements SystemUnderTest {
  readonly #clock = new ManualClock();
  readonly #lines = new Lines(this.#clock);
  readonly #line: Line;

  constructor(vector: Vector) {
    this.#line = this.#lines.open();
    const { connection, session, extraUnbound = [] } = vector.context;
    const tested = connection === 'new' ? null : session === 'anon#1' ? ANON : session === 'v6#1' ? V6 : ALICE;
    const bound = new Set([ALICE, BOB, ANON, V6].filter((s) => s === tested || s === ALICE || s === BOB));
    const unbound = extraUnbound.map((localUri) => ({ localUri, peerUri: ALICE.peerUri }));
    const elsewhere = this.#lines.open();
    for (const known of [...bound, NEWBIE, ...unbound]) {
      const { session: made } = new EndpointSession(known, this.#clock);
      this.#lines.sessions.add(made);
      if (known === tested) this.#line.driver.connection.bind(made);
      else if (bound.has(known as ContextSession)) elsewhere.driver.connection.bind(made);
    }
  }

  feed(bytes: Buffer): void {
    this.#line.driver.events.data(bytes);
  }

  settled(): Promise<void> {
    return turn();
  }

  replies(): Buffer {
    return this.#line.written;
  }

  verdicts(): RoomVerdict[] {
    return [];
  }

  close(): void {
    this.#line.driver.events.closed();
  }
}

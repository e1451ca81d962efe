import type { LossReason } from '../../lib/focus-switch.js';
import { Session, type SessionHandler, Sessions } from '../../lib/msrp/index.js';
import { Outbox, OUTBOX_DEFAULTS, type OutboxOptions } from '../../lib/switch/outbox.js';
import { Outgoing } from '../../lib/switch/outgoing.js';
import { Driver } from '../../lib/transport/driver.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from './manual-clock.js';
import { framesOf, isRequest, response } from './msrp-frames.js';
import { ScriptedStream } from './scripted-stream.js';

const nothing = (): void => undefined;

export const PEER = 'msrp://peer.example:7000/peer;tcp';

/** A session on the connection, and what writes to it. */
export interface Sender {
  session: Session;
  outbox: Outbox;
  failures: LossReason[];
  /** What it was told of messages it missed. */
  missed: number[];
}

/** One scripted connection that several sessions write to. */
export class OutboxWorld {
  readonly clock = new ManualClock();
  readonly stream = new ScriptedStream();
  readonly sessions = new Sessions();
  readonly driver: Driver;

  constructor() {
    this.driver = new Driver(this.stream, this.sessions, { clock: this.clock }, silent);
    this.stream.driver = this.driver;
  }

  sender(
    name: string,
    delivery: 'stream' | 'whole' | 'exact' = 'stream',
    maxPendingBytes = 4_194_304,
    more: Partial<OutboxOptions> = {},
  ): Sender {
    const failures: LossReason[] = [];
    const missed: number[] = [];
    let outbox: Outbox | undefined;
    const handler: SessionHandler = {
      bound: nothing,
      head: nothing,
      body: nothing,
      settle: nothing,
      end: (received) => session.respond(received, 200),
      abandon: nothing,
      response: (count, status) => outbox?.response(count, status),
      lost: () => outbox?.detach(),
    };
    const session = new Session(`msrp://room.example:2855/${name};tcp`, [PEER], handler);
    this.sessions.add(session);
    const limits = { maxPendingBytes, responseTimeout: 30_000, congestionTimeout: 120_000, ...more };
    const options = { ...OUTBOX_DEFAULTS, clock: this.clock, ...limits };
    outbox = new Outbox(session, delivery, options, {
      fail: (reason) => failures.push(reason),
      missed: (count) => missed.push(count),
      congested: nothing,
      dropped: nothing,
    });
    this.driver.connection.bind(session);
    outbox.attach(this.driver);
    return { session, outbox, failures, missed };
  }

  /** What the peer says. */
  says(text: string): void {
    this.driver.events.data(Buffer.from(text, 'latin1'));
  }

  /** Answers every SEND the peer has read with 200. */
  answerAll(): void {
    for (const frame of framesOf(this.stream.read).filter(isRequest)) {
      if (frame.message.method === 'SEND')
        this.says(response(frame.message.tid, '200 OK', frame.message.fromPath[0], PEER));
    }
  }
}

/** Until this turn's writes have left. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until the stream has taken all there is. */
export async function drained({ stream }: OutboxWorld): Promise<void> {
  for (;;) {
    const before = stream.read.length;
    stream.drain();
    await turn();
    if (stream.read.length === before && stream.buffered === 0) return;
  }
}

export const octets = (length: number, seed = 0): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 7 + seed) % 251));
export const complete = (body: Buffer): Outgoing =>
  Outgoing.complete('Content-Type: message/cpim\r\n', 'text/plain', 0, body);
export const open = (total: number | null = null): Outgoing =>
  new Outgoing('Content-Type: message/cpim\r\n', 'text/plain', 0, total);

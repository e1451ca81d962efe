import type { ServerTransaction } from '../../lib/embedded-drachtio/sip.js';
import type { Room } from '../../plugin/rooms-api.js';
import { type Caller, offer } from './caller.js';
import { ManualClock } from './manual-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from './server.js';
import { finalOf } from './sip-peer.js';

export const ROOM = 'sip:lounge@localhost';

export const SDP: [string, string] = ['Content-Type', 'application/sdp'];

export const bodyOf = ({ request }: ServerTransaction): string => request.body.toString();

/** The next re-INVITE of the room. */
export async function reoffered(caller: Caller): Promise<ServerTransaction> {
  const transaction = await caller.sip.next();
  expect(transaction.request.method).toBe('INVITE');
  return transaction;
}

/** Answers a re-INVITE as the client of `caller`, with this SDP or the one of before, and waits for the ACK. */
export async function accept(
  caller: Caller,
  reinvite: ServerTransaction,
  body: string = offer({ path: caller.path }),
): Promise<void> {
  const acks = caller.sip.acks.length;
  reinvite.reply(200, { headers: [['Contact', `<${caller.sip.uri}>`], SDP], body: Buffer.from(body) });
  await caller.sip.acked(acks + 1);
}

/** The message reaches the caller on the connection that it has. */
export async function hears(caller: Caller, room: Room, text: string): Promise<void> {
  await room.send(text);
  expect((await caller.msrp.frameOf('SEND')).body).toContain(text);
}

/** The room has sent what it had to before it answers this. */
export async function sentAll(caller: Caller): Promise<void> {
  expect((await finalOf(caller.request('OPTIONS'))).status).toBe(200);
}

/** A server by a clock of ours, and one room of it whose policy changes. */
export class PolicyStage {
  private constructor(
    readonly server: ServerUnderTest,
    readonly clock: ManualClock,
    readonly room: Room,
  ) {}

  static async start(options: ServerUnderTestOptions = {}): Promise<PolicyStage> {
    const clock = new ManualClock();
    const server = await ServerUnderTest.start({ clock, ...options });
    return new PolicyStage(server, clock, server.server.create('lounge'));
  }

  get participants(): number {
    return this.room.participants.size;
  }

  /** The room has the final responses to all it asked; no time passes. */
  answeredAll(): Promise<void> {
    return this.clock.passUntil(this.server.server.adapter.idle(60_000), 0);
  }

  /** The room has taken what was sent before this, and has sent what it had to. */
  async settled(caller: Caller): Promise<void> {
    await this.answeredAll();
    await sentAll(caller);
  }

  /** Nothing came that was not looked at. */
  async quiet(caller: Caller): Promise<void> {
    await this.settled(caller);
    expect(caller.sip.unread).toBe(0);
  }
}

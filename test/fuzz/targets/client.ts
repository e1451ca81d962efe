/** A session of lib/client: whatever a room writes, every call settles, and closed means closed. */
import type { ByteStream, ByteStreamDelegate } from '../../../lib/client/msrp/byte-stream.js';
import { MsrpLink } from '../../../lib/client/msrp/link.js';
import { readMessage } from '../../../lib/client/received-message.js';
import { ManualClock } from '../../support/manual-clock.js';
import { response } from '../../support/msrp-frames.js';
import { MSRP } from '../corpus.js';
import { Exchange } from '../exchange.js';
import { validFrame } from '../frames.js';
import { mutate } from '../mutate.js';
import type { Random } from '../random.js';
import { must, type Target } from '../target.js';

const FRAMES = 200;
/** The addresses that the vectors use, seen from alice's end. */
const OWN = 'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp';
const PEER = 'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp';
const ADDRESS = { to: OWN, from: PEER, user: 'sip:alice@example.org', room: 'sip:lounge@chat.example.net' };
const CONTEXT = { room: ADDRESS.room, isRoom: () => true, nicknameOf: () => undefined };

class Room implements ByteStream {
  readonly pending = 0;
  readonly writable = true;
  readonly exchange = new Exchange();
  closed = false;
  delegate!: ByteStreamDelegate;

  write(bytes: Uint8Array): void {
    if (!this.closed) this.exchange.wrote(Buffer.from(bytes));
  }

  close(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.delegate.onClose();
  }

  says(octets: Buffer): void {
    if (this.closed) return;
    this.exchange.arrived(octets);
    this.delegate.onData(octets);
  }

  /** Answers what waits. */
  answer(random: Random): void {
    for (const { tid } of this.exchange.unanswered.splice(0)) {
      const status = random.chance(90) ? '200 OK' : random.pick(['400', '413', '415', '999']);
      this.says(Buffer.from(response(tid, status, OWN, PEER), 'latin1'));
    }
  }
}

async function open(room: Room, clock: ManualClock, told: { closed: number }): Promise<MsrpLink> {
  const link = MsrpLink.open({
    transport: {
      connect: async (_target, delegate) => {
        room.delegate = delegate;
        return room;
      },
    },
    target: { host: 'chat.example.net', port: 2855, secure: false, fingerprint: null },
    ownUri: OWN,
    peerPath: [PEER],
    acceptTypes: ['message/cpim'],
    maxSize: 5000,
    clock,
    delegate: {
      onMessage: (_type, body) => {
        must(told.closed === 0, () => 'a message after the end');
        return readMessage(body, CONTEXT) ? 200 : 400;
      },
      onReport: () => must(told.closed === 0, () => 'a report after the end'),
      onClosed: () => {
        told.closed++;
      },
    },
  });
  await new Promise(setImmediate);
  for (const { tid } of room.exchange.unanswered.splice(0)) {
    room.says(Buffer.from(response(tid, '200 OK', OWN, PEER), 'latin1'));
  }
  return link;
}

export const client: Target = {
  name: 'client',
  async batch(random: Random): Promise<number> {
    const clock = new ManualClock();
    const room = new Room();
    const told = { closed: 0 };
    const link = await open(room, clock, told);
    let [asked, settled] = [0, 0];
    for (let n = 0; n < FRAMES; n++) {
      const octets = random.chance(50)
        ? random.pick(MSRP)
        : Buffer.from(validFrame(random, `client${n}`, ADDRESS, []), 'latin1');
      for (const piece of random.cut(mutate(octets, random, MSRP))) room.says(piece);
      if (random.chance(20)) {
        asked++;
        const body = Buffer.alloc(random.pick([0, 10, 3000, 100_000]), 'x');
        void link.send('message/cpim', body).then(
          () => settled++,
          () => settled++,
        );
      }
      if (random.chance(50)) room.answer(random);
      if (random.chance(5)) clock.advance(random.pick([100, 31_000, 600_000]));
    }
    const whole = !room.closed;
    // What is unfinished stays so: here the stream ends.
    room.exchange.check(whole);
    link.close();
    await new Promise(setImmediate);
    must(settled === asked, () => `${asked - settled} calls of ${asked} never settle`);
    must(told.closed === 1, () => `told ${told.closed} times that it is closed`);
    must(clock.pending === 0, () => `${clock.pending} timers are left`);
    return FRAMES;
  },
};

import { Caller, cpim } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const MIB = 1_048_576;
const SIZE = 6 * MIB;

/** Octets of the bodies that a peer was sent, and the flag of the last frame that ended. */
async function received(caller: Caller, until: (octets: number) => boolean): Promise<{ octets: number; flag: string }> {
  let octets = 0;
  for (;;) {
    const { body = '', flag } = await caller.msrp.frameOf('SEND');
    octets += body.length;
    if (until(octets)) return { octets, flag };
  }
}

test('what was acknowledged when the server is told to stop is written to who still reads it; nothing new is taken', async () => {
  const server = await ServerUnderTest.start();
  const room = server.newRoom();
  const sender = await Caller.join(server, room, { uri: 'sip:ana@example.com' });
  const slow = await Caller.join(server, room, { uri: 'sip:bob@example.com' });
  slow.msrp.socket?.pause();
  const message = cpim('sip:ana@example.com', room, 'x'.repeat(SIZE));
  expect((await sender.exchange(message)).what).toBe('200');
  expect(server.server.chat.stats.pendingOctets).toBeGreaterThan(0);
  const closing = server.server.close(120_000);
  expect((await sender.exchange(cpim('sip:ana@example.com', room, 'too late'))).what).toBe('413');
  slow.msrp.socket?.resume();
  const { octets, flag } = await received(slow, (sofar) => sofar >= message.length);
  expect({ octets, flag }).toEqual({ octets: message.length, flag: '$' });
  await Promise.all([sender.answered('BYE'), slow.answered('BYE')]);
  await closing;
  await server.close();
});

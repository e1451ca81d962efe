import { NodeTransport } from '../../lib/client/node/transport.js';
import { ChatParticipant } from '../../lib/client/participant.js';
import type { ParticipantOptions } from '../../lib/client/participant-types.js';
import { EventLog } from '../../lib/client/testing.js';
import { FakeMsrpPeer } from './fake-msrp-peer.js';
import { FakeSignalling, roomAnswer } from './fake-signalling.js';
import { ManualClock } from './manual-clock.js';

export const ROOM = 'sip:lobby@chat.example.com';
export const ALICE = 'sip:alice@example.com';
export const BOB = 'sip:bob@example.com';

/** What sockets have already delivered is handled. */
export const flushed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Alice, her fake focus and her fake switch. */
export interface Stage {
  peer: FakeMsrpPeer;
  clock: ManualClock;
  signalling: FakeSignalling;
  alice: ChatParticipant;
  events: EventLog;
}

export function participantWith(
  signalling: FakeSignalling,
  clock: ManualClock,
  options: Partial<ParticipantOptions> = {},
): ChatParticipant {
  return new ChatParticipant({ uri: ALICE, signalling, transport: new NodeTransport({ clock }), clock, ...options });
}

/** @param types content types the room takes besides text and PNG */
export async function openStage(types: string[] = [], options: Partial<ParticipantOptions> = {}): Promise<Stage> {
  const peer = await FakeMsrpPeer.listen();
  const clock = new ManualClock();
  const signalling = new FakeSignalling(() =>
    roomAnswer(peer.path).replace('image/png', ['image/png', ...types].join(' ')),
  );
  const alice = participantWith(signalling, clock, options);
  return { peer, clock, signalling, alice, events: new EventLog(alice, clock) };
}

export async function closeStage({ alice, peer }: Stage): Promise<void> {
  await alice.leave();
  await peer.close();
}

/** Joins and takes the SEND that binds the session. */
export async function joinStage({ alice, peer }: Stage, nick?: string): Promise<void> {
  await alice.join(ROOM, nick === undefined ? {} : { nick });
  await peer.frame();
}

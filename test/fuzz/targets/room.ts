/** Parser, connection and switch with several endpoints: nobody is harmed, nobody is answered twice, nothing is left. */
import {
  ALICE,
  ANON,
  BOB,
  type ContextSession,
  NEWBIE,
  ROOM as VECTOR_ROOM,
  URIS,
  V6,
} from '../../conformance/systems/context.js';
import { FuzzedRoom, type Member } from '../fuzzed-room.js';
import { MSRP } from '../corpus.js';
import { validFrame } from '../frames.js';
import { mutate } from '../mutate.js';
import type { Random } from '../random.js';
import type { Target } from '../target.js';

const STEPS = 500;

/** Every kind of recipient; those of one `line` share a connection. */
const CAST: readonly (Pick<Member, 'id' | 'line' | 'media'> & { context: ContextSession; maxSize?: number })[] = [
  { id: 'alice#1', line: 0, context: ALICE, media: {} },
  { id: 'anon#1', line: 0, context: ANON, media: { lenientNickname: true } },
  { id: 'bob#1', line: 1, context: BOB, media: { delivery: 'whole' } },
  { id: 'v6#1', line: 2, context: V6, media: { roomToUri: 'sip:factory@example.org' }, maxSize: 1500 },
  { id: 'newbie#1', line: 3, context: NEWBIE, media: { privateMessages: false, delivery: 'whole' } },
];

const MEMBERS: readonly Member[] = CAST.map(({ id, line, context, media, maxSize = null }) => ({
  id,
  line,
  to: context.localUri,
  from: context.peerUri,
  user: URIS[context.participant][0],
  room: VECTOR_ROOM,
  media,
  maxSize,
}));

/** The vectors as each member would say them: they are written for alice. */
const CORPUS: readonly Buffer[][] = MEMBERS.map(({ to, from }) =>
  MSRP.map((octets) => {
    const text = octets.toString('latin1');
    return Buffer.from(text.replaceAll(ALICE.localUri, to).replaceAll(ALICE.peerUri, from), 'latin1');
  }),
);

function step(room: FuzzedRoom, random: Random, n: number): number {
  const index = random.below(MEMBERS.length);
  const member = MEMBERS[index];
  const line = room.lineOf(member);
  const dice = random.below(100);
  if (dice < 2) room.renew(member, random);
  else if (dice < 4) line.full = !line.full;
  else if (dice < 6) room.clock.advance(random.pick([100, 5000, 31_000, 130_000, 600_000]));
  else if (dice < 7) room.speak(`notice ${n}`.repeat(1 + random.below(2000)));
  else {
    const sent = line.exchange.unanswered.map(({ tid }) => tid);
    const octets = random.chance(40)
      ? random.pick(CORPUS[index])
      : Buffer.from(validFrame(random, `room${n}`, member, sent), 'latin1');
    for (const piece of random.cut(mutate(octets, random, MSRP))) line.says(piece);
    return 1;
  }
  return 0;
}

/** The same switch for all batches: what one leaves behind would pile up. */
const room = new FuzzedRoom(VECTOR_ROOM);

export const roomTarget: Target = {
  name: 'room',
  async batch(random: Random): Promise<number> {
    room.open(MEMBERS);
    let frames = 0;
    for (let n = 0; n < STEPS; n++) {
      frames += step(room, random, n);
      if (random.chance(20)) await room.turn();
      if (random.chance(15)) room.answer(random);
    }
    await room.close();
    return frames;
  },
};

import { createHash } from 'node:crypto';
import { DiskSpool } from '../../../lib/transport/disk-spool.js';
import { MemorySpool } from '../../support/memory-spool.js';
import { MessageHasher } from '../../support/message-hasher.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

const MIB = 1_048_576;
const PIECE = Buffer.from('0123456789abcdef'.repeat(4096));

let stage: Stage;
afterEach(() => {
  // Nothing may be left waiting for time to pass, and no octets.
  expect(stage.close()).toBe(0);
  expect(stage.chat.held).toBe(0);
});

const tapped = (line: StageLine): MessageHasher => {
  const hasher = new MessageHasher();
  line.stream.tap = (bytes) => hasher.read(bytes);
  return hasher;
};

/** Says a message of so many pieces in one SEND, a piece a turn, as long as anybody reads; returns its digest. */
async function sayLarge(line: StageLine, pieces: number, each: (piece: number) => Promise<void>): Promise<string> {
  const head = cpim('alice', ROOM, '');
  const [before, after] = line.frameOf(`${head}|`, { id: 'large123', range: '1-*/*' }).split('|');
  const hash = createHash('sha256').update(head);
  line.says(before);
  for (let i = 0; i < pieces; i++) {
    line.driver.events.data(PIECE);
    hash.update(PIECE);
    await turn();
    await each(i);
  }
  line.says(after);
  return hash.digest('hex');
}

test('7701-6.1-08, 7701-6.4-02: 64 MiB cross the switch to fast, slow and whole readers in bounded memory', async () => {
  const spool = new DiskSpool();
  stage = new Stage({}, { spool, maxMessageSize: 1e9 });
  const [alice, bob, carol, dave] = ['alice#1', 'bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
  const blink = stage.join('blink#1', { delivery: 'whole' });
  const hashers = [bob, carol, dave, blink].map(tapped);
  let most = 0;
  const digest = await sayLarge(alice, 1024, async (piece) => {
    // Carol takes a piece now and then, Blink only at the end; neither is the majority.
    carol.stream.full = true;
    if (piece % 16 === 0) carol.stream.drain();
    while (alice.stream.paused) await turn();
    most = Math.max(most, stage.chat.held);
  });
  while (hashers.some(({ digests }) => digests.length === 0)) {
    carol.stream.drain();
    await turn();
  }
  expect(hashers.map(({ digests }) => digests)).toEqual([[digest], [digest], [digest], [digest]]);
  // P-OUT-01.
  expect(hashers[3].flags).toBe('$');
  expect(alice.statuses).toEqual([200]);
  expect(stage.focus.lost).toEqual([]);
  // The window, what is being written, and what may come until the sender is stopped.
  expect(most).toBeLessThan(6 * MIB);
  expect([bob, carol, dave, blink].map(({ stream }) => stream.peak).every((peak) => peak < MIB)).toBe(true);
  while (spool.files > 0) await turn();
  expect(spool.free).toBe(4_294_967_296);
});

test('7701-6.4-02: without a spool a reader that lags too far loses the message with #, the others nothing', async () => {
  stage = new Stage({}, { maxMessageSize: 1e9, maxPendingBytes: 2 * MIB });
  const [alice, bob, carol, dave] = ['alice#1', 'bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
  const blink = stage.join('blink#1', { delivery: 'whole' });
  const hashers = [bob, carol, dave, blink].map(tapped);
  carol.stream.full = true;
  let most = 0;
  const digest = await sayLarge(alice, 128, () => {
    most = Math.max(most, stage.chat.held);
    return Promise.resolve();
  });
  carol.stream.drain();
  await turn();
  expect(hashers.map(({ digests }) => digests.length)).toEqual([1, 0, 1, 0]);
  expect(hashers[0].digests).toEqual([digest]);
  expect(hashers[1].flags).toBe('#');
  expect(hashers[3].flags).toBe('');
  expect(most).toBeLessThan(3 * MIB);
});

test('7701-6.4-02: a spool that fails costs the readers that lag their copy, with #', async () => {
  const spool = new MemorySpool();
  spool.room = 4 * MIB;
  stage = new Stage({}, { spool, maxMessageSize: 1e9 });
  const [alice, bob, carol, dave] = ['alice#1', 'bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
  const hashers = [bob, carol, dave].map(tapped);
  carol.stream.full = true;
  const digest = await sayLarge(alice, 128, () => {
    spool.work();
    return Promise.resolve();
  });
  carol.stream.drain();
  await turn();
  expect(hashers.map(({ flags }) => flags)).toEqual(['$', '#', '$']);
  expect(hashers[0].digests).toEqual([digest]);
  expect(spool.unclosed).toBe(0);
});

test('7701-6.3-07, P-OUT-01: for a whole-mode reader a message beyond what it takes is not collected', async () => {
  const spool = new MemorySpool();
  stage = new Stage({}, { spool, maxMessageSize: 1e9 });
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const { session } = endpoint('blink#1');
  const small = { ...session, peer: { ...session.peer, maxSize: 3 * MIB } };
  const blink = stage.join('blink#1', { delivery: 'whole', session: small });
  const hashers = [bob, blink].map(tapped);
  let most = 0;
  await sayLarge(alice, 128, () => {
    spool.work();
    most = Math.max(most, spool.written);
    return Promise.resolve();
  });
  await turn();
  expect(hashers.map(({ flags }) => flags)).toEqual(['$', '']);
  expect(most).toBeLessThan(4 * MIB);
});

test('7701-6.1-12: an aborted message ends at a lagging reader too, with what it has read so far', async () => {
  const spool = new MemorySpool();
  stage = new Stage({}, { spool, maxMessageSize: 1e9 });
  const [alice, bob, carol, dave] = ['alice#1', 'bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
  const hashers = [bob, carol, dave].map(tapped);
  carol.stream.full = true;
  const text = cpim('alice', ROOM, '');
  alice.says(alice.frameOf(text, { id: 'large123', range: '1-*/*', flag: '+' }));
  const [before, after] = alice.frameOf('|', { id: 'large123', range: `${text.length + 1}-*/*`, flag: '#' }).split('|');
  alice.says(before);
  for (let i = 0; i < 100; i++) {
    alice.driver.events.data(PIECE);
    await turn();
    spool.work();
  }
  alice.says(after);
  await turn();
  carol.stream.drain();
  await turn();
  expect(hashers.map(({ flags }) => flags[flags.length - 1])).toEqual(['#', '#', '#']);
  expect([spool.unclosed, stage.chat.held]).toEqual([0, 0]);
});

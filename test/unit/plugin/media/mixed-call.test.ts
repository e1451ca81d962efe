import { silent } from '../../../../lib/util/log.js';
import { MixedCall } from '../../../../plugin/media/mixed-call.js';
import type { Party } from '../../../../plugin/media/room-call.js';
import { RtpEngine } from '../../../../plugin/media/rtpengine.js';
import { lines } from '../../../support/caller.js';
import { FakeRtpEngine } from '../../../support/fake-rtpengine.js';
import { ManualClock } from '../../../support/manual-clock.js';

const SDP = lines('v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 4000 RTP/AVP 0');

let clock: ManualClock;
let fake: FakeRtpEngine;
let engine: RtpEngine;
let call: MixedCall;
let lost: string[];

beforeEach(async () => {
  clock = new ManualClock();
  lost = [];
  fake = await FakeRtpEngine.start();
  engine = new RtpEngine({ address: { host: '127.0.0.1', port: fake.port }, sfu: false, clock, log: silent });
  await engine.start();
  call = new MixedCall(engine);
});

afterEach(async () => {
  engine.close();
  await fake.close();
  expect(clock.pending).toBe(0);
});

const party = (tag: string, muted = false): Party => ({
  tag,
  muted,
  came: () => {},
  left: () => {},
  lost: () => lost.push(tag),
});

test('SDP-13: two that come at the same time hear each other', async () => {
  await Promise.all([call.join(party('a'), SDP), call.join(party('b'), SDP)]);
  expect(fake.hearing).toBe('1>2 2>1');
});

test('SDP-13: who leaves while it is published has nothing, and is nobody’s to hear', async () => {
  await call.join(party('a'), SDP);
  const hasty = party('b');
  const joining = call.join(hasty, SDP);
  call.leave(hasty);
  expect(await joining).toBeNull();
  expect([call.size, fake.hearing]).toEqual([1, '']);
});

test('SDP-13: who leaves while it is meshed is disconnected again', async () => {
  await call.join(party('a'), SDP);
  const hasty = party('b');
  const meshing = fake.next('mesh');
  const joining = call.join(hasty, SDP);
  await meshing;
  const gone = fake.next('unsubscribe');
  call.leave(hasty);
  expect(await joining).toBeNull();
  await gone;
  expect(fake.hearing).toBe('');
});

test('SDP-13: who comes muted is silent from the start', async () => {
  await call.join(party('a'), SDP);
  await call.join(party('b', true), SDP);
  expect(fake.silenced).toEqual([2]);
});

test('SDP-13: after a restart each is told that it was lost, once', async () => {
  const [a, b] = [party('a'), party('b')];
  await call.join(a, SDP);
  await call.join(b, SDP);
  fake.restart();
  expect(await call.update(a, SDP)).not.toBeNull();
  expect([lost, call.size]).toEqual([['b'], 1]);
  fake.restart();
  await call.join(party('c'), SDP);
  expect([lost, call.size]).toEqual([['b', 'a'], 1]);
});

test('SDP-13: one that cannot be connected is refused, and the others stay', async () => {
  await call.join(party('a'), SDP);
  fake.refusals.set('mesh', 'No common codec');
  expect(await call.join(party('b'), SDP)).toBeNull();
  expect([lost, call.size]).toEqual([[], 1]);
});

test('SDP-13: sixty-four have a place', async () => {
  for (let i = 0; i < 64; i++) expect(await call.join(party(`p${i}`), SDP)).not.toBeNull();
  expect(await call.join(party('late'), SDP)).toBeNull();
  expect(call.size).toBe(64);
});

test('SDP-13: asked again with growing pauses while it does not answer', async () => {
  fake.silent = true;
  const asked = fake.next('publish');
  const joining = call.join(party('a'), SDP);
  await asked;
  clock.advance(1_000);
  expect(await joining).toBeNull();
  expect(engine.ability).toBe('nothing');
  // Each probe takes a second, after pauses of 1, 2 and 4.
  for (const pause of [1_000, 2_000, 4_000]) {
    clock.advance(pause);
    await new Promise(setImmediate);
    clock.advance(1_000);
    await new Promise(setImmediate);
  }
  fake.silent = false;
  expect(engine.ability).toBe('nothing');
  clock.advance(8_000);
  while (engine.ability === 'nothing') await new Promise(setImmediate);
  expect(engine.ability).toBe('mix');
});

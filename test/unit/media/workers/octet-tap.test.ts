import { OctetTap } from '../../../../lib/media/workers/octet-tap.js';
import type { ToFocus } from '../../../../lib/media/workers/to-focus.js';
import { msrpReceived, msrpSent, type Wire } from '../../../../lib/util/channels.js';
import { ManualClock } from '../../../support/manual-clock.js';

const WIRE: Wire = { id: 'm1', transport: 'tcp', local: '127.0.0.1:2855', remote: '127.0.0.1:50000' };

test('what passes is told in one buffer of its own, with when; what is too much is counted', () => {
  const posted: Extract<ToFocus, { is: 'octets' }>[] = [];
  let inFlight = 0;
  const clock = new ManualClock();
  const tap = new OctetTap({
    clock,
    node: 3,
    post: (message) => posted.push(message as Extract<ToFocus, { is: 'octets' }>),
    inFlight: () => inFlight,
  });
  tap.open(true);
  const reader = Buffer.from('abc');
  msrpReceived.publish({ wire: WIRE, pieces: [reader] });
  reader.fill(0);
  inFlight = 8_388_608;
  msrpSent.publish({ wire: WIRE, pieces: [Buffer.from('x')] });
  msrpSent.publish({ wire: WIRE, pieces: [Buffer.from('y')] });
  inFlight = 0;
  msrpSent.publish({ wire: WIRE, pieces: [Buffer.from('d'), Buffer.from('ef')] });
  expect(posted.map(({ direction, told }) => [direction, Buffer.concat(told.pieces).toString(), told.missed])).toEqual([
    ['in', 'abc', 0],
    ['out', 'def', 2],
  ]);
  expect(posted[0].told).toMatchObject({ wire: { ...WIRE, id: '3.m1' }, at: clock.date().getTime() });
  inFlight = 8_388_608;
  msrpSent.publish({ wire: WIRE, pieces: [Buffer.from('lost')] });
  inFlight = 0;
  tap.open(false);
  tap.open(true);
  msrpSent.publish({ wire: WIRE, pieces: [Buffer.from('g')] });
  expect(posted.at(-1)?.told.missed).toBe(0);
  tap.open(false);
  expect([msrpReceived.hasSubscribers, msrpSent.hasSubscribers, tap.limit]).toEqual([false, false, 0]);
});

import type { Wire } from '../../../../lib/util/channels.js';
import type { Frame } from '../../../../plugin/trace/frame-cutter.js';
import { Wires } from '../../../../plugin/trace/wires.js';
import { request } from '../../../support/msrp-frames.js';

const OURS = 'msrp://127.0.0.1:2855/ours;tcp';
const PEER = 'msrp://127.0.0.1:49152/peer;tcp';
const HEADERS = ['Message-ID: m1', 'Content-Type: text/plain'];

const wire = (id: string): Wire => ({ id, transport: 'tcp', local: null, remote: null });

test('what connections that ended left unfinished does not keep out what comes later', () => {
  const frames: Frame[] = [];
  const wires = new Wires({ known: () => undefined, frame: (frame) => frames.push(frame) });
  const large = Buffer.from(request('aaaa1', 'SEND', OURS, PEER, HEADERS, 'x'.repeat(200_000)));
  const unfinished = large.subarray(0, 150_000);
  // More than is held of all.
  for (let id = 0; id < 150; id++) wires.receive('in', { wire: wire(`ended${id}`), pieces: [unfinished] });
  // One of the last is still there.
  wires.receive('in', { wire: wire('ended149'), pieces: [large.subarray(150_000)] });
  const small = Buffer.from(request('bbbb1', 'SEND', OURS, PEER, HEADERS, 'hello'));
  wires.receive('in', { wire: wire('new'), pieces: [small] });
  expect(frames.map(({ octets, left }) => [Buffer.concat(octets).length, left])).toEqual([
    [large.length, 0],
    [small.length, 0],
  ]);
});

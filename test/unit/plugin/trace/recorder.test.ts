/** What is in the file of a recording, octet by octet, and what the log says of it. */
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinStart, msrpReceived, msrpSent, sessions, sipReceived, sipSent } from '../../../../lib/util/channels.js';
import { Recorder, type RecorderOptions } from '../../../../plugin/trace/recorder.js';
import { LogLines } from '../../../support/log-lines.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { request } from '../../../support/msrp-frames.js';
import { readPcapng, type ReadPacket } from '../../../support/pcapng-file.js';

const NOW = 1_700_000_000_123;
const ROOM = 'sip:lobby@localhost';
const OURS = 'msrp://127.0.0.1:2855/ours;tcp';
const PEER = 'msrp://192.0.2.7:49152/peer;tcp';
const UDP = { id: 'u', transport: 'udp', local: '192.0.2.1:5060', remote: '192.0.2.7:5070' };
const TLS = { id: 't', transport: 'tls', local: '192.0.2.1:2856', remote: '192.0.2.7:49152' };
const SEATED = { room: ROOM, participant: 'sip:ana@example.com', endpoint: 'e7', callId: 'c1', session: OURS };

let folder: string;
let clock: ManualClock;
let log: LogLines;
let recorder: Recorder;
/** How often octets of other threads were asked for, less how often no more. */
let wanted: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-'));
  clock = new ManualClock(NOW);
  log = new LogLines();
  wanted = 0;
  recorder = record();
});
afterEach(async () => {
  await recorder.close();
  await rm(folder, { recursive: true });
});

function record(options: Partial<RecorderOptions> = {}): Recorder {
  return new Recorder({
    directory: join(folder, 'traces'),
    maxBytes: 67_108_864,
    maxDuration: 900_000,
    clock,
    log: log.logger,
    tracing: {
      seated: [],
      roomUri: (name) => name,
      octets: (on) => {
        wanted += on ? 1 : -1;
      },
    },
    ...options,
  });
}

const sip = (line: string, ...headers: string[]): Buffer =>
  Buffer.from([line, ...headers, 'Content-Length: 0', '', ''].join('\r\n'));
const invite = (callId: string, to = ROOM): Buffer =>
  sip(`INVITE ${to} SIP/2.0`, `Call-ID: ${callId}`, 'From: <sip:ana@example.com>;tag=1', `To: <${to}>`);
const send = (tid: string, body = 'hello'): Buffer =>
  Buffer.from(request(tid, 'SEND', OURS, PEER, [`Message-ID: ${tid}`, 'Content-Type: text/plain'], body));

async function packetsOf(id: string): Promise<ReadPacket[]> {
  await recorder.stop(id);
  return readPcapng(await readFile(recorder.get(id)?.path ?? '')).packets;
}

test('a packet has the time of the clock, which way it went, between which addresses, over what', async () => {
  const { id } = await recorder.start({ by: 'test' });
  sipReceived.publish({ wire: UDP, octets: invite('c1') });
  clock.advance(1_500);
  sipSent.publish({ wire: UDP, octets: sip('SIP/2.0 200 OK', 'Call-ID: c1') });
  sessions.publish(SEATED);
  msrpReceived.publish({ wire: TLS, pieces: [send('aaaa1')] });
  const [asked, answered, said] = await packetsOf(id);
  const [server, peer] = ['192.0.2.1:5060', '192.0.2.7:5070'];
  expect(asked).toMatchObject({ time: NOW, inbound: true, ports: 3, source: peer, destination: server });
  expect(answered).toMatchObject({ time: NOW + 1_500, inbound: false, ports: 3, source: server, destination: peer });
  expect([asked.interface, asked.dissector, asked.octets]).toEqual(['sip', 'sip', invite('c1')]);
  // TLS is TCP beneath.
  expect(said).toMatchObject({ ports: 2, source: TLS.remote, destination: TLS.local, dissector: 'msrp' });
  expect([said.interface, said.octets]).toEqual(['e7', send('aaaa1')]);
});

test('what a worker thread tells of has the time at which it happened there', async () => {
  const { id } = await recorder.start({ by: 'test' });
  msrpSent.publish({ wire: TLS, pieces: [send('aaaa1')], at: NOW - 400 });
  expect((await packetsOf(id)).map(({ time }) => time)).toEqual([NOW - 400]);
});

test('what was lost on the way from a worker is counted at the next packet, and no frame is put together across it', async () => {
  const { id } = await recorder.start({ by: 'test' });
  const [first, second] = [send('aaaa1', 'x'.repeat(200)), send('bbbb1', 'y'.repeat(200))];
  msrpReceived.publish({ wire: TLS, pieces: [first.subarray(0, 150)] });
  msrpReceived.publish({ wire: TLS, pieces: [Buffer.concat([second.subarray(150), send('cccc1')])], missed: 3 });
  const packets = await packetsOf(id);
  expect(packets.map(({ octets, dropped, comments }) => [octets, dropped, comments])).toEqual([
    [send('cccc1'), 3, ['3 lost before']],
  ]);
  expect(recorder.get(id)).toMatchObject({ dropped: 3, msrp: 1 });
  const { statistics } = readPcapng(await readFile(recorder.get(id)?.path ?? ''));
  expect(statistics).toEqual({ time: NOW, dropped: 3, comment: 'ended: stopped' });
});

test('of a SIP message that is longer than Wireshark reads the end is left out, and a comment says how much', async () => {
  const { id } = await recorder.start({ by: 'test' });
  const long = Buffer.concat([invite('c1'), Buffer.alloc(300_000, 'x')]);
  sipReceived.publish({ wire: UDP, octets: long });
  const [{ octets, captured, comments }] = await packetsOf(id);
  expect(captured).toBeLessThanOrEqual(262_144);
  expect(comments).toEqual([`${long.length - octets.length} octets left out`]);
  expect(long.subarray(0, octets.length).equals(octets)).toBe(true);
});

test('of one room there is what names it and what is of its legs, and neither what names another nor what names none', async () => {
  const { id } = await recorder.start({ room: ROOM, by: 'test' });
  sipReceived.publish({ wire: UDP, octets: invite('c1') });
  sipReceived.publish({ wire: UDP, octets: invite('c2', 'sip:other@localhost') });
  sipReceived.publish({ wire: UDP, octets: sip('OPTIONS sip:localhost SIP/2.0') });
  sipReceived.publish({ wire: UDP, octets: Buffer.from('no SIP at all\r\n\r\n') });
  // By an alias: it is known to be of the room only once it joins.
  sipReceived.publish({ wire: UDP, octets: invite('c3', 'sip:alias@localhost') });
  joinStart.publish({ room: ROOM, participant: 'sip:ben@example.com', callId: 'c3' });
  const packets = await packetsOf(id);
  expect(packets.map(({ octets }) => /Call-ID: (\w+)/.exec(octets.toString())?.[1])).toEqual(['c1', 'c3']);
});

test('who started one, and when it ended and was deleted, is in the audit log; its folder is for us alone', async () => {
  const { id, startedAt } = await recorder.start({ room: ROOM, maxDuration: 60_000, by: 'HTTP from 192.0.2.9' });
  expect(startedAt).toEqual(new Date(NOW));
  expect((await stat(join(folder, 'traces'))).mode & 0o777).toBe(0o700);
  expect(wanted).toBe(1);
  clock.advance(60_000);
  await recorder.stop(id);
  expect(wanted).toBe(0);
  await recorder.remove(id);
  const audit = { level: 'info', message: 'audit' };
  expect(log.lines).toEqual([
    {
      ...audit,
      fields: { act: 'trace', id, room: ROOM, by: 'HTTP from 192.0.2.9', maxBytes: 67_108_864, maxDuration: 60_000 },
    },
    { ...audit, fields: { act: 'trace ended', id, why: 'maxDuration' } },
    { ...audit, fields: { act: 'trace deleted', id } },
  ]);
});

test('a disk that fails is an error in the log, and ends it', async () => {
  recorder = record({ openFile: () => open('/dev/full', 'w') });
  const { id } = await recorder.start({ by: 'test' });
  sipReceived.publish({ wire: UDP, octets: invite('c1') });
  await recorder.stop(id);
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      fields: { id, error: expect.stringContaining('ENOSPC') as string },
      message: 'trace cannot be written',
    },
  ]);
});

test('a mistake of ours costs the recording and not who is recorded', async () => {
  const { id } = await recorder.start({ by: 'test' });
  const broken = { wire: UDP, octets: undefined as unknown as Uint8Array };
  expect(() => sipReceived.publish(broken)).not.toThrow();
  expect(recorder.get(id)?.ended).toMatchObject({ why: 'failed' });
  expect([wanted, sipReceived.hasSubscribers]).toEqual([0, false]);
  expect(log.lines.map(({ level, message }) => [level, message])).toContainEqual(['error', 'trace failed']);
});

test('beyond 4096 devices the frames of the others are on one interface', async () => {
  const { id } = await recorder.start({ by: 'test' });
  for (let n = 0; n < 4_200; n++) {
    const session = `msrp://127.0.0.1:2855/s${n};tcp`;
    sessions.publish({ ...SEATED, endpoint: `e${n}`, callId: `c${n}`, session });
    const frame = request('aaaa1', 'SEND', session, PEER, ['Message-ID: m', 'Content-Type: text/plain'], 'x');
    msrpReceived.publish({ wire: { ...TLS, id: `w${n}` }, pieces: [Buffer.from(frame)] });
  }
  const packets = await packetsOf(id);
  expect(packets).toHaveLength(4_200);
  expect(new Set(packets.map((packet) => packet.interface)).size).toBeLessThanOrEqual(4_097);
  expect(packets[4_199].interface).toBe('msrp');
});

import { EventEmitter, once } from 'node:events';
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestParticipant } from '../../lib/client/testing.js';
import { listenTo, msrpSent } from '../../lib/util/channels.js';
import { Recorder, type RecorderOptions, type Tracing } from '../../plugin/trace/recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { type TracedMessage, tracedMessages } from '../support/tshark.js';

const ANY = '127.0.0.1:0';

let server: ServerUnderTest;
let folder: string;
let recorder: Recorder;
const recorders: Recorder[] = [];

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trace-'));
  recorder = record();
});
afterEach(async () => {
  await Promise.all(recorders.splice(0).map((each) => each.close()));
  await server.clear();
  await rm(folder, { recursive: true });
});
afterAll(() => server?.close());

const tracing: Tracing = {
  get seated() {
    return server.server.chat.focus.seated;
  },
  roomUri: (nameOrUri) => server.server.roomUri(nameOrUri).uri,
  octets: (on) => server.server.chat.tellOctets(on),
};

function record(options: Partial<RecorderOptions> = {}): Recorder {
  const made = new Recorder({ tracing, directory: folder, maxBytes: 67_108_864, maxDuration: 900_000, ...options });
  recorders.push(made);
  return made;
}

async function stopped(id: string): Promise<TracedMessage[]> {
  await recorder.stop(id);
  return tracedMessages(recorder.get(id)?.path ?? '');
}

const seatOf = (user: string): { endpoint: string; callId: string } => {
  const seat = [...tracing.seated].find(({ participant }) => participant === `sip:${user}@example.com`);
  if (!seat) throw new Error(`${user} is not in`);
  return seat;
};

const nextText = async ({ events }: TestParticipant): Promise<string> => (await events.next('message'))[0].text ?? '';

async function say(from: TestParticipant, text: string, ...to: TestParticipant[]): Promise<void> {
  expect(await from.participant.send(text)).toMatchObject({ status: 200 });
  for (const each of to) expect(await nextText(each)).toBe(text);
}

const sip = (messages: readonly TracedMessage[]): TracedMessage[] =>
  messages.filter(({ protocols }) => protocols.includes('sip'));
const msrp = (messages: readonly TracedMessage[]): TracedMessage[] =>
  messages.filter(({ protocols }) => protocols.includes('msrp'));
const names = (messages: readonly TracedMessage[]): string[] => messages.map(({ is }) => is);

test('a room is recorded from the INVITE to the BYE, and nothing of another room', async () => {
  const [room, other] = [server.newRoom(), server.newRoom()];
  const elsewhere = await server.joinAll(other, 'dan', 'eve');
  const { id, path } = await recorder.start({ room, by: 'test' });
  expect(recorder.get(id)).toMatchObject({ path, wanted: { room }, ended: null });
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  const seat = seatOf('ana');
  await say(ana, 'hello', ben);
  await say(elsewhere[0], 'not for you', elsewhere[1]);
  await ana.participant.setNickname('Ana');
  await ana.participant.leave();
  await ben.participant.leave();
  const messages = await stopped(id);

  expect(messages.filter(({ malformed, protocols }) => malformed !== '' || !/sip|msrp/.test(protocols))).toEqual([]);
  const call = sip(messages).filter(({ of }) => of === seat.callId);
  expect(names(call)).toEqual(expect.arrayContaining(['INVITE', '200', 'ACK', 'BYE']));
  expect(call[0]).toMatchObject({ is: 'INVITE', inbound: true, interface: 'sip' });
  const { host, port } = server.sip;
  expect(call[0].destination).toBe(`${host}:${port}`);
  expect(call[0].source).toMatch(/^127\.0\.0\.1:\d+$/);
  // Its own bodiless SEND that binds, what it says, its nickname; each answered.
  const chat = msrp(messages).filter((message) => message.interface === seat.endpoint);
  expect(names(chat.filter(({ inbound }) => inbound))).toEqual(expect.arrayContaining(['SEND', 'NICKNAME']));
  expect(names(chat.filter(({ inbound }) => !inbound))).toEqual(expect.arrayContaining(['200']));
  expect(chat.map(({ source }) => source)).toContain(`127.0.0.1:${server.msrp.port}`);
  // The copy to the other one, and its 200.
  const copies = msrp(messages).filter((message) => message.interface !== seat.endpoint);
  expect(names(copies)).toEqual(expect.arrayContaining(['SEND', '200']));
  const file = await readFile(path);
  expect([file.includes('hello'), file.includes('not for you')]).toEqual([true, false]);
  expect(new Set(messages.map((message) => message.interface)).size).toBe(3);
  expect(recorder.get(id)).toMatchObject({ ended: { why: 'stopped' }, dropped: 0, sip: sip(messages).length });
  // Nobody looks on any more.
  expect(msrpSent.hasSubscribers).toBe(false);
});

test('one participant alone, who was there before, is recorded with all he does', async () => {
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  const seat = seatOf('ana');
  const { id } = await recorder.start({ room, participant: 'sip:ana@example.com', by: 'test' });
  await say(ana, 'one', ben);
  await say(ben, 'two', ana);
  await ben.participant.leave();
  await ana.participant.leave();
  const messages = await stopped(id);
  expect(new Set(sip(messages).map(({ of }) => of))).toEqual(new Set([seat.callId]));
  expect(new Set(msrp(messages).map((message) => message.interface))).toEqual(new Set([seat.endpoint]));
  expect(names(msrp(messages).filter(({ is }) => is === 'SEND'))).toHaveLength(2);
  expect(names(sip(messages))).toEqual(expect.arrayContaining(['BYE', '200']));
});

test('the INVITE of somebody who is known only once he has joined is there too, and a refused one', async () => {
  const room = server.newRoom();
  server.server.create(room, { maxParticipants: 1 });
  const { id } = await recorder.start({ participant: 'sip:ana@example.com', by: 'test' });
  const ana = await server.join(room, 'ana');
  await expect(server.join(room, 'ben')).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED' });
  await ana.participant.leave();
  const messages = await stopped(id);
  expect(names(sip(messages))[0]).toBe('INVITE');
  expect(new Set(sip(messages).map(({ of }) => of)).size).toBe(1);

  const refused = await recorder.start({ participant: 'sip:ben@example.com', by: 'test' });
  await server.join(room, 'ana');
  await expect(server.join(room, 'ben')).rejects.toMatchObject({ code: 'CHAT_ERR_JOIN_REFUSED' });
  const asked = await stopped(refused.id);
  expect(names(asked)).toEqual(expect.arrayContaining(['INVITE', '486']));
  expect(msrp(asked)).toEqual([]);
});

test('one endpoint is recorded by its id, and everything without a filter', async () => {
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  const { endpoint } = seatOf('ben');
  const one = await recorder.start({ endpoint, by: 'test' });
  const all = await recorder.start({ by: 'test' });
  await say(ana, 'hello', ben);
  const of = await stopped(one.id);
  expect(new Set(of.map((message) => message.interface))).toEqual(new Set([endpoint]));
  const interfaces = (await stopped(all.id)).map((message) => message.interface);
  expect(interfaces).toEqual(expect.arrayContaining([endpoint, seatOf('ana').endpoint]));
});

test('a large message in chunks is whole in it, also over WebSocket with TLS, where it is not to be read from the network', async () => {
  const secure = await ServerUnderTest.start({ msrp: { tls: { listen: ANY }, wss: { listen: ANY } } });
  server.onClose(() => secure.close());
  const room = 'sip:files@localhost';
  const tracingThat: Tracing = {
    get seated() {
      return secure.server.chat.focus.seated;
    },
    roomUri: (name) => name,
    octets: () => undefined,
  };
  recorder = record({ tracing: tracingThat });
  const { id } = await recorder.start({ room, by: 'test' });
  const ana = await secure.join(room, 'ana', { msrp: 'ws', secure: true });
  const ben = await secure.join(room, 'ben');
  const text = 'x'.repeat(400_000);
  await say(ana, text, ben);
  const messages = await stopped(id);
  expect(messages.filter(({ malformed, protocols }) => malformed !== '' || !/sip|msrp/.test(protocols))).toEqual([]);
  // Wireshark reads no longer ones: of this copy the middle is left out.
  expect(messages.filter(({ comment }) => /^\d+ octets left out$/.test(comment))).toHaveLength(1);
  const [inbound, outbound] = [true, false].map(
    (isIn) => msrp(messages).filter((message) => message.inbound === isIn && message.is === 'SEND').length,
  );
  expect(inbound).toBeGreaterThan(1);
  expect(outbound).toBeGreaterThan(0);
});

test('it ends at its size and at its time, and the file is whole', async () => {
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  const clock = new ManualClock();
  recorder = record({ clock, maxBytes: 65_536 });
  const small = await recorder.start({ room, maxBytes: 20_000, by: 'test' });
  const brief = await recorder.start({ room, maxBytes: 1_000_000, maxDuration: 5_000, by: 'test' });
  // No more than the recorder's.
  expect(recorder.get(brief.id)).toMatchObject({ maxBytes: 65_536, maxDuration: 5_000 });
  for (let i = 0; i < 5; i++) await say(ana, 'x'.repeat(4_000), ben);
  expect(recorder.get(small.id)).toMatchObject({ ended: { why: 'maxBytes' } });
  expect(recorder.get(brief.id)?.ended).toBeNull();
  clock.advance(5_000);
  expect(recorder.get(brief.id)).toMatchObject({ ended: { why: 'maxDuration' } });
  await recorder.stop(small.id);
  const { size } = await stat(small.path);
  expect(size).toBeLessThanOrEqual(20_000);
  expect(size).toBe(recorder.get(small.id)?.bytes);
  expect((await tracedMessages(small.path)).length).toBeGreaterThan(1);
  expect(recorder.get(small.id)).toMatchObject({ ended: { why: 'maxBytes' } });
});

test('a disk that is full ends the recording, and nothing else', async () => {
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  recorder = record({ openFile: () => open('/dev/full', 'w') });
  const good = record();
  const { id: other } = await good.start({ room, by: 'test' });
  const { id } = await recorder.start({ room, by: 'test' });
  while (recorder.get(id)?.ended === null) await say(ana, 'hello', ben);
  expect(recorder.get(id)).toMatchObject({ ended: { why: 'failed' } });
  await recorder.stop(id);
  await say(ana, 'still here', ben);
  expect(good.get(other)?.ended).toBeNull();
});

test('where no file can be made none is started', async () => {
  recorder = record({ directory: '/dev/null/traces' });
  await expect(recorder.start({ by: 'test' })).rejects.toMatchObject({ code: 'CHAT_ERR_TRACE_FILE' });
  expect(recorder.list).toEqual([]);
  expect(msrpSent.hasSubscribers).toBe(false);
});

test('one whose file is made while the recorder closes is none', async () => {
  const disk = new EventEmitter();
  const asked = once(disk, 'asked');
  const openFile = async (path: string): Promise<FileHandle> => {
    const ready = once(disk, 'ready');
    disk.emit('asked');
    await ready;
    return open(path, 'wx');
  };
  recorder = record({ openFile });
  const starting = recorder.start({ by: 'test' });
  await asked;
  await recorder.close();
  disk.emit('ready');
  await expect(starting).rejects.toMatchObject({ code: 'CHAT_ERR_TOO_MANY_TRACES' });
  expect([recorder.list, msrpSent.hasSubscribers]).toEqual([[], false]);
});

test('there are four at a time; what was deleted leaves no file', async () => {
  const started = await Promise.all([1, 2, 3, 4].map(() => recorder.start({ by: 'test' })));
  await expect(recorder.start({ by: 'test' })).rejects.toMatchObject({ code: 'CHAT_ERR_TOO_MANY_TRACES' });
  expect(await recorder.remove(started[0].id)).toBe(true);
  expect(await recorder.remove(started[0].id)).toBe(false);
  expect(await readdir(folder)).toHaveLength(3);
  await recorder.start({ by: 'test' });
  expect(recorder.list).toHaveLength(4);
  // Of what somebody recorded only he reads.
  expect((await stat(started[1].path)).mode & 0o777).toBe(0o600);
});

test('who else listens to the channels is not disturbed, nor hears less afterwards', async () => {
  const room = server.newRoom();
  const [ana, ben] = await server.joinAll(room, 'ana', 'ben');
  let heard = 0;
  const stop = listenTo(msrpSent, () => heard++);
  const { id } = await recorder.start({ room, by: 'test' });
  await recorder.stop(id);
  await say(ana, 'hello', ben);
  stop();
  expect(heard).toBeGreaterThan(0);
});

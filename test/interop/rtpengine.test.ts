import { Caller, lines, newPath, offer } from '../support/caller.js';
import { RtpEngineDaemon } from '../support/rtpengine.js';
import { RtpPhone } from '../support/rtp-phone.js';
import { ServerUnderTest } from '../support/server.js';
import { bodyOf, SDP } from '../support/policy-stage.js';

let daemon: RtpEngineDaemon;
let server: ServerUnderTest;

beforeAll(async () => {
  daemon = await RtpEngineDaemon.start();
});

afterAll(() => daemon.stop());

afterEach(async () => {
  await server.close();
});

/** Somebody with chat and a phone that takes every line. */
interface Talker {
  caller: Caller;
  path: string;
  /** Where its own line goes. */
  to: number;
  phone: RtpPhone;
}

const own = (path: string, phone: RtpPhone, direction: string): string =>
  offer({ path }) +
  lines(`m=audio ${phone.port} RTP/AVP 0 8`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', `a=${direction}`);

const audioPorts = (sdp: string): number[] => [...sdp.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => Number(port));

let phones: RtpPhone[] = [];

async function talker(room: string, sample: number): Promise<Talker> {
  const phone = await RtpPhone.open(sample);
  phones.push(phone);
  const path = newPath();
  const sdp = own(path, phone, 'sendrecv');
  const caller = await Caller.join(server, room, { uri: `sip:t${sample}@example.com`, path, body: sdp });
  const [to] = audioPorts(caller.response.body.toString());
  if (to !== 0) phone.talk(to);
  return { caller, path, phone, to };
}

afterEach(() => {
  for (const phone of phones) phone.close();
  phones = [];
});

/** Takes every line of the room's next re-INVITE on the one phone; the room answers when rtpengine knows. */
async function take({ caller, path, phone }: Talker): Promise<string> {
  const reinvite = await caller.sip.next();
  expect(reinvite.request.method).toBe('INVITE');
  const offered = bodyOf(reinvite);
  const more = audioPorts(offered).slice(1);
  const answer =
    own(path, phone, 'sendonly') +
    lines(...more.flatMap((port) => [`m=audio ${port === 0 ? 0 : phone.port} RTP/AVP 0`, 'a=recvonly']));
  const acks = caller.sip.acks.length;
  reinvite.reply(200, { headers: [['Contact', `<${caller.sip.uri}>`], SDP], body: Buffer.from(answer) });
  await caller.sip.acked(acks + 1);
  return offered;
}

test('SDP-13: one before 26.1 does not know mesh, so audio is refused', async () => {
  server = await ServerUnderTest.start({ audio: { rtpengine: daemon.address } });
  const { caller, to } = await talker(server.newRoom(), 1);
  expect(to).toBe(0);
  expect(caller.response.body.toString()).toMatch(/m=message [1-9]/);
  expect(await daemon.calls()).toEqual([]);
});

test('SDP-13: with sfu three hear each other, and nobody itself; who leaves is not heard any more', async () => {
  server = await ServerUnderTest.start({ audio: { rtpengine: daemon.address, sfu: true } });
  const room = server.newRoom();
  const first = await talker(room, 1);
  const second = await talker(room, 2);
  await take(first);
  await take(second);
  const third = await talker(room, 3);
  await take(first);
  await take(second);
  const toThird = await take(third);
  expect(audioPorts(toThird).filter((port) => port !== 0).length).toBeGreaterThanOrEqual(2);
  if (audioPorts(toThird).length < 3) await take(third);
  await Promise.all([first.phone.hears(2, 3), second.phone.hears(1, 3), third.phone.hears(1, 2)]);
  expect(await daemon.calls()).toHaveLength(1);

  await third.caller.bye();
  expect(audioPorts(await take(first)).at(-1)).toBe(0);
  await take(second);
  await Promise.all([first.phone.hears(2), second.phone.hears(1)]);
});

test('SDP-13: no call is left when the last one has left', async () => {
  server = await ServerUnderTest.start({ audio: { rtpengine: daemon.address, sfu: true } });
  const { caller } = await talker(server.newRoom(), 1);
  expect(await daemon.calls()).toHaveLength(1);
  await caller.bye();
  while ((await daemon.calls()).length > 0) await new Promise(setImmediate);
});

test('SDP-13: silence of one who is muted', async () => {
  server = await ServerUnderTest.start({ audio: { rtpengine: daemon.address, sfu: true } });
  const room = server.newRoom();
  const [first, second] = [await talker(room, 1), await talker(room, 2)];
  await take(first);
  await take(second);
  await Promise.all([first.phone.hears(2), second.phone.hears(1)]);
  const [endpoint] = server.server.chat.focus.room(room)?.endpointIds() ?? [];
  server.server.audio?.mute(room, endpoint, true);
  // G.711 has 0xff for silence.
  await Promise.all([first.phone.hears(2), second.phone.hears(0xff)]);
});

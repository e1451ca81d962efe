import { answer, Callees } from '../support/callee.js';
import { newPath } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';

const BOB = 'sip:bob@example.com';

let callees: Callees;
let server: ServerUnderTest;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  callees = await Callees.start();
  const invitations = { concurrency: 3 };
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy, clock, invitations });
});
afterEach(async () => {
  await server?.close();
  await callees?.close();
});

const newRoom = () => server.server.create(server.newRoom('conf.example.com'), { ringTimeout: 90_000 });

const people = (count: number): string[] => Array.from({ length: count }, (_, index) => `sip:p${index}@example.com`);

test('INV-13: who lets it ring too long is cancelled, with a Reason, and that is a 408', async () => {
  const room = newRoom();
  const results = room.invite(BOB);
  const invited = await callees.invited();
  // The CANCEL may leave once this has arrived.
  invited.reply(180);
  clock.advance(90_000);
  expect(await results).toEqual([{ uri: BOB, status: 408, reason: 'Request Timeout' }]);
  const cancel = await callees.cancelled();
  expect(cancel.headers.get('Reason')).toBe('SIP;cause=408;text="Request Timeout"');
  expect(cancel.headers.get('Call-ID')).toBe(invited.header('Call-ID'));
});

test('INV-21: he may take his time, and the room works meanwhile', async () => {
  const room = newRoom();
  const results = room.invite(BOB);
  const invited = await callees.invited();
  invited.reply(180);
  clock.advance(89_000);
  const ana = await server.join(room.uri, 'ana');
  const bob = await invited.join();
  expect(await results).toMatchObject([{ status: 200 }]);
  const heard = ana.events.next('message');
  await room.send('all here');
  expect((await heard)[0].text).toBe('all here');
  await bob.bye();
});

test('INV-14, BYE-15: when the room ends everybody who is called is cancelled, and who waits is not called', async () => {
  const room = newRoom();
  const results = room.invite(people(5));
  const invited = [await callees.invited(), await callees.invited(), await callees.invited()];
  for (const each of invited) each.reply(180);
  await room.close('over');
  const cancels = [await callees.cancelled(), await callees.cancelled(), await callees.cancelled()];
  const calls = new Set(invited.map((each) => each.header('Call-ID')));
  expect(new Set(cancels.map(({ headers }) => headers.get('Call-ID')))).toEqual(calls);
  expect(cancels[0].headers.get('Reason')).toBe('SIP;cause=487;text="over"');
  expect((await results).map(({ status }) => status)).toEqual([487, 487, 487, 487, 487]);
  expect(callees.sip.unread).toBe(0);
});

test('INV-14: a 2xx that comes after the room has ended gets ACK and BYE', async () => {
  const room = newRoom();
  const joins: unknown[] = [];
  room.on('join', (participant) => joins.push(participant));
  const results = room.invite(BOB);
  // No provisional response but the 100, which does not matter to a callee that answers now.
  const invited = await callees.invited();
  const accepted = invited.accept(answer(newPath()));
  await room.close('over');
  await accepted;
  const bye = await callees.request();
  expect(bye.method).toBe('BYE');
  expect(bye.headers.get('Call-ID')).toBe(invited.header('Call-ID'));
  expect(await results).toMatchObject([{ status: 487 }]);
  expect(joins).toEqual([]);
});

test('INV-14: no more than `concurrency` are called at once', async () => {
  const room = newRoom();
  const results = room.invite(people(5));
  const first = [await callees.invited(), await callees.invited(), await callees.invited()];
  first[1].reply(486);
  const fourth = await callees.invited();
  expect(fourth.request.uri).toBe('sip:p3@example.com');
  first[0].reply(486);
  const fifth = await callees.invited();
  for (const each of [first[2], fourth, fifth]) each.reply(486);
  expect((await results).map(({ status }) => status)).toEqual([486, 486, 486, 486, 486]);
});

test('another room does not wait for it', async () => {
  const [one, other] = [newRoom(), newRoom()];
  const results = [one.invite(people(3)), other.invite(BOB)];
  const invited = [await callees.invited(), await callees.invited(), await callees.invited(), await callees.invited()];
  expect(invited.map(({ request }) => request.uri)).toContain(BOB);
  for (const each of invited) each.reply(486);
  await Promise.all(results);
});

test('a server that stops cancels its calls first', async () => {
  const room = newRoom();
  const results = room.invite(BOB);
  const invited = await callees.invited();
  invited.reply(180);
  const closing = server.server.close();
  await callees.cancelled();
  expect(await results).toMatchObject([{ status: 487 }]);
  await clock.passUntil(closing);
  await expect(room.invite(BOB)).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_UNKNOWN' });
});

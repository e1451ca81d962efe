import { Caller, inviteFrom, offer } from '../support/caller.js';
import { FakeInvitations } from '../support/fake-invitations.js';
import { list, Referrer } from '../support/referrer.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

const ANA = 'sip:ana@example.com';
const BRUNO = 'sip:bruno@example.com';
const CARLA = 'sip:carla@example.com';
const SILENT: [string, string] = ['Refer-Sub', 'false'];

let server: ServerUnderTest;
let invitations: FakeInvitations;
let room: string;

const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
  server = await ServerUnderTest.start(options);
  invitations = FakeInvitations.of(server.server);
  room = server.newRoom();
};
afterEach(() => server.close());

/** Status of an INVITE to the room. */
async function invite(uri: string): Promise<number> {
  const sip = await Caller.agent(server);
  return (await finalOf(sip.send(inviteFrom(sip, room, { uri, body: offer() })))).status;
}

test('REF-12 anybody removes himself, from within his dialog too: 202, then BYE, and he may come back', async () => {
  await start({ rooms: { defaults: { moderators: [CARLA] } } });
  await Caller.call(server, room, { uri: CARLA });
  const bruno = await Caller.call(server, room, { uri: BRUNO });
  const request = bruno.request('REFER', { headers: [['Refer-To', `<${BRUNO};method=BYE>`], SILENT] });
  expect(await finalOf(request)).toMatchObject({ status: 202 });
  await bruno.answered('BYE');
  const again = await Caller.call(server, room, { uri: BRUNO });
  await again.bye();
});

test('REF-12 REF-14 who came first removes others, who may not come back for a while; others remove nobody', async () => {
  await start();
  const ana = await Referrer.inside(server, room, { uri: ANA, way: 'out of dialog' });
  const bruno = await Caller.call(server, room, { uri: BRUNO });
  const carla = await Referrer.inside(server, room, { uri: CARLA, way: 'in dialog' });
  expect(await carla.status(`<${BRUNO};method=BYE>`)).toBe(403);
  expect(await carla.status(`<${ANA};method=BYE>`)).toBe(403);
  expect(await ana.status(`<${BRUNO};method=BYE>`, SILENT)).toBe(202);
  await bruno.answered('BYE');
  expect(await invite(BRUNO)).toBe(403);
});

test('REF-08 a list with a moderator on it, from another one, is refused whole: nobody goes, nobody is called', async () => {
  await start({ rooms: { defaults: { moderators: [ANA, CARLA] } } });
  const ana = await Referrer.inside(server, room, { uri: ANA, way: 'in dialog' });
  const others = [await Caller.call(server, room, { uri: BRUNO }), await Caller.call(server, room, { uri: CARLA })];
  const headers: [string, string][] = [
    ['Refer-To', '<cid:a@h>'],
    ['Content-ID', '<a@h>'],
    ['Content-Type', 'application/resource-lists+xml'],
  ];
  const body = list('sip:dora@example.com', `${BRUNO};method=BYE`, `${CARLA};method=BYE`);
  expect((await ana.refer({ headers, body })).response.status).toBe(403);
  expect(invitations.requests).toEqual([]);
  for (const { sip } of others) expect(sip.unread).toBe(0);
});

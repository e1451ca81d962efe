import { Bystanders } from '../support/bystanders.js';
import { answer, Callees } from '../support/callee.js';
import { Caller, newPath } from '../support/caller.js';
import { list, Referrer } from '../support/referrer.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { SipPeer } from '../support/sip-peer.js';

const DOMAIN = 'conf.example.com';
const LIST: [string, string][] = [
  ['Refer-To', '<cid:l@x>'],
  ['Require', 'multiple-refer, norefersub'],
  ['Refer-Sub', 'false'],
  ['Content-Type', 'application/resource-lists+xml'],
  ['Content-Disposition', 'recipient-list'],
  ['Content-ID', '<l@x>'],
];

let callees: Callees;
let server: ServerUnderTest;
let bystanders: Bystanders;
let eve: Referrer;

async function start(options: ServerUnderTestOptions = {}): Promise<void> {
  callees = await Callees.start();
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy, ...options });
  bystanders = await Bystanders.in(server, server.newRoom(DOMAIN));
  eve = await Referrer.inside(server, bystanders.room, { way: 'in dialog', uri: 'sip:eve@example.com' });
}
afterEach(async () => {
  await server.close();
  await callees.close();
});

/** What the REFERs of Eve made the room send: whom it calls until it calls `last`, which comes after them. */
async function called(last = 'sip:last@example.com'): Promise<string[]> {
  const uris: string[] = [];
  const asked = server.server.room(bystanders.room)?.invite(last);
  for (;;) {
    const invited = await callees.invited();
    invited.reply(480);
    if (invited.request.uri === last) break;
    uris.push(invited.request.uri);
  }
  await asked;
  return uris;
}

test('REFER amplification: who is on a list often, in whatever form, is called once; FAC-09', async () => {
  await start();
  const same = ['sip:carla@example.com', 'sip:carla@EXAMPLE.com', 'sip:%63arla@example.com', 'SIP:carla@example.com'];
  const body = list(...Array.from({ length: 10 }, () => same).flat());
  expect((await eve.refer({ headers: LIST, body })).response.status).toBe(202);
  expect(await called()).toEqual([same[0]]);
  await bystanders.undisturbed();
});

test('REFER amplification: the same REFER many times calls once', async () => {
  await start();
  for (let n = 0; n < 10; n++) expect(await eve.status('<sip:carla@example.com>', ['Refer-Sub', 'false'])).toBe(202);
  expect(await called()).toEqual(['sip:carla@example.com']);
});

test('REFER amplification: more than maxListEntries is refused before anybody is called; FAC-10', async () => {
  await start();
  const body = list(...Array.from({ length: 51 }, (_, n) => `sip:victim${n}@example.com`));
  expect((await eve.refer({ headers: LIST, body })).response.status).toBe(403);
  expect(await called()).toEqual([]);
  expect(server.server.chat.stats.limited).toEqual({ 'invitations.maxListEntries': 1 });
});

test('REFER amplification: twenty people a minute, whichever way; REF-15', async () => {
  await start();
  const statuses: number[] = [];
  for (let n = 0; n < 22; n++) statuses.push(await eve.status(`<sip:victim${n}@example.com>`, ['Refer-Sub', 'false']));
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 202), 403, 403]);
  expect(await called()).toHaveLength(20);
  await bystanders.undisturbed();
});

describe('REFER loops: rooms inviting rooms', () => {
  test.each([
    ['the room itself', () => bystanders.room],
    ['another room of this server', () => `sip:other@${DOMAIN}`],
    ['in capitals', () => `sip:other@${DOMAIN.toUpperCase()}`],
    ['with a port and parameters', () => `sip:other@${DOMAIN}:5060;transport=tcp;lr`],
    ['with sips', () => `sips:other@${DOMAIN}`],
  ])('%s is not called', async (_what, target) => {
    await start();
    expect(await eve.status(`<${target()}>`, ['Refer-Sub', 'false'])).toBe(403);
    expect((await eve.refer({ headers: LIST, body: list(target(), 'sip:carla@example.com') })).response.status).toBe(
      202,
    );
    expect(await called()).toEqual(['sip:carla@example.com']);
    await bystanders.undisturbed();
  });

  test('HDR-01: an INVITE of this room that comes back to it, or to another one here, is 482', async () => {
    await start();
    const sip = await Caller.agent(server);
    for (const room of [bystanders.room, server.newRoom(DOMAIN)]) {
      const looped = Caller.call(server, room, { uri: bystanders.room });
      await expect(looped).rejects.toThrow('INVITE: 482');
    }
    await sip.close();
    await bystanders.undisturbed();
  });

  test('a focus of another server is no guest: 482', async () => {
    await start();
    const room = server.newRoom(DOMAIN);
    const headers: [string, string][] = [['Contact', '<sip:room@127.0.0.1:9>;isfocus']];
    await expect(Caller.call(server, room, { uri: 'sip:room@b.example', headers })).rejects.toThrow('INVITE: 482');
  });

  test('what turns out to be a room when it answers is hung up on', async () => {
    await start();
    const asked = server.server.room(bystanders.room)?.invite('sip:carla@example.com');
    const invited = await callees.invited();
    const accepted = invited.accept(answer(newPath()), [['Contact', `<${callees.sip.uri}>;isfocus`]]);
    expect(await asked).toEqual([{ uri: 'sip:carla@example.com', status: 482, reason: 'Loop Detected' }]);
    await accepted;
    expect((await callees.request()).method).toBe('BYE');
    await bystanders.undisturbed();
  });

  test('two servers that invite rooms of each other: neither gets in, and nothing goes round', async () => {
    await start();
    const far = await ServerUnderTest.start({ domain: ['b.example'] });
    // The proxy between them routes by domain.
    const proxy = await SipPeer.start();
    try {
      const asked = server.server.room(bystanders.room)?.invite('sip:mirror@b.example');
      const invited = await callees.invited();
      proxy.proxy = far.proxy();
      const copy = { ...invited.request, headers: invited.request.headers.clone() };
      for (let via = copy.headers.getAll('Via').length; via > 0; via--) copy.headers.delete('Via');
      const response = await proxy.exchange(copy);
      expect(response.status).toBe(482);
      invited.reply(response.status);
      expect(await asked).toMatchObject([{ status: 482 }]);
      expect(far.server.rooms.size).toBe(0);
      await bystanders.undisturbed();
    } finally {
      await proxy.close();
      await far.close();
    }
  });
});

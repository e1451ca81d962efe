import { Callees } from '../support/callee.js';
import { cpim } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

jest.setTimeout(20_000);

const BOB = 'sip:bob@example.com';

describe.each(['udp', 'tcp'] as const)('a room that calls people by way of a proxy over %s', (transport) => {
  let callees: Callees;
  let server: ServerUnderTest;

  beforeAll(async () => {
    callees = await Callees.start(transport);
    server = await ServerUnderTest.start({ outboundProxy: callees.proxy });
  });
  afterEach(() => server.clear());
  afterAll(async () => {
    await server?.close();
    await callees?.close();
  });

  const newRoom = () => server.server.create(server.newRoom('conf.example.com'));

  test('INV-01, INV-02, INV-10, HDR-01: one INVITE each, from the room, to the proxy whatever the host', async () => {
    const room = newRoom();
    const results = room.invite([BOB, 'sip:x@evil.example']);
    const invited = [await callees.invited(), await callees.invited()];
    expect(invited.map(({ request }) => request.uri).toSorted()).toEqual([BOB, 'sip:x@evil.example']);
    expect(new Set(invited.map((each) => each.header('Call-ID'))).size).toBe(2);
    const [first] = invited;
    expect(first.header('To')).toBe(`<${first.request.uri}>`);
    expect(first.header('From')).toMatch(new RegExp(`^<${room.uri}>;tag=`));
    expect(first.header('Contact')).toBe(`<${room.uri}>;isfocus`);
    expect(first.header('Max-Forwards')).toBe('70');
    expect(first.header('Allow')).toContain('SUBSCRIBE');
    expect(first.header('Supported')).toBe('timer');
    expect(first.header('Content-Type')).toBe('application/sdp');
    expect(first.sdp).toMatch(/^m=message \d+ TCP\/MSRP \*\r\n/m);
    expect(first.sdp.match(/^m=/gm)).toHaveLength(1);
    expect(first.sdp).toContain('a=setup:actpass\r\n');
    expect(first.sdp).toContain('a=chatroom:nickname private-messages\r\n');
    expect(first.sdp).not.toContain('file-selector');
    for (const each of invited) each.reply(480);
    expect(await results).toEqual([
      { uri: BOB, status: 480, reason: 'Temporarily Unavailable' },
      { uri: 'sip:x@evil.example', status: 480, reason: 'Temporarily Unavailable' },
    ]);
  });

  test('who accepts is in, and chats', async () => {
    const room = newRoom();
    const ana = await server.join(room.uri, 'ana');
    const results = room.invite(BOB);
    const invited = await callees.invited();
    invited.reply(180);
    const bob = await invited.join();
    expect(await results).toEqual([{ uri: BOB, status: 200, reason: 'OK' }]);
    expect([...room.participants.keys()].toSorted()).toEqual(['sip:ana@example.com', BOB]);
    const heard = ana.events.next('message');
    bob.msrp.send(cpim(BOB, room.uri, 'Hello'));
    const [message] = await heard;
    expect(message).toMatchObject({ text: 'Hello' });
    const told = bob.msrp.frameOf('SEND');
    await room.send('Welcome');
    expect((await told).body).toContain('Welcome');
    await bob.bye();
    expect([...room.participants.keys()]).toEqual(['sip:ana@example.com']);
  });
});

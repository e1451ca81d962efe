import { Caller, cpim, inviteFrom, newPath, offer } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

const ANA = 'sip:ana@example.com';
const DOMAIN = 'conf.example.com';

let server: ServerUnderTest;
const told: string[] = [];

beforeAll(async () => {
  server = await ServerUnderTest.start({
    rooms: { static: { [`sip:lunch@${DOMAIN}`]: { aliases: ['8000'] }, [`sip:shut@${DOMAIN}`]: { locked: true } } },
  });
  server.events.on('join', (_room, { uri }) => void told.push(`join ${uri}`));
  server.events.on('leave', (_room, { uri }) => void told.push(`leave ${uri}`));
});
afterEach(async () => {
  await server.clear();
  told.length = 0;
});
afterAll(() => server?.close());

/** A dialog as its peer names it to the server. */
const named = ({ dialog }: Caller, more = ''): string =>
  `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}${more}`;

/** Final response to an INVITE with these headers. */
async function invite(room: string, headers: [string, string][], uri = ANA, transport?: 'udp' | 'tcp') {
  const agent = await Caller.agent(server, transport);
  return agent.exchange(inviteFrom(agent, room, { uri, headers, body: offer() }));
}

/** Contact of the 200 to an INVITE with these headers. */
async function contactFor(room: string, headers: [string, string][], transport: 'udp' | 'tcp') {
  const response = await invite(room, headers, ANA, transport);
  expect(response.status).toBe(200);
  return response.headers.get('Contact');
}

const participants = (room: string): number => server.server.chat.focus.room(room)?.participants.size ?? 0;

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test('JOIN-12 Replaces: the new leg takes the place of the old one, and nobody sees it', async () => {
    const room = server.newRoom(DOMAIN);
    const bo = await server.join(room, 'bo');
    const desk = await Caller.join(server, room, { uri: ANA, transport });
    await bo.events.next('join');
    told.length = 0;
    const headers: [string, string][] = [
      ['Replaces', named(desk)],
      ['Require', 'replaces'],
    ];
    const laptop = await Caller.join(server, room, { uri: ANA, transport, headers });
    const bye = await desk.answered('BYE');
    expect(bye.headers.get('Reason')).toBeUndefined();
    await bo.participant.send('hello laptop');
    expect((await laptop.msrp.frameOf('SEND')).body).toContain('hello laptop');
    expect([participants(room), told]).toEqual([2, []]);
    // RFC 3891 §3: "If the Replaces header field matches a confirmed dialog that has terminated" it is 603, as long as its BYE
    // is under way; afterwards 481.
    const again = await invite(room, [['Replaces', named(desk)]], ANA, transport);
    expect([481, 603]).toContain(again.status);
  });

  test('JOIN-12 who may not replace, and what cannot be replaced', async () => {
    const room = server.newRoom(DOMAIN);
    const caller = await Caller.join(server, room, { uri: ANA, transport });
    const replacing = async (value: string, to = room, uri = ANA) =>
      (await invite(to, [['Replaces', value]], uri, transport)).status;
    expect(await replacing(named(caller), room, 'sip:mallory@example.com')).toBe(403);
    expect(await replacing(named(caller, ';early-only'))).toBe(486);
    expect(await replacing(`x${named(caller)}`)).toBe(481);
    expect(await replacing(named(caller), server.newRoom(DOMAIN))).toBe(481);
    expect(await replacing(`${named(caller)}, ${named(caller)}`)).toBe(400);
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
    expect(participants(room)).toBe(1);
  });

  test('JOIN-13 Join with a leg of the room is an ordinary join', async () => {
    const room = server.newRoom(DOMAIN);
    const caller = await Caller.join(server, room, { uri: ANA, transport });
    const headers: [string, string][] = [
      ['Join', named(caller)],
      ['Require', 'join'],
    ];
    await Caller.call(server, room, { uri: 'sip:bo@example.com', transport, headers });
    expect(participants(room)).toBe(2);
    expect((await invite(room, [['Join', `x${named(caller)}`]], 'sip:c@example.com', transport)).status).toBe(481);
  });

  test('JOIN-08 the device that calls again takes the place of its old leg; others of its user stay', async () => {
    const room = server.newRoom(DOMAIN);
    const instance: [string, string] = ['Contact', '<sip:ana@127.0.0.1:9>;+sip.instance="<urn:uuid:1>"'];
    const bo = await server.join(room, 'bo');
    const old = await Caller.join(server, room, { uri: ANA, transport });
    const phone = { uri: ANA, transport, headers: [instance] };
    await Caller.join(server, room, phone);
    const second = await Caller.join(server, room, phone);
    await bo.participant.send('hello');
    expect((await second.msrp.frameOf('SEND')).body).toContain('hello');
    // The one without an instance stays.
    expect((await old.msrp.frameOf('SEND')).body).toContain('hello');
    const legs = server.server.chat.focus.room(room)?.participants.get(ANA)?.endpoints.size;
    expect([legs, participants(room), told.filter((each) => each.startsWith('leave'))]).toEqual([2, 2, []]);
  });

  test('JOIN-09 every device of a participant hears what the others write, and what another of his does', async () => {
    const room = server.newRoom(DOMAIN);
    const one = await Caller.join(server, room, { uri: ANA, transport });
    const two = await Caller.join(server, room, { uri: ANA, transport });
    one.msrp.send(`From: <${ANA}>\r\nTo: <${room}>\r\n\r\nContent-Type: text/plain\r\n\r\nfrom one`);
    expect((await two.msrp.frameOf('SEND')).body).toContain('from one');
    expect(participants(room)).toBe(1);
  });

  test('JOIN-19 sips in the Request-URI, the top Record-Route or the Contact: our Contact is sips', async () => {
    const room = server.newRoom(DOMAIN);
    const secure = `<${room.replace('sip:', 'sips:')}>;isfocus`;
    const sips: [string, string] = ['Contact', '<sips:ana@127.0.0.1:9>'];
    expect(await contactFor(room.replace('sip:', 'sips:'), [], transport)).toBe(secure);
    expect(await contactFor(room, [['Record-Route', '<sips:127.0.0.1:9;lr>, <sip:127.0.0.1:9;lr>']], transport)).toBe(
      secure,
    );
    expect(await contactFor(room, [sips], transport)).toBe(secure);
    expect(await contactFor(room, [['Record-Route', '<sip:127.0.0.1:9;lr>'], sips], transport)).toBe(
      `<${room}>;isfocus`,
    );
  });

  test('PBX-02 by an alias one is in the room itself, which Contact names', async () => {
    const lunch = `sip:lunch@${DOMAIN}`;
    const bo = await server.join(lunch, 'bo');
    const caller = await Caller.join(server, `sip:8000@${DOMAIN}`, { uri: ANA, transport });
    expect(caller.response.headers.get('Contact')).toBe(`<${lunch}>;isfocus`);
    const text = (to: string) => `From: <${ANA}>\r\nTo: <${to}>\r\n\r\nContent-Type: text/plain\r\n\r\nto ${to}`;
    caller.msrp.send(text(`sip:8000@${DOMAIN}`));
    expect((await bo.events.next('message'))[0].text).toBe(`to sip:8000@${DOMAIN}`);
    caller.msrp.send(text(lunch));
    expect((await bo.events.next('message'))[0].text).toBe(`to ${lunch}`);
    expect(server.server.chat.focus.room(`sip:8000@${DOMAIN}`)?.uri).toBe(lunch);
  });

  test('CAP-03, CAP-07: OPTIONS in a dialog is answered, INFO is 405 with Allow', async () => {
    const room = server.newRoom(DOMAIN);
    const caller = await Caller.call(server, room, { transport });
    const options = await finalOf(caller.request('OPTIONS'));
    expect([options.status, options.headers.get('Contact')]).toEqual([200, `<${room}>;isfocus`]);
    const info = await finalOf(caller.request('INFO', { headers: [['Info-Package', 'foo']] }));
    expect([info.status, info.headers.get('Allow')]).toEqual([405, expect.stringContaining('INVITE')]);
  });

  test('BYE-01 who hangs up is gone, and the others hear so', async () => {
    const room = server.newRoom(DOMAIN);
    const bo = await server.join(room, 'bo');
    const caller = await Caller.join(server, room, { uri: ANA, transport });
    await bo.events.next('join');
    expect(await caller.bye()).toMatchObject({ status: 200 });
    expect(participants(room)).toBe(1);
    expect(told).toContain(`leave ${ANA}`);
  });
});

test('CAP-01, IDN-05: OPTIONS is answered as an INVITE would be', async () => {
  const agent = await Caller.agent(server);
  const status = async (room: string, headers: [string, string][] = []) =>
    (await agent.exchange(agent.compose('OPTIONS', room, { headers }))).status;
  expect(await status(`sip:lunch@${DOMAIN}`)).toBe(200);
  expect(await status(`sip:shut@${DOMAIN}`)).toBe(403);
  const asking = await ServerUnderTest.start({
    auth: 'trusted-proxy',
    trustedPeers: ['192.0.2.1/32'],
    rooms: { create: 'nobody', static: { lobby: {} } },
  });
  try {
    const stranger = await Caller.agent(asking);
    const to = async (room: string) => (await stranger.exchange(stranger.compose('OPTIONS', room))).status;
    expect([await to('sip:lobby@localhost'), await to('sip:other@localhost')]).toEqual([403, 404]);
  } finally {
    await asking.close();
  }
});

test('CAP-01: OPTIONS to a full room is 486', async () => {
  const full = await ServerUnderTest.start({ rooms: { static: { full: { maxParticipants: 1 } } } });
  try {
    await Caller.call(full, 'sip:full@localhost', { uri: ANA });
    const agent = await Caller.agent(full);
    expect((await agent.exchange(agent.compose('OPTIONS', 'sip:full@localhost'))).status).toBe(486);
  } finally {
    await full.close();
  }
});

describe('JOIN-17 no ACK', () => {
  test('JOIN-01 nobody sees him before his ACK, or the session that shows that he has the 200', async () => {
    const room = server.newRoom(DOMAIN);
    const agent = await Caller.agent(server);
    const path = newPath();
    const request = inviteFrom(agent, room, { uri: ANA, body: offer({ path }) });
    const response = await agent.exchange(request);
    expect([response.status, participants(room)]).toEqual([200, 0]);
    await server.join(room, 'bo');
    expect(told).toEqual(['join sip:bo@example.com']);
  });
});

test('BYE-09 the order in which a room ends: CANCEL, BYE, the last NOTIFY, then 404', async () => {
  const closing = await ServerUnderTest.start({ rooms: { create: 'nobody', static: { lobby: {} } } });
  try {
    const room = 'sip:lobby@localhost';
    // One device, so that what it is sent comes in order.
    const ana = await Caller.agent(closing);
    await ana.subscribe(room, [['Event', 'conference']]);
    (await ana.next()).reply(200);
    await ana.invite(inviteFrom(ana, room, { uri: ANA, body: offer() }));
    (await ana.next()).reply(200);
    closing.server.chat.focus.close(room, 'over');
    const agent = await Caller.agent(closing);
    expect((await agent.exchange(inviteFrom(agent, room, { uri: ANA, body: offer() }))).status).toBe(404);
    const wire: string[] = [];
    for (const header of ['Reason', 'Subscription-State']) {
      const transaction = await ana.next();
      transaction.reply(200);
      const { method, headers } = transaction.request;
      wire.push(`${method} ${headers.get(header)}`);
    }
    expect(wire).toEqual(['BYE SIP;cause=403;text="over"', 'NOTIFY terminated;reason=noresource']);
  } finally {
    await closing.close();
  }
});

test('BYE-09 a message that has begun comes through before its room ends; nobody joins meanwhile', async () => {
  const room = server.newRoom();
  const bo = await server.join(room, 'bo');
  const caller = await Caller.join(server, room, { uri: ANA });
  const body = cpim(ANA, room, 'the end');
  const [from, to] = [body.slice(0, 60), body.slice(60)];
  const messageId = 'begun';
  expect((await caller.exchange(from, { messageId, range: `1-60/${body.length}`, flag: '+' })).what).toBe('200');
  const closed = server.server.existing(room).close('over');
  const agent = await Caller.agent(server);
  expect((await agent.exchange(inviteFrom(agent, room, { uri: ANA, body: offer() }))).status).toBe(404);
  caller.msrp.send(to, { messageId, range: `61-${body.length}/${body.length}` });
  expect((await bo.events.next('message'))[0]).toMatchObject({ text: 'the end' });
  await Promise.all([caller.answered('BYE'), closed]);
});

test('PBX-12 the log tells who came and went, and nothing of what was written', async () => {
  const log: string[] = [];
  const write = (fields: object, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: write, info: write, warn: write, error: write };
  const logging = await ServerUnderTest.start({ logger });
  try {
    const room = logging.newRoom();
    const bo = await logging.join(room, 'bo');
    const caller = await Caller.join(logging, room, { uri: ANA });
    caller.msrp.send(`From: <${ANA}>\r\nTo: <${room}>\r\n\r\nContent-Type: text/plain\r\n\r\na secret`);
    await bo.events.next('message');
    await caller.bye();
    expect(log.filter((line) => line.includes(ANA)).map((line) => line.split(' ')[0])).toContain('joined');
    expect(log.join('\n')).not.toContain('secret');
  } finally {
    await logging.close();
  }
});

test('BYE-05 a group that ends for ever: 410 to everybody', async () => {
  const network = await ServerUnderTest.start({ profile: 'rcs', clock: new ManualClock() });
  try {
    const room = network.newRoom(DOMAIN);
    const caller = await Caller.join(network, room, { uri: ANA });
    network.server.chat.focus.close(room, 'over');
    expect((await caller.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=410;text="Gone"');
  } finally {
    await network.close();
  }
});

describe('rcs: what a BYE of a member says', () => {
  test.each([
    ['BYE-02 cause=200: he left for good, and may not come again', 'SIP;cause=200;text="Call completed"', 403],
    ['BYE-03 no Reason: he is away', undefined, 200],
    ['BYE-03 the bearer is gone', 'SIP;cause=480;text="Bearer Unavailable"', 200],
  ])('%s', async (_name, reason, again) => {
    const network = await ServerUnderTest.start({ rooms: { static: { group: { membership: true } } } });
    try {
      const room = 'sip:group@localhost';
      const caller = await Caller.join(network, room, { uri: ANA });
      const headers: [string, string][] = reason === undefined ? [] : [['Reason', reason]];
      expect(await finalOf(caller.request('BYE', { headers }))).toMatchObject({ status: 200 });
      const coming = Caller.call(network, room, { uri: ANA });
      if (again === 200) expect((await coming).response.status).toBe(again);
      else await expect(coming).rejects.toThrow(String(again));
    } finally {
      await network.close();
    }
  });
});

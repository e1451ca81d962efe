import { randomBytes } from 'node:crypto';
import { Caller, cpim } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

const ANA = 'sip:ana@example.com';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** `size` characters of text that hyphens and line ends cannot confuse with frames. */
const textOf = (size: number): string => randomBytes(size / 2).toString('hex');

describe.each(['udp', 'tcp'] as const)('room messages, SIP over %s', (transport) => {
  test('7701-6.1-05: reach everybody else, once, as they were written', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana', { transport, displayName: 'Ána' });
    const others = [await server.join(room, 'bob', { transport }), await server.join(room, 'carla', { transport })];
    expect(await ana.participant.send('Pizza? 🍕')).toMatchObject({ status: 200 });
    await ana.participant.send('no?');
    for (const { events } of others) {
      const [message] = await events.next('message');
      expect(message).toMatchObject({ from: ANA, displayName: 'Ána', text: 'Pizza? 🍕', private: false });
      expect(message.envelope.to).toMatchObject([{ uri: room }]);
      expect((await events.next('message'))[0].text).toBe('no?');
      expect(events.pending('message')).toEqual([]);
    }
    expect(ana.events.pending('message')).toEqual([]);
  });
});

test('7701-6.1-06: the copy has the very octets of the body', async () => {
  const room = server.newRoom();
  const bob = await Caller.join(server, room, { uri: 'sip:bob@example.com' });
  const ana = await Caller.join(server, room, { uri: ANA });
  const body = cpim(ANA, room, 'x', ['DateTime: 2026-11-21T00:24:12.179938+00:00', 'NS: my <urn:x>', 'my.Thing:   1 ']);
  expect(await ana.exchange(body)).toMatchObject({ what: '200' });
  expect((await bob.msrp.frameOf('SEND')).body).toBe(body);
});

test('7701-6.3-03: success report of the switch, once', async () => {
  const room = server.newRoom();
  const { participant, events } = await server.join(room, 'ana');
  const { messageId } = await participant.send('Pizza?', { successReport: true });
  expect((await events.next('report'))[0]).toMatchObject({ messageId, status: 200 });
});

test.each([300_000, 3_000_000])('7701-6.1-08: a message of %i octets arrives whole', async (size) => {
  const room = server.newRoom();
  const [ana, bob, carla] = await server.joinAll(room, 'ana', 'bob', 'carla');
  const text = textOf(size);
  expect(await ana.participant.send(text, { successReport: true })).toMatchObject({ status: 200 });
  for (const { events } of [bob, carla]) {
    const [message] = await events.next('message');
    expect(message.text === text).toBe(true);
  }
  expect((await ana.events.next('report'))[0].status).toBe(200);
});

test('small messages of others overtake a large one', async () => {
  const room = server.newRoom();
  const [ana, bob, carla] = await server.joinAll(room, 'ana', 'bob', 'carla');
  const text = textOf(3_000_000);
  const large = ana.participant.send(text);
  expect(await bob.participant.send('quick')).toMatchObject({ status: 200 });
  await large;
  const received = [(await carla.events.next('message'))[0], (await carla.events.next('message'))[0]];
  expect(new Set(received.map(({ text: got }) => got?.length))).toEqual(new Set([5, 3_000_000]));
});

test('4975-10-06: more than the announced size is refused with 413, the session lives on', async () => {
  const room = server.newRoom();
  const small = await ServerUnderTest.start({ limits: { maxMessageSize: 10_000 } });
  try {
    const ana = await Caller.join(small, room, { uri: ANA });
    expect(ana.response.body.toString()).toContain('\r\na=max-size:10000\r\n');
    expect(await ana.exchange(cpim(ANA, room, textOf(12_000)))).toMatchObject({ what: '413' });
    expect(await ana.exchange(cpim(ANA, room, 'x'))).toMatchObject({ what: '200' });
  } finally {
    await small.close();
  }
});

describe('refused messages reach nobody', () => {
  const cases: [string, string, (room: string) => string, string?][] = [
    ['7701-6.3-02: From of somebody else', '403', (room) => cpim('sip:bob@example.com', room, 'x')],
    ['7701-6.1-21: no From', '403', (room) => `To: <${room}>\r\n\r\nContent-Type: text/plain\r\n\r\nx`],
    [
      '7701-6.1-04: two To',
      '403',
      (room) => `From: <${ANA}>\r\nTo: <${room}>\r\nTo: <sip:bob@example.com>\r\n\r\nContent-Type: text/plain\r\n\r\nx`,
    ],
    ['7701-6.3-01: not message/cpim', '415', () => 'x', 'text/plain'],
    ['7701-6.1-21: CPIM that cannot be read', '400', () => 'no headers at all'],
  ];
  test.each(cases)('%s: %s', async (_title, status, ...[body, contentType = 'message/cpim']) => {
    const room = server.newRoom();
    const bob = await server.join(room, 'bob');
    const ana = await Caller.join(server, room, { uri: ANA });
    expect(await ana.exchange(body(room), { contentType })).toMatchObject({ what: status });
    expect(await ana.exchange(cpim(ANA, room, 'after'))).toMatchObject({ what: '200' });
    expect((await bob.events.next('message'))[0].text).toBe('after');
    expect(bob.events.pending('message')).toEqual([]);
  });
});

test('7701-6.1-24: a type the room does not take is refused with 415', async () => {
  const strict = await ServerUnderTest.start({ rooms: { static: { texts: { acceptWrappedTypes: ['text/plain'] } } } });
  try {
    const ana = await Caller.join(strict, 'sip:texts@localhost', { uri: ANA });
    const body = cpim(ANA, 'sip:texts@localhost', 'x').replace('text/plain', 'image/png');
    expect(await ana.exchange(body)).toMatchObject({ what: '415' });
    expect(ana.response.body.toString()).toContain('a=accept-wrapped-types:text/plain\r\n');
  } finally {
    await strict.close();
  }
});

test('7701-6.1-07: who does not accept a type is passed over', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const bob = await server.join(room, 'bob');
  const texts = await Caller.join(server, room, { uri: 'sip:carla@example.com', ...onlyText() });
  await ana.participant.sendContent(room, 'application/json', Buffer.from('{}'));
  await ana.participant.send('text');
  expect((await bob.events.next('message'))[0].contentType).toBe('application/json');
  expect((await texts.msrp.frameOf('SEND')).body).toContain('text/plain');
});

function onlyText(): { path: string; body: string } {
  const path = 'msrp://127.0.0.1:9/onlyText1;tcp';
  const body = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=message 9 TCP/MSRP *',
    `a=path:${path}`,
    'a=accept-types:message/cpim',
    'a=accept-wrapped-types:text/plain',
    'a=setup:active',
    '',
  ].join('\r\n');
  return { path, body };
}

describe('private messages', () => {
  test('7701-6.2-01: only to the addressee, on all its endpoints', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana');
    const bobs = [await server.join(room, 'bob'), await server.join(room, 'bob', { transport: 'tcp' })];
    const carla = await server.join(room, 'carla');
    expect(await ana.participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 200 });
    await ana.participant.send('to all');
    for (const { events } of bobs) {
      expect((await events.next('message'))[0]).toMatchObject({ from: ANA, text: 'psst', private: true });
      expect((await events.next('message'))[0]).toMatchObject({ text: 'to all', private: false });
    }
    expect((await carla.events.next('message'))[0].text).toBe('to all');
  });

  test('7701-6.2-04: nobody of that address: 404', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana');
    expect(await ana.participant.sendPrivate('sip:nobody@example.com', 'psst')).toMatchObject({ status: 404 });
  });

  test('7701-6.2-04: one who has left: 404', async () => {
    const room = server.newRoom();
    const [ana, bob] = await server.joinAll(room, 'ana', 'bob');
    await bob.participant.leave();
    expect(await ana.participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 404 });
  });

  test('7701-6.2-05: one who cannot take private messages: 428', async () => {
    const room = server.newRoom();
    const ana = await server.join(room, 'ana');
    const bob = await Caller.join(server, room, { uri: 'sip:bob@example.com', ...onlyText() });
    expect(await ana.participant.sendPrivate('sip:bob@example.com', 'psst')).toMatchObject({ status: 428 });
    await ana.participant.send('to all');
    expect((await bob.msrp.frameOf('SEND')).body).toContain('To: ');
  });

  test('7701-6.2-07: forbidden in the room: 403, and not announced', async () => {
    const quiet = await ServerUnderTest.start({ rooms: { defaults: { allowPrivateMessages: false } } });
    try {
      const ana = await Caller.join(quiet, 'sip:r@localhost', { uri: ANA });
      expect(ana.response.body.toString()).toContain('a=chatroom:nickname\r\n');
      expect(await ana.exchange(cpim(ANA, 'sip:bob@example.com', 'psst'))).toMatchObject({ what: '403' });
    } finally {
      await quiet.close();
    }
  });
});

test('7701-6.1-14: the other endpoint of the sender gets the message, the sending one does not', async () => {
  const room = server.newRoom();
  const desk = await server.join(room, 'ana');
  const phone = await server.join(room, 'ana');
  await desk.participant.send('from my desk');
  expect((await phone.events.next('message'))[0].text).toBe('from my desk');
  await phone.participant.send('from my phone');
  expect((await desk.events.next('message'))[0].text).toBe('from my phone');
});

test('rooms do not hear each other', async () => {
  const [one, other] = [server.newRoom(), server.newRoom()];
  const [ana, bob] = [await server.join(one, 'ana'), await server.join(one, 'bob')];
  const carla = await server.join(other, 'carla');
  await carla.participant.send('elsewhere');
  await ana.participant.send('here');
  expect((await bob.events.next('message'))[0].text).toBe('here');
});

test('3994-3.2-01, 3994-3.3-01 who writes is seen to write, until the message comes', async () => {
  const room = server.newRoom();
  const [ana, bob, carla] = await server.joinAll(room, 'ana', 'bob', 'carla');
  ana.participant.typing();
  for (const { events } of [bob, carla]) {
    expect((await events.next('composing'))[0]).toEqual({ from: ANA, private: false, state: 'active' });
  }
  await ana.participant.send('done');
  for (const { events } of [bob, carla]) {
    expect((await events.next('composing'))[0]).toMatchObject({ from: ANA, state: 'idle' });
    expect((await events.next('message'))[0].text).toBe('done');
  }
  expect(ana.events.pending('composing')).toEqual([]);
});

test('5438-7.2-01, 5438-8-01 the sender who asks learns who got a message and who read it, nobody else does', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const bob = await server.join(room, 'bob', { deliveryNotifications: true });
  const carla = await server.join(room, 'carla');
  const { imdnId } = await ana.participant.send('Pizza?', { dispositions: ['positive-delivery', 'display'] });
  const delivered = { from: 'sip:bob@example.com', messageId: imdnId, notice: 'delivery', status: 'delivered' };
  expect((await ana.events.next('disposition'))[0]).toMatchObject(delivered);
  const [message] = await carla.events.next('message');
  expect(await carla.participant.sendDisposition(message, 'display')).toMatchObject({ status: 200 });
  const displayed = { from: 'sip:carla@example.com', messageId: imdnId, notice: 'display', status: 'displayed' };
  expect((await ana.events.next('disposition'))[0]).toMatchObject(displayed);
  await ana.participant.send('end');
  for (const { events } of [bob, carla]) await events.next('message', ({ text }) => text === 'end');
  expect([bob.events.pending('disposition'), carla.events.pending('disposition')]).toEqual([[], []]);
});

test('7701-5.2-09, 7701-6.1-02, 5438-8-02 of an anonymous participant the others see no address', async () => {
  const room = server.newRoom();
  const bob = await server.join(room, 'bob');
  await bob.events.next('roster');
  const hidden = await server.join(room, 'ana', { anonymous: true, deliveryNotifications: true, displayName: 'Ana' });
  const [{ uri }] = await bob.events.next('join');
  expect(uri).toMatch(/^sip:anonymous\d+@anonymous\.invalid$/);
  await hidden.participant.send('hello');
  const [message] = await bob.events.next('message');
  expect(message.from).toBe(hidden.participant.uri);
  await bob.participant.send('who?', { dispositions: ['positive-delivery'] });
  const [disposition] = await bob.events.next('disposition');
  expect(disposition).toMatchObject({ from: hidden.participant.uri, recipientUri: hidden.participant.uri });
  await bob.participant.sendPrivate(message.from, 'psst');
  expect((await hidden.events.next('message', ({ private: toUs }) => toUs))[0].text).toBe('psst');
  for (const seen of [bob.participant.participants, message, disposition]) {
    expect(JSON.stringify(seen)).not.toMatch(/\bana\b/i);
  }
  expect(Buffer.from(message.raw).toString()).not.toMatch(/\bana\b/i);
});

import { availableParallelism } from 'node:os';
import { chatrooms, ChatroomsError } from '../../../../plugin/index.js';
import type { ChatroomsOptions } from '../../../../plugin/options/options.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';
import { peerProfile } from '../../../../plugin/sip/peer-profile.js';
import { roomFrom, roomUri } from '../../../../plugin/sip/room-uri.js';

test('4975-6-06: defaults', () => {
  const settings = parseOptions({});
  expect(settings).toMatchObject({
    domain: ['localhost'],
    msrp: { listen: { host: '127.0.0.1', port: 2855 } },
    rooms: { create: 'anyone', defaults: {}, static: {} },
    workers: 1,
    interop: { strict: false, assumePrivateMessages: 'auto', lenientNicknameQuoting: 'auto', lenientMessageId: false },
  });
});

test.each([
  [{ domian: 'x' }, /no option domian; did you mean "domain"\?$/],
  [{ authorizejoin: () => {} }, /no option authorizejoin; did you mean "authorizeJoin"\?$/],
  [
    { msrp: { sharedWs: { advertise: 'a:1', plian: true } } },
    /no option msrp\.sharedWs\.plian; did you mean "plain"\?$/,
  ],
  [{ rooms: { static: { lobby: { moderator: [] } } } }, /lobby\.moderator; did you mean "moderators"\?$/],
  [{ colour: 'red' }, /no option colour\.$/],
  [{ msrp: { tls: { cret: 'x' } } }, /no option msrp\.tls\.cret; did you mean "cert"\?$/],
  [{ domain: '' }, /Option domain: is no host name\.$/],
  [{ domain: [] }, /Option domain: must not be empty\.$/],
  [{ domain: 7 }, /Option domain: has to be a string or an array\.$/],
  [{ msrp: { listen: 2855 } }, /Option msrp\.listen: has to be a string\.$/],
  [{ msrp: '127.0.0.1:2855' }, /Option msrp: has to be an object\.$/],
  [{ auth: 'digets' }, /Option auth: is not known; use open, trusted-proxy, digest; did you mean "digest"\?$/],
  [{ msrp: { port: 1 } }, /no option msrp\.port\./],
  [{ rooms: { static: { lobby: { topic: 'x' } } } }, /no option rooms\.static\.lobby\.topic\./],
  [{ msrp: { listen: '2855' } }, /msrp\.listen: "2855" is not HOST:PORT/],
  [{ rooms: { create: 'some' } }, /Option rooms\.create: /],
  [{ workers: 0 }, /Option workers: /],
  [{ workers: 2, workerPortStep: 1, msrp: { tls: {} } }, /workerPortStep: with 1, worker 1 would listen at port 2856/],
  [{ limits: { maxRooms: -1 } }, /Option limits\.maxRooms: /],
  [{ limits: { slowReader: 'wait' } }, /Option limits\.slowReader: /],
  [{ limits: { maxSpoolBytes: -1 } }, /Option limits\.maxSpoolBytes: /],
  [{ logger: {} }, /Option logger: is no logger/],
  [{ authenticate: true }, /Option authenticate: is no function/],
  [{ domain: 'a b' }, /Option domain: /],
  [{ msrp: { advertise: 'a\r\nb' } }, /Option msrp\.advertise: is no host name/],
  [{ msrp: { bindSource: 'c-line' } }, /Option msrp\.bindSource: /],
  [{ msrp: { connect: { allow: ['10.0.0.0/33'] } } }, /msrp\.connect\.allow: "10\.0\.0\.0\/33" is no address block/],
  [{ msrp: { connect: { deny: ['inside.example'] } } }, /msrp\.connect\.deny: "inside\.example" is no address block/],
  [{ rooms: { defaults: { acceptWrappedTypes: ['*\r\na=x'] } } }, /acceptWrappedTypes\.0: is no media type/],
  [{ msrp: { ws: {} } }, /Option msrp\.ws\.listen: /],
  [{ msrp: { ws: { listen: 'here' } } }, /msrp\.ws\.listen: "here" is not HOST:PORT/],
  [{ msrp: { ws: { listen: '127.0.0.1:1', advertise: 'there' } } }, /msrp\.ws\.advertise: "there" is not HOST:PORT/],
  [{ msrp: { ws: { listen: '0.0.0.0:2857' } } }, /msrp\.ws: without TLS it has to listen on 127\.0\.0\.1/],
  [{ msrp: { wss: { listen: '0.0.0.0:443' } } }, /msrp\.wss: needs msrp\.tls/],
  [{ msrp: { sharedWs: {} } }, /Option msrp\.sharedWs\.advertise: /],
  [{ msrp: { sharedWs: { advertise: '8080' } } }, /msrp\.sharedWs\.advertise: "8080" is not HOST:PORT/],
  [{ msrp: { sharedWs: { advertise: 'a:1', port: 1 } } }, /Option msrp\.sharedWs\.port: is no function/],
  [
    { msrp: { sharedWs: { advertise: 'a:1', origins: ['https://a.example/'] } } },
    /Option msrp\.sharedWs\.origins\.0: is no origin; write it like https:\/\/chat\.example\.com/,
  ],
  [
    { msrp: { tls: {}, wss: { listen: '0.0.0.0:443' }, ws: { listen: '127.0.0.1:1', advertise: 'a:443' } } },
    /msrp\.ws\.advertise: peers are sent to msrp\.wss already/,
  ],
])('%j names what is wrong', (options, message) => {
  // @ts-expect-error that is the point
  const make = (): unknown => chatrooms(options);
  expect(make).toThrow(ChatroomsError);
  expect(make).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION', message: expect.stringMatching(message) }));
});

test('workers: as many as there are cores', () => {
  const { workers } = parseOptions({ workers: 'auto' });
  expect(workers).toBe(Math.min(availableParallelism(), 64));
});

test('7977-5.1-02: plain WebSocket on loopback, or where a proxy ends TLS; WSS anywhere', () => {
  const { msrp } = parseOptions({
    msrp: { tls: {}, ws: { listen: '[::1]:2857' }, wss: { listen: '0.0.0.0:443', origins: ['https://a.example'] } },
  });
  expect(msrp).toMatchObject({
    ws: { listen: { host: '::1', port: 2857 } },
    wss: { listen: { host: '0.0.0.0', port: 443 }, origins: ['https://a.example'] },
  });
  const behind = parseOptions({ msrp: { ws: { listen: '10.0.0.1:80', advertise: 'chat.example.com:443' } } });
  expect(behind.msrp).toMatchObject({ ws: { advertise: { host: 'chat.example.com', port: 443 } }, wss: undefined });
});

describe('chatrooms()', () => {
  test('is middleware and an emitter', () => {
    const rooms = chatrooms();
    expect(typeof rooms).toBe('function');
    expect(rooms).toHaveLength(3);
    const seen: string[] = [];
    expect(rooms.on('roomCreated', (room) => seen.push(room.uri))).toBe(rooms);
    expect(rooms.listenerCount('roomCreated')).toBe(1);
    rooms.off('roomCreated', () => {});
    expect(seen).toEqual([]);
  });

  describe('a room in a domain that is not served', () => {
    const room = 'sip:other@b.example';
    const [here, there] = [{ domain: 'chat.example.com' }, { rooms: { static: { [room]: {} } } }];
    const refusal = { code: 'CHAT_ERR_ROOM_DOMAIN', message: expect.stringContaining('serves chat.example.com;') };

    test('is not made', async () => {
      await expect(chatrooms(here).create(room)).rejects.toMatchObject(refusal);
      expect(() => chatrooms({ ...here, ...there })).toThrow(expect.objectContaining(refusal));
    });

    test('is, with an alias in one that is', async () => {
      const config = { aliases: ['sip:other@Chat.example.com'] };
      expect((await chatrooms(here).create(room, config)).uri).toBe(room);
      expect(() => chatrooms({ ...here, rooms: { static: { [room]: config } } })).not.toThrow();
      await expect(chatrooms(here).create(room, { aliases: ['8000'] })).rejects.toMatchObject(refusal);
    });

    test.each<[string, ChatroomsOptions]>([
      ['a function knows the domains', { domain: () => null }],
      ['calls can be led there', { ...here, resolveRoom: () => room }],
    ])('is, where %s', async (_, options) => {
      expect((await chatrooms(options).create(room)).uri).toBe(room);
      expect([...chatrooms({ ...options, ...there }).rooms.keys()]).toEqual([room]);
    });
  });

  test('creates, finds and closes rooms', async () => {
    const rooms = chatrooms({
      domain: ['chat.example.com', 'b.example'],
      rooms: { static: { lobby: { title: 'Hall' } } },
    });
    const events: string[] = [];
    rooms.on('roomCreated', (room) => events.push(`+${room.uri}`));
    rooms.on('roomClosed', (room) => events.push(`-${room.uri}`));
    expect([...rooms.rooms.keys()]).toEqual(['sip:lobby@chat.example.com']);
    const room = await rooms.create('games & fun', { subject: 'play' });
    expect([room.name, room.uri]).toEqual(['games & fun', 'sip:games%20&%20fun@chat.example.com']);
    await rooms.create('sip:other@b.example');
    expect(rooms.room('games & fun')).toBe(room);
    await expect(rooms.create('games & fun')).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_EXISTS' });
    await expect(rooms.create('')).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_URI' });
    await expect(rooms.in('nowhere').send('x')).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_UNKNOWN' });
    await expect(room.to('nobody').send('x')).rejects.toMatchObject({ code: 'CHAT_ERR_NO_PARTICIPANT' });
    expect(await room.send('nobody hears it')).toBe(0);
    await room.close();
    expect(events).toEqual([
      '+sip:games%20&%20fun@chat.example.com',
      '+sip:other@b.example',
      '-sip:games%20&%20fun@chat.example.com',
    ]);
    expect(rooms.room('games & fun')).toBeUndefined();
    await rooms.close();
  });
});

test('room URIs: one for every way to write it', () => {
  expect(roomFrom('sip:l%6Fbby:pw@LocalHost:5080;transport=tcp', '')?.uri).toBe('sip:lobby@localhost');
  expect(roomFrom('sip:caf%C3%A9@x', '')).toMatchObject({ uri: 'sip:caf%C3%A9@x', name: 'café' });
  for (const bad of ['', 'x'.repeat(257), 'a\r\nb', '\ud800']) expect(roomUri(bad, 'x')).toBeUndefined();
  for (const bad of ['sip:%@x', 'sip:%ff@x', 'sip:x']) expect(roomFrom(bad, 'x')).toBeUndefined();
});

test('P-SDP-02, P-NICK-01: what is assumed of SIP SIMPLE, and of nobody when strict', () => {
  const { interop } = parseOptions({});
  expect(peerProfile('sipsimple 5.5.0', interop)).toEqual({
    agProjects: true,
    assumePrivateMessages: true,
    lenientNickname: true,
    delivery: 'whole',
  });
  expect(peerProfile('Blink Pro 5.9.1 (MacOSX)', { ...interop, strict: true })).toEqual({
    agProjects: true,
    assumePrivateMessages: false,
    lenientNickname: false,
    delivery: 'whole',
  });
  expect(peerProfile('Linphone', interop)).toMatchObject({ agProjects: false, delivery: 'stream' });
  expect(peerProfile(undefined, { ...interop, assumePrivateMessages: 'always' }).assumePrivateMessages).toBe(true);
});

describe('msrp.tls', () => {
  test('off by default; with its defaults', () => {
    expect(parseOptions({}).msrp).toMatchObject({ tls: undefined, sessionMatch: 'uri', cema: false });
    expect(parseOptions({ msrp: { tls: {} } }).msrp.tls).toEqual({ listen: { host: '127.0.0.1', port: 2856 } });
    const tls = { listen: '[::]:1', cert: 'c.pem', key: 'k.pem', ca: 'a.pem', ciphers: 'DEFAULT' };
    expect(parseOptions({ msrp: { tls } }).msrp.tls).toEqual({
      listen: { host: '::', port: 1 },
      files: { cert: 'c.pem', key: 'k.pem' },
      ca: 'a.pem',
      ciphers: 'DEFAULT',
    });
  });

  test.each([
    [{ msrp: { tls: { listen: 'x' } } }, 'msrp.tls.listen: "x" is not HOST:PORT.'],
    [{ msrp: { tls: { cert: 'x' } } }, 'Option msrp.tls.key: cert and key belong together; give both or neither.'],
    [{ msrp: { tls: { port: 1 } } }, 'There is no option msrp.tls.port.'],
    [{ msrp: { sessionMatch: 'host' } }, 'Option msrp.sessionMatch: is not known; use uri, session-id.'],
    [{ rooms: { defaults: { aliases: ['8000'] } } }, 'Option rooms.defaults: no two rooms can have the same aliases'],
    [{ rooms: { static: { a: { aliases: [''] } } } }, 'Option rooms.static.a.aliases.0: is no name of a room'],
    [{ rooms: { defaults: { tls: 'required' } } }, "Option rooms.defaults.tls: 'required' needs a TLS listener"],
    [{ rooms: { static: { a: { tls: 'required' } } } }, "Option rooms.static.a.tls: 'required' needs a TLS listener"],
  ])('%j', (options, message) => {
    expect(() => parseOptions(options as ChatroomsOptions)).toThrow(message);
  });

  test('7701-11-06: a room that requires TLS is not made without a listener', async () => {
    const rooms = chatrooms();
    await expect(rooms.create('vault', { tls: 'required' })).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
  });
});

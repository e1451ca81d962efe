/** Every example runs, and does what its first lines say. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { Example } from '../support/example.js';
import { SipPeer } from '../support/sip-peer.js';

describe('examples', () => {
  let drachtio: EmbeddedDrachtio;
  let example: Example | undefined;
  const present: TestParticipant[] = [];

  beforeEach(async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    drachtio = await startEmbeddedDrachtio({ udp: listen, tcp: listen });
  });

  afterEach(async () => {
    await Promise.all(present.splice(0).map(({ participant }) => participant.leave()));
    await example?.stop();
    await drachtio.close();
  });

  const start = async (name: string): Promise<Example> => {
    example = await Example.start(name, drachtio);
    return example;
  };

  const joins = async (nick: string): Promise<TestParticipant> => {
    const proxy = drachtio.addresses.tcp!;
    const who = await joinRoom('sip:lobby@localhost', { uri: `sip:${nick}@localhost`, nick, proxy, transport: 'tcp' });
    present.push(who);
    return who;
  };

  test.each([
    'custom-auth',
    'embed',
    'embedded-in-your-app',
    'greeting-bot',
    'moderated-room',
    'recording',
    'webhook-bridge',
  ])('%s: a secret that the server does not accept is told, and not taken for a connection', async (name) => {
    const settings = { TOKEN_KEY: 'key', INCOMING_WEBHOOK: 'http://127.0.0.1:1/', OUTGOING_TOKEN: 'token' };
    example = Example.launch(name, drachtio, { ...settings, DIRECTORY: tmpdir(), DRACHTIO_SECRET: 'another' });
    const [said] = await example.match(/.*(?:failed to authenticate|connected).*/);
    expect(said).toMatch(/: failed to authenticate/);
  });

  test('embed: rooms in an existing application, by five lines', async () => {
    const source = readFileSync('examples/embed/index.js', 'utf8');
    expect(source.match(/\/\/ \d(?=:|$)/gm)).toEqual(['// 1', '// 2', '// 3', '// 4', '// 5']);
    const embed = await start('embed');
    const alice = await joins('alice');
    const bob = await joins('bob');
    await embed.prints('sip:bob@localhost joined lobby');
    await alice.participant.send('hello');
    await bob.events.next('message', ({ text }) => text === 'hello');
    await embed.prints('lobby: sip:alice@localhost: hello');
  });

  test('greeting-bot: greets, and answers commands', async () => {
    await start('greeting-bot');
    const alice = await joins('alice');
    await alice.events.next('message', ({ text }) => text?.startsWith('Welcome to lobby') ?? false);
    const bob = await joins('bob');
    await bob.events.next('message', ({ text }) => text?.startsWith('Welcome to lobby') ?? false);
    await alice.participant.send('!who');
    await bob.events.next('message', ({ text }) => text === 'Here: alice, bob.');
  });

  test('moderated-room: filters words, and obeys its moderator', async () => {
    await start('moderated-room');
    const alice = await joins('alice');
    const bob = await joins('bob');
    expect(await bob.participant.send('come to my casino')).toMatchObject({ status: 403 });
    await bob.participant.send('darn it');
    await alice.events.next('message', ({ text }) => text === '**** it');
    await bob.participant.send('/kick alice');
    await bob.events.next('message', ({ text }) => text?.includes('You may not do that') ?? false);
    await alice.participant.send('/kick bob');
    await bob.events.next('ended');
    await alice.events.next('message', ({ text }) => text === 'bob was removed.');
  });

  test('embedded-in-your-app: its users, its registrar and its calls, and rooms that ask it', async () => {
    const app = await start('embedded-in-your-app');
    const proxy = drachtio.addresses.tcp!;
    const join = (user: string, room = 'team', password = `secret-of-${user}`): Promise<TestParticipant> =>
      joinRoom(`sip:${room}@chat.example.com`, {
        uri: `sip:${user}@example.com`,
        nick: user,
        password,
        proxy,
        transport: 'tcp',
      });
    present.push(await join('ana'), await join('bruno'));
    await app.prints('sip:bruno@example.com joined team');
    const [ana, bruno] = present;
    await ana.participant.send('hello');
    await bruno.events.next('message', ({ text }) => text === 'hello');
    await ana.participant.send('/mute bruno');
    await app.prints('audit: sip:ana@example.com did mute sip:bruno@example.com');
    await expect(join('bruno', 'team', 'wrong')).rejects.toThrow(/401|403/);
    await expect(join('guest')).rejects.toThrow(/403/);
    const peer = await SipPeer.start('tcp');
    peer.proxy = `sip:${proxy.host}:${proxy.port};transport=tcp`;
    const guest = 'sip:guest@example.com';
    const headers: [string, string][] = [
      ['From', `<${guest}>;tag=1`],
      ['To', `<${guest}>`],
      ['Expires', '60'],
    ];
    expect((await peer.exchange(peer.compose('REGISTER', 'sip:example.com', { headers }))).status).toBe(200);
    await app.prints(`${guest} is online`);
    const call = await peer.exchange(peer.compose('INVITE', guest));
    expect([call.status, call.headers.get('Contact')]).toEqual([302, `<${peer.uri}>`]);
    await peer.close();
  });
});

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Ng } from '../../../../plugin/media/ng.js';
import { FakeRtpEngine } from '../../../support/fake-rtpengine.js';
import { ManualClock } from '../../../support/manual-clock.js';

const clock = new ManualClock();

let peer: Socket;
let ng: Ng;

beforeEach(async () => {
  peer = createSocket('udp4').bind(0, '127.0.0.1');
  await once(peer, 'listening');
  ng = new Ng({ address: { host: '127.0.0.1', port: peer.address().port }, clock });
});

afterEach(() => {
  ng.close();
  peer.close();
  expect(clock.pending).toBe(0);
});

/** The next datagram: its cookie, the rest, and where it came from. */
async function datagram(): Promise<{ cookie: string; text: string; from: RemoteInfo }> {
  const [message, from] = (await once(peer, 'message')) as [Buffer, RemoteInfo];
  const [cookie, ...rest] = message.toString().split(' ');
  return { cookie, text: rest.join(' '), from };
}

const reply = ({ cookie, from }: { cookie: string; from: RemoteInfo }, text: string): void =>
  peer.send(`${cookie} ${text}`, from.port, from.address);

test('a command and its reply', async () => {
  const asked = ng.request('publish', { 'call-id': 'c', flags: ['bidirectional'] });
  const command = await datagram();
  expect(command.cookie).toHaveLength(36);
  expect(command.text).toBe('d7:call-id1:c7:command7:publish5:flagsl13:bidirectionalee');
  reply(command, 'd6:result2:ok3:sdp3:v=0e');
  expect(await asked).toEqual({ is: 'reply', reply: { result: 'ok', sdp: 'v=0' } });
});

test('an error is a refusal with its reason', async () => {
  const asked = ng.request('mesh');
  reply(await datagram(), 'd12:error-reason20:Unrecognized command6:result5:errore');
  expect(await asked).toEqual({ is: 'refused', reason: 'Unrecognized command' });
});

test('sent again with the same cookie; the second reply is nobody’s', async () => {
  const asked = ng.request('ping');
  const first = await datagram();
  clock.advance(250);
  const again = await datagram();
  expect(again.cookie).toBe(first.cookie);
  reply(first, 'd6:result4:ponge');
  reply(again, 'd6:result4:ponge');
  expect(await asked).toMatchObject({ is: 'reply' });
  const next = ng.request('ping');
  reply(await datagram(), 'd6:result4:ponge');
  expect(await next).toMatchObject({ is: 'reply' });
});

test('silent after a second, whatever comes later', async () => {
  const asked = ng.request('ping');
  const command = await datagram();
  clock.advance(1_000);
  expect(await asked).toEqual({ is: 'silent', reason: 'no reply' });
  reply(command, 'd6:result4:ponge');
  const next = ng.request('ping');
  reply(await datagram(), 'd6:result4:ponge');
  expect(await next).toMatchObject({ is: 'reply' });
});

test.each(['', 'x', 'd', 'le', 'i1e', 'd6:resulti1e', 'l'.repeat(60_000), 'd6:result99999999999:ok'])(
  'what is no reply does no harm: %j',
  async (text) => {
    const asked = ng.request('ping');
    const command = await datagram();
    reply(command, text);
    reply(command, 'd6:result4:ponge');
    expect(await asked).toEqual({ is: 'reply', reply: { result: 'pong' } });
  },
);

test('a port that nobody listens on is heard of at once, and the next command tries anew', async () => {
  const gone = await FakeRtpEngine.start();
  await gone.close();
  const other = new Ng({ address: { host: '127.0.0.1', port: gone.port }, clock });
  expect(await other.request('ping')).toMatchObject({ is: 'silent' });
  const back = await FakeRtpEngine.start('26.3', gone.port);
  expect(await other.request('ping')).toMatchObject({ is: 'refused' });
  other.close();
  await back.close();
});

test('a host that does not exist', async () => {
  const other = new Ng({ address: { host: 'rtpengine.invalid', port: 2223 }, clock });
  expect(await other.request('ping')).toMatchObject({ is: 'silent' });
  other.close();
});

test('closed: what waits is told so, and nothing is sent any more', async () => {
  const asked = ng.request('ping');
  ng.close();
  expect(await asked).toEqual({ is: 'silent', reason: 'closed' });
  expect(await ng.request('ping')).toEqual({ is: 'silent', reason: 'closed' });
});

test('what is too long for a datagram is refused, and nothing else fails of it', async () => {
  const asked = ng.request('ping');
  expect(await ng.request('publish', { sdp: 'x'.repeat(65_000) })).toEqual({ is: 'refused', reason: 'too long' });
  reply(await datagram(), 'd6:result4:ponge');
  expect(await asked).toMatchObject({ is: 'reply' });
});

test('at most a thousand wait', async () => {
  const asked = Array.from({ length: 1_001 }, () => ng.request('ping'));
  expect(await asked.at(-1)).toEqual({ is: 'silent', reason: 'too many commands' });
  ng.close();
  await Promise.all(asked);
});

test('its own command back is no reply: the socket was given the port that rtpengine is to have', async () => {
  const asked = ng.request('ping');
  const command = await datagram();
  reply(command, command.text);
  expect((await asked).is).toBe('silent');
});

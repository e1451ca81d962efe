import { NodeTransport } from '../../lib/client/node/transport.js';
import { ChatParticipant } from '../../lib/client/participant.js';
import { EventLog } from '../../lib/client/testing.js';
import { FakeMsrpPeer, type Frame } from '../support/fake-msrp-peer.js';
import { cpim, FakeSignalling, roomAnswer } from '../support/fake-signalling.js';
import { Kamailio } from '../support/kamailio.js';
import { TEST_CERTIFICATE } from '../support/test-certificate.js';

const ROOM = 'sip:lobby@localhost';
const BOB = 'sip:bob@localhost';

let kamailio: Kamailio;
let peer: FakeMsrpPeer;
let signalling: FakeSignalling;
let alice: ChatParticipant;

function participant(password = 's3cret'): ChatParticipant {
  signalling = new FakeSignalling(() => roomAnswer(peer.path).replace('TCP/MSRP', 'TCP/TLS/MSRP'));
  alice = new ChatParticipant({
    uri: 'sip:alice@localhost',
    signalling,
    transport: new NodeTransport({ ca: TEST_CERTIFICATE }),
    relays: [{ uri: kamailio.uri, username: 'alice', password }],
  });
  return alice;
}

beforeAll(async () => {
  kamailio = await Kamailio.start();
});

afterAll(() => kamailio.stop());

beforeEach(async () => {
  peer = await FakeMsrpPeer.listen();
});

afterEach(async () => {
  await alice.leave();
  await peer.close();
});

test('4976-5.1-04, -05, 4976-9.1-01 Kamailio takes our credentials and relays both ways', async () => {
  const events = new EventLog(participant());
  await alice.join(ROOM);
  const [relay = '', own = ''] = /a=path:(\S+) (\S+)\r/.exec(signalling.offer)?.slice(1) ?? [];
  const bind = await peer.frame();
  expect(bind.headers.get('from-path')).toBe(`${relay} ${own}`);
  expect(await alice.send('hello')).toMatchObject({ status: 200 });
  expect((await peer.frameOf('SEND')).body).toMatch(/hello$/);
  const body = cpim(`<${BOB}>`, `<${ROOM}>`, 'hi');
  peer.peer = `${relay} ${own}`;
  peer.send(body);
  expect((await events.next('message'))[0]).toMatchObject({ from: BOB, text: 'hi' });
  expect((await peer.frameOf('200')).headers.get('from-path')).toBe(relay);
});

test('4975-7.1.1-11 a large message goes in chunks it can take', async () => {
  await participant().join(ROOM);
  await peer.frame();
  const sending = alice.sendRaw('message/cpim', Buffer.alloc(100_000, 'x'));
  const frames: Frame[] = [];
  while (frames.at(-1)?.flag !== '$') frames.push(await peer.frameOf('SEND'));
  expect(frames.map(({ body }) => body).join('')).toBe('x'.repeat(100_000));
  expect(await sending).toMatchObject({ status: 200 });
});

test('a wrong password is refused', async () => {
  await expect(participant('guess').join(ROOM)).rejects.toMatchObject({
    code: 'CHAT_ERR_RELAY_REFUSED',
    msrpStatus: 401,
  });
});

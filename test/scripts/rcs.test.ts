import { Caller, lines } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

const PATH = 'msrp://127.0.0.1:9/10001;tcp';
const TEL = 'tel:+33600000001';

/** The offer of a handset: port 9, active, no `a=chatroom`, a list of wrapped types without `*`. */
const OFFER = lines(
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=message 9 TCP/MSRP *',
  `a=path:${PATH}`,
  'a=accept-types:message/cpim',
  'a=accept-wrapped-types:text/plain application/im-iscomposing+xml message/imdn+xml',
  'a=setup:active',
  'a=sendrecv',
);

/** What it says to everybody; the room URI is the one it dialled. */
const body = (room: string): string =>
  [
    `From: <${TEL}>`,
    `To: <${room}>`,
    'NS: imdn <urn:ietf:params:imdn>',
    'imdn.Message-ID: Msg1a2b3c',
    'DateTime: 2024-05-01T12:00:00.000Z',
    'imdn.Disposition-Notification: positive-delivery, display',
    '',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Length: 20',
    '',
    'Who books the train?',
  ].join('\r\n');

const frame = (tid: string, to: string, ...rest: string[]): string =>
  [`MSRP ${tid} SEND`, `To-Path: ${to}`, `From-Path: ${PATH}`, ...rest, `-------${tid}$\r\n`].join('\r\n');

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

/** A handset in the room; its opener has neither body nor Byte-Range. */
async function handset(room: string): Promise<Caller> {
  const caller = await Caller.call(server, room, { uri: TEL, path: PATH, body: OFFER });
  caller.msrp = await FakeMsrpPeer.connect(caller.roomPath, PATH);
  caller.msrp.write(frame('0p3n', caller.roomPath, 'Message-ID: 1714564799'));
  expect((await caller.msrp.frameOf('200')).raw).toBe(
    `MSRP 0p3n 200 OK\r\nTo-Path: ${PATH}\r\nFrom-Path: ${caller.roomPath}\r\n-------0p3n$\r\n`,
  );
  return caller;
}

test('MSRP-02: an opener without Byte-Range binds the session', async () => {
  const { response } = await handset(server.newRoom());
  expect(response.body.toString()).toContain('\r\na=setup:passive\r\n');
});

test('its message reaches a plain client octet for octet, with the imdn headers', async () => {
  const room = server.newRoom();
  const plain = await Caller.join(server, room, { uri: 'sip:ana@example.com' });
  const phone = await handset(room);
  const text = body(room);
  const range = `Byte-Range: 1-${text.length}/${text.length}`;
  phone.msrp.write(
    frame('7Gh2', phone.roomPath, 'Message-ID: 1714564800', range, 'Content-Type: message/cpim', '', text),
  );
  expect(await phone.msrp.frameOf('200')).toMatchObject({ tid: '7Gh2', what: '200' });
  expect((await plain.msrp.frameOf('SEND')).body).toBe(text);
});

test('a transaction id that is used again is answered again', async () => {
  const room = server.newRoom();
  const plain = await Caller.join(server, room, { uri: 'sip:ana@example.com' });
  const phone = await handset(room);
  const text = body(room);
  for (const id of ['1714564801', '1714564802']) {
    const range = `Byte-Range: 1-${text.length}/${text.length}`;
    phone.msrp.write(frame('same', phone.roomPath, `Message-ID: ${id}`, range, 'Content-Type: message/cpim', '', text));
    expect(await phone.msrp.frameOf('200')).toMatchObject({ tid: 'same', what: '200' });
    expect((await plain.msrp.frameOf('SEND')).body).toBe(text);
  }
});

test('what it cannot take does not reach it, what it can does', async () => {
  const room = server.newRoom();
  const ana = await server.join(room, 'ana');
  const phone = await handset(room);
  await ana.participant.sendContent(room, 'image/png', Buffer.from([0x89, 0x50]));
  await ana.participant.send('text');
  const sent: (string | undefined)[] = [];
  for (let count = 0; count < 3; count++) sent.push((await phone.msrp.frameOf('SEND')).body);
  // 7701-11-01: who does not say that it knows rooms is told first that this is one, and who is in it.
  expect(sent[0]).toMatch(/\r\n\r\nThis is the chat room .*$/);
  expect(sent[1]).toMatch(/\r\n\r\nIn the room: .*$/);
  expect(sent[2]?.endsWith('\r\n\r\ntext')).toBe(true);
});

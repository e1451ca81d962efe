import type { SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { Bystanders } from '../support/bystanders.js';
import { Caller, inviteFrom, offer } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

const part = (headers: string[], content: string): string => [...headers, '', content].join('\r\n');
const multipart = (boundary: string, parts: string[]): string =>
  [...parts.flatMap((each) => [`--${boundary}`, each]), `--${boundary}--`, ''].join('\r\n');

const SDP = part(['Content-Type: application/sdp'], offer());

/** A multipart in a multipart, so many times, around `content`. */
function nested(depth: number, content: string): string {
  let body = content;
  for (let level = depth; level > 0; level--) {
    const inner = level === depth ? [body] : [part([`Content-Type: multipart/mixed;boundary=b${level + 1}`], body)];
    body = multipart(`b${level}`, inner);
  }
  return body;
}

async function invite(room: string, contentType: string, body: string): Promise<SipResponse> {
  const sip = await Caller.agent(server, 'tcp');
  const headers: [string, string][] = [['Content-Type', contentType]];
  const response = await sip.exchange(inviteFrom(sip, room, { uri: 'sip:eve@example.com', headers, body }));
  // No ACK follows, and no BYE may come before it: the room gives up on it by itself.
  await sip.close();
  return response;
}

const mixed = (boundary: string): string => `multipart/mixed;boundary=${boundary}`;

/** Bodies with the status of their INVITE; 200 where the description is found in good time, and within the bounds. */
const BOMBS: [string, string, () => string, number][] = [
  ['nested 500 deep', mixed('b1'), () => nested(500, SDP), 415],
  ['nested 3 deep is none', mixed('b1'), () => nested(3, SDP), 200],
  [
    '20000 empty parts before it',
    mixed('b'),
    () => multipart('b', [...Array.from({ length: 20_000 }, () => ''), SDP]),
    415,
  ],
  [
    '20000 multiparts without parts before it',
    mixed('b'),
    () =>
      multipart('b', [...Array.from({ length: 20_000 }, () => 'Content-Type: multipart/mixed;boundary=c\r\n'), SDP]),
    415,
  ],
  [
    '50000 headers in a part',
    mixed('b'),
    () =>
      multipart('b', [
        part([...Array.from({ length: 50_000 }, (_, n) => `X-${n}: 1`), 'Content-Type: application/sdp'], offer()),
      ]),
    200,
  ],
  [
    'a header folded 100000 times',
    mixed('b'),
    () => multipart('b', [part([`X: 1${'\r\n x'.repeat(100_000)}`, 'Content-Type: application/sdp'], offer())]),
    200,
  ],
  [
    'delimiters that are none',
    mixed('b'),
    () => `${'--bx\r\n--b -\r\n --b\r\n'.repeat(20_000)}${multipart('b', [SDP])}`,
    200,
  ],
  ['blanks behind a delimiter', mixed('b'), () => `--b${' '.repeat(300_000)}x\r\n${multipart('b', [SDP])}`, 200],
  [
    'a boundary of characters that mean something to a regular expression',
    mixed('"(.)+?:"'),
    () => multipart('(.)+?:', [SDP]),
    200,
  ],
  ['a boundary of 4000 characters', mixed('b'.repeat(4000)), () => multipart('b'.repeat(4000), [SDP]), 415],
  ['no boundary', 'multipart/mixed', () => multipart('b', [SDP]), 415],
  ['never closed', mixed('b'), () => `--b\r\n${SDP}`, 415],
  [
    'half an escape at the end',
    mixed('b'),
    () =>
      multipart('b', [
        part(['Content-Type: application/sdp', 'Content-Transfer-Encoding: quoted-printable'], '='.repeat(100_000)),
      ]),
    400,
  ],
];

test.each(BOMBS)('multipart bomb: %s', async (_what, contentType, body, status) => {
  const bystanders = await Bystanders.in(server);
  expect((await invite(server.newRoom(), contentType, body())).status).toBe(status);
  await bystanders.undisturbed();
});

test('multipart bomb: two descriptions are not two sessions', async () => {
  const bystanders = await Bystanders.in(server);
  const room = server.newRoom();
  const sip = await Caller.agent(server, 'tcp');
  const body = multipart('b', [SDP, part(['Content-Type: application/sdp'], offer())]);
  const headers: [string, string][] = [['Content-Type', mixed('b')]];
  const response = await sip.exchange(inviteFrom(sip, room, { uri: 'sip:eve@example.com', headers, body }));
  expect(response.body.toString().match(/^m=message/gm) ?? []).toHaveLength(response.status === 200 ? 1 : 0);
  await bystanders.undisturbed();
});

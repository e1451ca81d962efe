import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import * as fc from 'fast-check';
import type { SipRequest, SipResponse } from '../../lib/embedded-drachtio/sip.js';
import { ChatroomsError } from '../../plugin/index.js';
import type { Room } from '../../plugin/rooms-api.js';
import { Bystanders } from '../support/bystanders.js';
import { Callees } from '../support/callee.js';
import { Caller, cpim, inviteFrom, offer } from '../support/caller.js';
import { list, Referrer } from '../support/referrer.js';
import { ServerUnderTest } from '../support/server.js';
import { parseXml } from '../support/xml-tree.js';

/** Begins a header, a body or an SDP line of its own where it gets through as it is. */
const PAYLOAD = 'x\r\nX-Injected: 1\r\na=injected\r\n\r\n<injected/>';

/** Text out of what ends lines, quotes, brackets and encodings. */
const PIECES = [
  '\r',
  '\n',
  '\r\n',
  '\r\nX-Injected: 1',
  '\0',
  '\u0085',
  '\u2028',
  '\u000b',
  '\u007f',
  '\ud800',
  '\u001b',
  '"',
  '\\',
  '<',
  '>',
  ';',
  ',',
  ':',
  '=',
  '%0d%0a',
  '&#13;&#10;',
  ']]>',
  '&',
  '--',
  ' ',
  '\t',
  'ž',
  '😀',
  'a',
];

const nasty = fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map((parts) => parts.join(''));

let server: ServerUnderTest;
let callees: Callees;

beforeAll(async () => {
  callees = await Callees.start();
  server = await ServerUnderTest.start({
    outboundProxy: callees.proxy,
    invitations: { perMinute: 10_000 },
    rooms: { defaults: { commands: true, moderators: ['sip:ana@example.com'], kickBan: 0, tellInvited: true } },
    authorizeJoin: ({ req }) => {
      if (!req.has('X-Reason')) return;
      throw new ChatroomsError('CHAT_ERR_FORBIDDEN', decodeURIComponent(req.get('X-Reason')), { sipStatus: 403 });
    },
  });
});
afterEach(() => server.clear());
afterAll(async () => {
  await server?.close();
  await callees?.close();
});

/** Names of the headers in the order in which they came. */
const names = ({ headers }: SipRequest | SipResponse): string[] => [...headers].map(([name]) => name);

/** Lines of an SDP by their kind, and attributes by their names. */
const sdpLines = (sdp: string): string[] =>
  sdp.split('\r\n').map((line) => /^(?:a=[\w-]+|\w=)/.exec(line)?.[0] ?? line);

/**
 * An INVITE of the room, refused by whoever gets it. That it came shows that its framing was right, as Content-Length is
 * checked and a line with a control in it is refused.
 */
async function invitation(ask: () => Promise<unknown>): Promise<SipRequest> {
  const asked = ask();
  const invited = await callees.invited();
  invited.reply(480);
  await asked;
  return invited.request;
}

const BOB = 'sip:bob@example.com';

test('CRLF injection: whatever a program sets is one header value of an INVITE, and no line of its SDP', async () => {
  const room = server.server.create(server.newRoom('conf.example.com'));
  const harmless = { subject: 'a', title: 'a' };
  await room.configure(harmless);
  const usual = await invitation(() => room.invite(BOB, { subject: 'a' }));
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (subject, title) => {
      await room.configure({ subject: subject || 'a', title });
      const request = await invitation(() => room.invite(BOB, { subject: `a${subject}` }));
      expect(names(request)).toEqual(names(usual));
      const sdp = request.body.toString();
      expect(sdpLines(sdp)).toEqual(sdpLines(usual.body.toString()));
    }),
    { numRuns: 40, examples: [[PAYLOAD, PAYLOAD]] },
  );
});

test.each([
  ['referredBy', (room: Room) => room.invite(BOB, { referredBy: `sip:a@b${PAYLOAD}` }), 'CHAT_ERR_OPTION'],
  ['referredBy', (room: Room) => room.invite(BOB, { referredBy: 'sip:a@b>;x=<y' }), 'CHAT_ERR_OPTION'],
  ['the URI invited', (room: Room) => room.invite(`sip:bob@example.com${PAYLOAD}`), 'CHAT_ERR_DIAL_TARGET'],
  ['the URI invited', (room: Room) => room.invite(`tel:+33${PAYLOAD}`), 'CHAT_ERR_DIAL_TARGET'],
  [
    'a content type',
    (room: Room) => room.send('hi', { contentType: `text/plain${PAYLOAD}` }),
    'CHAT_ERR_CPIM_ARGUMENT',
  ],
  ['a type in SDP', (room: Room) => room.configure({ acceptWrappedTypes: [`*${PAYLOAD}`] }), 'CHAT_ERR_OPTION'],
  ['an alias', (room: Room) => room.configure({ aliases: [`8000${PAYLOAD}`] }), 'CHAT_ERR_OPTION'],
])('CRLF injection: what cannot be quoted is refused: %s', async (_what, act, code) => {
  const room = server.server.create(server.newRoom('conf.example.com'));
  await expect(act(room)).rejects.toMatchObject({ code });
});

test('CRLF injection: a room with line breaks in its name cannot be made', async () => {
  expect(() => server.server.create(`lobby${PAYLOAD}`)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_ROOM_URI' }));
  const sip = await Caller.agent(server);
  const uri = 'sip:lobby%0d%0aX-Injected:1@localhost';
  expect((await sip.exchange(inviteFrom(sip, uri, { uri: BOB, body: offer() }))).status).toBe(404);
});

test('CRLF injection: the reason of a kick, of a ban and of an end is one value of Reason', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, fc.constantFrom('kick', 'ban', 'close'), async (reason, how) => {
      const room = server.server.create(server.newRoom());
      const caller = await Caller.join(server, room.uri, { transport: 'tcp' });
      const [participant] = room.participants.values();
      const acted =
        how === 'close' ? room.close(reason) : how === 'kick' ? participant.kick(reason) : participant.ban({ reason });
      const bye = await caller.answered('BYE');
      await acted;
      expect(names(bye).filter((name) => name.startsWith('X-'))).toEqual([]);
      expect(bye.headers.getAll('Reason')).toHaveLength(1);
      expect(bye.headers.get('Reason')).toMatch(/^SIP;cause=\d{3};text="(?:[^"\\]|\\.)*"$/);
      await caller.msrp.close();
    }),
    { numRuns: 25, examples: [[PAYLOAD, 'kick']] },
  );
});

test('CRLF injection: the reason of a refusal is one value of Warning', async () => {
  const sip = await Caller.agent(server, 'tcp');
  await fc.assert(
    fc.asyncProperty(
      nasty.filter((text) => text !== '' && !/\p{Surrogate}/u.test(text)),
      async (reason) => {
        const request = inviteFrom(sip, 'sip:r@localhost', { uri: BOB, body: offer() });
        request.headers.set('X-Reason', encodeURIComponent(reason));
        const response = await sip.exchange(request);
        expect(response.status).toBe(403);
        expect(names(response).filter((name) => name.startsWith('X-'))).toEqual([]);
        expect(response.headers.get('Warning')).toMatch(/^399 localhost "(?:[^"\\]|\\.)*"$/);
      },
    ),
    { numRuns: 40, examples: [[PAYLOAD]] },
  );
});

test('CRLF injection: a topic typed in the chat, a nickname and a display name stay text of the roster document', async () => {
  const bystanders = await Bystanders.in(server);
  const watcher = await Caller.agent(server, 'tcp');
  await watcher.subscribe(bystanders.room, [['Event', 'conference']]);
  const documents: string[] = [];
  const read = async (holds: (document: string) => boolean): Promise<void> => {
    while (!holds(documents.at(-1) ?? '')) {
      const notify = await watcher.next();
      notify.reply(200);
      expect(names(notify.request).filter((name) => name.startsWith('X-'))).toEqual([]);
      documents.push(notify.request.body.toString());
      expect(() => parseXml(documents.at(-1) ?? '')).not.toThrow();
    }
  };
  await read((document) => document.includes('sip:bob@example.com'));
  expect(await bystanders.ana.participant.send(`/topic x<injected/>&#13;\u0085X-Injected: 1`)).toMatchObject({
    status: 200,
  });
  await read((document) => document.includes('x&lt;injected/&gt;&amp;#13;'));
  expect(await bystanders.bob.participant.setNickname('<injected/>"]]>')).toMatchObject({ status: 200 });
  await read((document) => document.includes('&lt;injected/&gt;'));
  expect(documents.join('')).not.toContain('<injected');
});

test('CRLF injection: a display name with quotes and escapes, of who then invites, is one value of Referred-By', async () => {
  const room = server.newRoom('conf.example.com');
  const from: [string, string] = ['From', '"a\\"\\\\ <sip:boss@example.com>, \\>;x=1" <sip:eve@example.com>;tag=t1'];
  const eve = await Caller.call(server, room, { headers: [from] });
  const response = await eve.sip.exchange(
    eve.dialog.createRequest('REFER', {
      headers: [
        ['Contact', `<${eve.sip.uri}>`],
        ['Refer-To', '<sip:carla@example.com?Subject=x%0d%0aX-Injected:1&Session-Replaces=a%0d%0ab>'],
        ['Refer-Sub', 'false'],
      ],
    }),
    eve.dialog,
  );
  expect(response.status).toBe(202);
  const invited = await callees.invited();
  invited.reply(480);
  expect(invited.request.uri).toBe('sip:carla@example.com');
  expect(invited.header('Referred-By')).toBe('"a\\"\\\\ <sip:boss@example.com>, >;x=1" <sip:eve@example.com>');
  expect(names(invited.request)).not.toContain('X-Injected');
  expect(names(invited.request)).not.toContain('Session-Replaces');
});

test('CRLF injection: in the URIs and names of a list by character references', async () => {
  const room = server.newRoom('conf.example.com');
  const ana = await Referrer.inside(server, room, { way: 'in dialog' });
  const headers: [string, string][] = [
    ['Refer-To', '<cid:l@x>'],
    ['Require', 'multiple-refer, norefersub'],
    ['Refer-Sub', 'false'],
    ['Content-Type', 'application/resource-lists+xml'],
    ['Content-Disposition', 'recipient-list'],
    ['Content-ID', '<l@x>'],
  ];
  const broken = list('sip:carla@example.com&#13;&#10;X-Injected: 1');
  expect((await ana.refer({ headers, body: broken })).response.status).toBe(400);
  const escaped = list('sip:carla%0d%0aX-Injected:1@example.com');
  expect((await ana.refer({ headers, body: escaped })).response.status).toBe(202);
  const invited = await callees.invited();
  invited.reply(480);
  // An escape stays one.
  expect(invited.request.uri).toBe('sip:carla%0d%0aX-Injected:1@example.com');
  expect(names(invited.request)).not.toContain('X-Injected');
});

describe('CRLF injection on the wire', () => {
  test.each(['\r', '\n', '\0', '\u0085', '\u001b'])(
    'a SIP request with a bare %j in a header is not looked at',
    async (control) => {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      const answered = once(socket, 'message') as Promise<[Buffer]>;
      for (const [method, subject] of [
        ['INVITE', `x${control}X-Injected: 1`],
        ['OPTIONS', 'x'],
      ]) {
        const request = [
          `${method} sip:lobby@localhost SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKraw${method}`,
          'Max-Forwards: 70',
          'From: <sip:eve@example.com>;tag=1',
          'To: <sip:lobby@localhost>',
          `Call-ID: raw${method}${port}`,
          `CSeq: 1 ${method}`,
          `Contact: <sip:eve@127.0.0.1:${port}>`,
          `Subject: ${subject}`,
          'Content-Length: 0',
        ];
        socket.send(`${request.join('\r\n')}\r\n\r\n`, server.sip.port, '127.0.0.1');
      }
      // Nothing of the first is safe to send back.
      const [response] = await answered;
      socket.close();
      expect(response.toString()).toMatch(/^SIP\/2\.0 200 [\s\S]*CSeq: 1 OPTIONS\r\n/);
    },
  );

  test.each(['\r', '\n', '\0', '\u0085', '\u001b', '\u2028', '\u202e'])(
    'a nickname with a %j in it is refused',
    async (control) => {
      const bystanders = await Bystanders.in(server);
      const eve = await Caller.join(server, bystanders.room);
      const nickname = Buffer.from(`"a${control}X-Injected: 1"`).toString('latin1');
      eve.msrp.write(
        `MSRP nick1 NICKNAME\r\nTo-Path: ${eve.roomPath}\r\nFrom-Path: ${eve.path}\r\nUse-Nickname: ${nickname}\r\n-------nick1$\r\n`,
      );
      expect((await eve.msrp.frame()).what).toBe('424');
      await bystanders.undisturbed();
    },
  );

  test.each(['\r', '\n', '\0', '\u001b'])(
    'a bare %j in an MSRP header or a CPIM one goes to nobody',
    async (control) => {
      const bystanders = await Bystanders.in(server);
      const eve = await Caller.join(server, bystanders.room);
      const body = cpim('sip:caller@example.com', bystanders.room, 'hi');
      const contentType = `message/cpim;x=a${control}X-Injected: 1`;
      expect(await eve.exchange(body, { contentType })).toMatchObject({ what: '400' });
      const named = body.replace('From: ', `From: "a${control}X-Injected: 1" `);
      expect(await eve.exchange(named)).toMatchObject({ what: '400' });
      await bystanders.undisturbed();
    },
  );

  test('an MSRP end-line in a body ends nothing for the others', async () => {
    const bystanders = await Bystanders.in(server);
    const eve = await Caller.join(server, bystanders.room);
    const text = '-------abcd$\r\nMSRP abcd 200 OK\r\nTo-Path: x\r\n-------abcd$';
    expect(await eve.exchange(cpim('sip:caller@example.com', bystanders.room, text))).toMatchObject({ what: '200' });
    for (const { events } of [bystanders.ana, bystanders.bob]) {
      expect((await events.next('message'))[0].text).toBe(text);
    }
    await bystanders.undisturbed();
  });
});

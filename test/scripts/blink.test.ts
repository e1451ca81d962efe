import { bind, blinkCalls, keepAlive, nickname, OFFER, PATH, text } from '../support/blink.js';
import { Caller, cpim } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

const ROOM = 'sip:r2@127.0.0.1';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server?.close());

async function blinkJoins(room = ROOM, user = 'ua0'): Promise<Caller> {
  const blink = await blinkCalls(server, room, user);
  blink.msrp = await FakeMsrpPeer.connect(blink.roomPath, PATH);
  blink.msrp.write(bind(blink.roomPath));
  await blink.msrp.frameOf('200');
  return blink;
}

/** How the switch answers a frame. */
const okTo = (blink: Caller, tid: string): string =>
  `MSRP ${tid} 200 OK\r\nTo-Path: ${PATH}\r\nFrom-Path: ${blink.roomPath}\r\n-------${tid}$\r\n`;

test('PBX-08 join: the answer has isfocus, both tokens, setup:passive; the bind is answered 200', async () => {
  const { response, roomPath } = await blinkCalls(server, ROOM);
  expect(response.headers.get('Contact')).toMatch(/^<sip:r2@127\.0\.0\.1(:\d+)?>;isfocus$/);
  const sdp = response.body.toString().split('\r\n');
  expect(sdp).toEqual(
    expect.arrayContaining([
      `m=message ${server.msrp.port} TCP/MSRP *`,
      `a=path:${roomPath}`,
      'a=accept-types:message/cpim',
      'a=accept-wrapped-types:*',
      'a=setup:passive',
      'a=chatroom:nickname private-messages',
    ]),
  );
  const msrp = await FakeMsrpPeer.connect(roomPath, PATH);
  msrp.write(bind(roomPath));
  expect((await msrp.frame()).raw).toBe(
    `MSRP 9d4e6e2ced21c0d5 200 OK\r\nTo-Path: ${PATH}\r\nFrom-Path: ${roomPath}\r\n-------9d4e6e2ced21c0d5$\r\n`,
  );
  await msrp.close();
});

test('PBX-08 SUBSCRIBE out of dialog, right behind the ACK: 200 and a NOTIFY at once', async () => {
  const blink = await blinkCalls(server, ROOM);
  const headers: [string, string][] = [
    ['Event', 'conference'],
    ['Expires', '600'],
    ['Accept', 'application/conference-info+xml'],
  ];
  expect((await blink.sip.subscribe(ROOM, headers)).response.status).toBe(200);
  const document = (await blink.answered('NOTIFY')).body.toString();
  expect(document).toContain('entity="sip:ua0@127.0.0.1"');
});

test('REFER out of dialog is refused in words of SIP, and the call goes on', async () => {
  const blink = await blinkJoins();
  const headers: [string, string][] = [
    ['Event', 'refer'],
    ['Refer-To', '<sip:ua3@127.0.0.1:49217>;method=INVITE'],
    ['Referred-By', 'sip:ua0@127.0.0.1'],
  ];
  expect(await blink.sip.exchange(blink.sip.compose('REFER', ROOM, { headers }))).toMatchObject({ status: 403 });
  blink.msrp.write(keepAlive(blink.roomPath));
  expect((await blink.msrp.frame()).raw).toBe(okTo(blink, 'a1b2c3d4e5f60718'));
});

describe('text as its engine writes it', () => {
  test.each([
    ['ASCII', 'hello world'],
    ['more octets than characters', 'hällo wörld'],
    ['over 2048 octets', 'ä'.repeat(3000)],
  ])('%s', async (_title, content) => {
    const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
    const blink = await blinkJoins();
    const frame = text(blink.roomPath, ROOM, content, '4b9e5a1cbffe55b9');
    blink.msrp.write(frame);
    expect((await blink.msrp.frame()).raw).toBe(okTo(blink, '4b9e5a1cbffe55b9'));
    const report = await blink.msrp.frameOf('REPORT');
    expect(report.headers.get('status')).toBe('000 200 OK');
    expect(report.headers.get('message-id')).toBe('m4b9e5a1cbffe55b9');
    const sent = frame.slice(frame.indexOf('\r\n\r\n') + 4, frame.lastIndexOf('\r\n-------'));
    expect((await bob.msrp.frameOf('SEND')).body).toBe(sent);
  });
});

const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Exactly what a copy looks like, apart from what the switch chooses. */
function copy(blink: Caller, body: string): RegExp {
  const length = Buffer.byteLength(body, 'latin1');
  const end = length > 2048 ? '\\*' : String(length);
  return new RegExp(
    `^MSRP (\\S+) SEND\r\nTo-Path: ${escaped(PATH)}\r\nFrom-Path: ${escaped(blink.roomPath)}\r\n` +
      `Message-ID: \\S+\r\nByte-Range: 1-${end}/${length}\r\n(?:Failure-Report: \\w+\r\n)?` +
      `Content-Type: message/cpim\r\n\r\n${escaped(body)}\r\n-------\\1\\$\r\n$`,
  );
}

describe('what is sent to it', () => {
  test('one whole SEND with exact header spelling', async () => {
    const blink = await blinkJoins();
    const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
    const body = cpim('sip:bob@example.com', ROOM, 'hello Blink');
    await bob.exchange(body);
    expect((await blink.msrp.frameOf('SEND')).raw).toMatch(copy(blink, body));
  });

  test('one whole SEND also when the sender cut the message in three', async () => {
    const blink = await blinkJoins();
    const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
    const body = cpim('sip:bob@example.com', ROOM, 'x'.repeat(3000));
    const cuts: [number, number][] = [
      [0, 40],
      [40, 2000],
      [2000, body.length],
    ];
    for (const [from, to] of cuts) {
      const range = `${from + 1}-${to}/${body.length}`;
      const flag = to === body.length ? '$' : '+';
      expect(await bob.exchange(body.slice(from, to), { messageId: 'three', range, flag })).toMatchObject({
        what: '200',
      });
    }
    expect((await blink.msrp.frameOf('SEND')).raw).toMatch(copy(blink, body));
    blink.msrp.write(keepAlive(blink.roomPath));
    expect((await blink.msrp.frameOf('200')).tid).toBe('a1b2c3d4e5f60718');
    expect(blink.msrp.untaken).toEqual([]);
  });

  test('PBX-02 To is the room as it dialled it, when it dialled an alias', async () => {
    const aliased = await ServerUnderTest.start({
      domain: 'conf.example.com',
      rooms: { static: { lobby: {} } },
      resolveRoom: () => 'sip:lobby@conf.example.com',
    });
    try {
      const dialled = 'sip:8000@pbx.example.com';
      // Its engine never writes `a=chatroom`; who dials an alias has to.
      const path = PATH.replace('aa08', 'bb08');
      const blink = await Caller.join(aliased, dialled, {
        uri: 'sip:ua0@127.0.0.1',
        path,
        body: `${OFFER.replace(PATH, path)}a=chatroom\r\n`,
        headers: [['User-Agent', 'sipsimple 5.5.0']],
      });
      const bob = await Caller.join(aliased, 'sip:lobby@conf.example.com', { uri: 'sip:bob@example.com' });
      const body = cpim('sip:bob@example.com', 'sip:lobby@conf.example.com', 'hello');
      await bob.exchange(body);
      expect((await blink.msrp.frameOf('SEND')).body).toBe(body.replace('sip:lobby@conf.example.com', dialled));
      await blink.exchange(cpim('sip:ua0@127.0.0.1', dialled, 'hello back'));
      expect((await bob.msrp.frameOf('SEND')).body).toContain('hello back');
    } finally {
      await aliased.close();
    }
  });

  test('private messages, though its offer has no a=chatroom', async () => {
    const blink = await blinkJoins();
    const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
    const body = cpim('sip:bob@example.com', 'sip:ua0@127.0.0.1', 'psst');
    expect(await bob.exchange(body)).toMatchObject({ what: '200' });
    expect((await blink.msrp.frameOf('SEND')).raw).toMatch(copy(blink, body));
  });
});

test('PBX-08 NICKNAME without quotes is taken, empty removes', async () => {
  const bob = await server.join(ROOM, 'bob');
  const blink = await blinkJoins();
  blink.msrp.write(nickname(blink.roomPath, Buffer.from('Nick Ümlaut').toString('latin1'), 'n1ckn1ck'));
  expect((await blink.msrp.frame()).raw).toBe(okTo(blink, 'n1ckn1ck'));
  const shown = (name: string | undefined) =>
    bob.events.next('roster', ({ participants }) =>
      participants.some((entry) => entry.uri === 'sip:ua0@127.0.0.1' && entry.nickname === name),
    );
  await shown('Nick Ümlaut');
  blink.msrp.write(nickname(blink.roomPath, '', 'n1ckn1cl'));
  expect((await blink.msrp.frame()).raw).toBe(okTo(blink, 'n1ckn1cl'));
  await shown(undefined);
});

test('is-composing goes to the others, unanswered', async () => {
  const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
  const blink = await blinkJoins();
  const frame = text(blink.roomPath, ROOM, '<isComposing/>', 'c0mp0s1ng')
    .replace('text/plain; charset="utf8"', 'application/im-iscomposing+xml')
    .replaceAll('Report: yes', 'Report: no');
  blink.msrp.write(frame);
  blink.msrp.write(keepAlive(blink.roomPath));
  expect((await blink.msrp.frame()).tid).toBe('a1b2c3d4e5f60718');
  expect((await bob.msrp.frameOf('SEND')).body).toContain('<isComposing/>');
});

test('BYE', async () => {
  const blink = await blinkJoins();
  expect(await blink.bye()).toMatchObject({ status: 200 });
});

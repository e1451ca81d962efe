import { connect as connectTcp } from 'node:net';
import { Bystanders } from '../support/bystanders.js';
import { Caller, cpim, offer } from '../support/caller.js';
import { testCertificate } from '../support/certificates.js';
import { FakeMsrpPeer, type Frame } from '../support/fake-msrp-peer.js';
import { ServerUnderTest } from '../support/server.js';

let server: ServerUnderTest;
const start = async (msrp: Parameters<typeof ServerUnderTest.start>[0] = {}): Promise<void> => {
  server = await ServerUnderTest.start(msrp);
};
afterEach(() => server.close());

/** A connection from another address than that of everybody else here. */
async function fromElsewhere(caller: Caller): Promise<FakeMsrpPeer> {
  const socket = connectTcp({ ...server.msrp, localAddress: '127.0.0.2' });
  const thief = FakeMsrpPeer.over(socket, caller.path);
  thief.peer = caller.roomPath;
  server.onClose(() => thief.close());
  return thief;
}

const bind = (peer: FakeMsrpPeer): Promise<Frame> => {
  peer.send(undefined, { range: '1-0/0' });
  return peer.frame();
};

test('session hijack, 4975-5.4-06: who stole both paths of a live session hears 506 from anywhere, and none of its messages', async () => {
  await start();
  const bystanders = await Bystanders.in(server);
  const caller = await Caller.join(server, bystanders.room);
  const thief = await fromElsewhere(caller);
  expect((await bind(thief)).what).toBe('506');
  thief.send(cpim('sip:caller@example.com', bystanders.room, 'it is me'));
  expect((await thief.frame()).what).toBe('506');
  await bystanders.undisturbed();
  expect(thief.untaken).toEqual([]);
  // Whose session it is has it still.
  expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
});

test('session hijack: nor can he answer for it, or report', async () => {
  await start();
  const bystanders = await Bystanders.in(server);
  const caller = await Caller.join(server, bystanders.room);
  caller.msrp.automatic = false;
  const said = bystanders.ana.participant.send('to all');
  const copy = await caller.msrp.frameOf('SEND');
  const thief = await fromElsewhere(caller);
  thief.peer = caller.roomPath;
  // 481 ends a session (4975-7.3-01), if it comes from whom it was sent to.
  thief.answer(copy, '481');
  thief.write(
    `MSRP forged1 REPORT\r\nTo-Path: ${caller.roomPath}\r\nFrom-Path: ${caller.path}\r\nMessage-ID: ${copy.headers.get('message-id')}\r\n` +
      `Byte-Range: 1-1/1\r\nStatus: 000 481 gone\r\n-------forged1$\r\n`,
  );
  // The thief has been read to here.
  expect((await bind(thief)).what).toBe('506');
  caller.msrp.answer(copy, '200 OK');
  caller.msrp.automatic = true;
  expect(await said).toMatchObject({ status: 200 });
  expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
});

describe('session hijack: the paths are stolen before their owner connects', () => {
  test('with msrp.bindSource sdp, from another address: 481, and the owner gets in', async () => {
    await start({ msrp: { bindSource: 'sdp' } });
    const bystanders = await Bystanders.in(server);
    const caller = await Caller.call(server, bystanders.room);
    expect((await bind(await fromElsewhere(caller))).what).toBe('481');
    expect((await caller.connect()).what).toBe('200');
    await bystanders.undisturbed();
  });

  test('by default whoever knows the session-id is its owner, since behind a NAT all come from elsewhere', async () => {
    await start();
    const caller = await Caller.call(server, server.newRoom());
    expect((await bind(await fromElsewhere(caller))).what).toBe('200');
    // Whose session it was notices.
    const owner = await FakeMsrpPeer.connect(caller.roomPath, caller.path);
    server.onClose(() => owner.close());
    expect((await bind(owner)).what).toBe('506');
  });

  test('8122-6.2-01: with a fingerprint in the SDP nobody else can, and what was stolen is ended', async () => {
    await start({ msrp: { tls: { listen: '127.0.0.1:0' } } });
    const bystanders = await Bystanders.in(server);
    const [own, other] = [await testCertificate('alice'), await testCertificate('mallory')];
    const path = 'msrps://127.0.0.1:9/stolen1;tcp';
    const body = offer({ path, attributes: [`a=fingerprint:${own.sha256}`] });
    const caller = await Caller.call(server, bystanders.room, { path, body });
    const thief = await FakeMsrpPeer.connect(caller.roomPath, path, other);
    server.onClose(() => thief.close());
    thief.send(undefined, { range: '1-0/0' });
    await thief.disconnected();
    expect(thief.untaken).toEqual([]);
    await caller.answered('BYE');
    await bystanders.undisturbed();
  });
});

test('session hijack, 4975-14.1-01: who guesses session-ids hears 481, and is cut off after 32', async () => {
  await start();
  const bystanders = await Bystanders.in(server);
  const caller = await Caller.join(server, bystanders.room);
  const thief = await fromElsewhere(caller);
  const [prefix, id = ''] = /^(.*\/)([^;]+)/.exec(caller.roomPath)?.slice(1) ?? [];
  const guesses = Array.from({ length: 40 }, (_, n) => `${prefix}${id.slice(0, -2)}${String(n).padStart(2, '0')};tcp`);
  for (const [n, guess] of guesses.entries()) {
    thief.peer = guess;
    thief.send(undefined, { tid: `guess${n}`, range: '1-0/0' });
  }
  await thief.disconnected();
  expect(thief.untaken.map(({ what }) => what)).toEqual(Array.from({ length: 32 }, () => '481'));
  await bystanders.undisturbed();
});

test('session hijack, 4975-14.1-01: session-ids share nothing and hold 80 random bits and more', async () => {
  await start();
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) {
    const { sessionId } = server.server.chat.localSession(`sip:room${n}@localhost`);
    ids.push(sessionId);
  }
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9A-Za-z]{16,}$/);
  // At each place at least a dozen of the 62 letters are seen among fifty: none of them is a counter or a clock.
  for (let place = 0; place < 16; place++) expect(new Set(ids.map((id) => id[place])).size).toBeGreaterThan(12);
});

test('session hijack: another participant has his own session and cannot send by the path of another', async () => {
  await start();
  const bystanders = await Bystanders.in(server);
  const victim = await Caller.join(server, bystanders.room, { uri: 'sip:victim@example.com' });
  const thief = await Caller.join(server, bystanders.room, { uri: 'sip:thief@example.com' });
  thief.msrp.peer = victim.roomPath;
  // On a connection that is bound, to a session that is bound to another one.
  expect(await thief.exchange(cpim('sip:victim@example.com', bystanders.room, 'I owe him'))).toMatchObject({
    what: '506',
  });
  await bystanders.undisturbed();
});

import { EventEmitter, once } from 'node:events';
import { Dialog, type SipRequest } from '../../lib/embedded-drachtio/sip.js';
import { silent } from '../../lib/util/log.js';
import { answer, Callees, type Invited, pathIn } from '../support/callee.js';
import { Caller, cpim, inviteFrom, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { finalOf, type SipPeer } from '../support/sip-peer.js';

// RFC 3264 §5.1: who connects by our offer may do so before its answer has come to us.

const BOB = 'sip:bob@example.com';

let callees: Callees;
let server: ServerUnderTest;
let clock: ManualClock;
/** Emits `early` for each request that waits for its session. */
let seen: EventEmitter;

beforeEach(async () => {
  clock = new ManualClock();
  seen = new EventEmitter();
  callees = await Callees.start();
  const logger = {
    ...silent,
    debug: (_fields: object, message = '') => {
      if (message.includes('before its session')) seen.emit('early');
    },
  };
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy, clock, logger });
});
afterEach(async () => {
  await server?.close();
  await callees?.close();
});

const newRoom = () => server.server.create(server.newRoom('conf.example.com'));

/** A connection of him whose SEND the room has, and which waits. */
async function early(roomPath: string, path: string, body?: string): Promise<FakeMsrpPeer> {
  const waits = once(seen, 'early');
  const msrp = await FakeMsrpPeer.connect(roomPath, path);
  server.onClose(() => msrp.close());
  msrp.send(body, body === undefined ? { range: '1-0/0', tid: 'early1' } : { tid: 'early1' });
  await waits;
  expect(msrp.untaken).toEqual([]);
  return msrp;
}

describe('8122-6.2-02, RFC 3264 §5.1: who is called connects and sends before his 200', () => {
  let invited: Invited;
  let results: Promise<{ status: number }[]>;
  let room: ReturnType<typeof newRoom>;
  const path = newPath();

  beforeEach(async () => {
    room = newRoom();
    results = room.invite(BOB);
    invited = await callees.invited();
    invited.reply(180);
  });

  test('a bodiless SEND: it binds, and he hears the room', async () => {
    const msrp = await early(pathIn(invited.sdp), path);
    const bob = await invited.accept(answer(path));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '200' });
    expect(await results).toMatchObject([{ status: 200 }]);
    const told = msrp.frameOf('SEND');
    await room.send('Welcome');
    expect((await told).body).toContain('Welcome');
    await bob.bye();
  });

  test('a message: the room hears it, and one more that came behind it', async () => {
    const ana = await server.join(room.uri, 'ana');
    const heard = ana.events.next('message');
    const msrp = await early(pathIn(invited.sdp), path, cpim(BOB, room.uri, 'I am coming'));
    msrp.send(cpim(BOB, room.uri, 'wait for me'));
    const bob = await invited.accept(answer(path));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '200' });
    expect((await heard)[0].text).toBe('I am coming');
    expect((await ana.events.next('message'))[0].text).toBe('wait for me');
    await bob.bye();
  });

  test('and refuses: 481', async () => {
    const msrp = await early(pathIn(invited.sdp), path);
    invited.reply(486);
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '481' });
    expect(await results).toMatchObject([{ status: 486 }]);
  });

  test('and is cancelled: 481', async () => {
    const msrp = await early(pathIn(invited.sdp), path);
    await room.close('over');
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '481' });
    expect(await results).toMatchObject([{ status: 487 }]);
  });

  test('and answers with nothing to chat by: 481', async () => {
    const msrp = await early(pathIn(invited.sdp), path);
    await invited.accept(answer(path).replace(/^m=message \d+/m, 'm=message 0'));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '481' });
    expect(await results).toMatchObject([{ status: 488 }]);
    expect((await callees.request()).method).toBe('BYE');
  });

  test('and takes longer than 10 s: 481; what he asks again waits again', async () => {
    const first = await early(pathIn(invited.sdp), path);
    clock.advance(10_000);
    expect(await first.frame()).toMatchObject({ tid: 'early1', what: '481' });
    const second = await early(pathIn(invited.sdp), path);
    const bob = await invited.accept(answer(path));
    expect(await second.frame()).toMatchObject({ tid: 'early1', what: '200' });
    await bob.bye();
  });

  test('and wants a longer session timer: he waits on', async () => {
    const msrp = await early(pathIn(invited.sdp), path);
    invited.reply(422, [['Min-SE', '7200']]);
    const again = await callees.invited();
    expect(pathIn(again.sdp)).toBe(pathIn(invited.sdp));
    const bob = await again.accept(answer(path));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '200' });
    await bob.bye();
  });
});

/** INVITE without offer, answered 200 with that of the room. */
async function lateOffer(
  room: string,
): Promise<{ roomPath: string; sip: SipPeer; invite: SipRequest; dialog: Dialog }> {
  const sip = await Caller.agent(server);
  const invite = inviteFrom(sip, room, { uri: 'sip:caller@example.com', body: '' });
  invite.headers.delete('Content-Type');
  const transaction = sip.send(invite);
  const response = await finalOf(transaction);
  if (!transaction.flow) throw new Error('no flow');
  const dialog = Dialog.fromResponse(invite, response, transaction.flow);
  return { roomPath: pathIn(response.body.toString()), sip, invite, dialog };
}

describe('8122-6.2-02: a caller without offer connects and sends before its ACK', () => {
  const path = newPath();

  test('a message: the room hears it', async () => {
    const room = newRoom();
    const ana = await server.join(room.uri, 'ana');
    const heard = ana.events.next('message');
    const { roomPath, sip, invite, dialog } = await lateOffer(room.uri);
    const msrp = await early(roomPath, path, cpim('sip:caller@example.com', room.uri, 'hello'));
    await sip.acknowledge(invite, dialog, offer({ path }));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '200' });
    expect((await heard)[0].text).toBe('hello');
    await sip.exchange(dialog.createRequest('BYE'), dialog);
  });

  test('after its session ended, in a re-INVITE: a new session', async () => {
    const room = server.server.create(server.newRoom('conf.example.com'), { refuseMedia: 'port-0' });
    const caller = await Caller.join(server, room.uri);
    await caller.reinvite(offer({ path: caller.path }).replace(/m=message \d+/, 'm=message 0'));
    const contact: [string, string] = ['Contact', `<${caller.sip.uri}>`];
    const invite = caller.dialog.createRequest('INVITE', { headers: [contact] });
    const roomPath = pathIn((await caller.sip.exchange(invite, caller.dialog)).body.toString());
    expect(roomPath).not.toBe(caller.roomPath);
    const msrp = await early(roomPath, path);
    await caller.sip.acknowledge(invite, caller.dialog, offer({ path }));
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '200' });
  });

  test('whose ACK has no answer: 481', async () => {
    const { roomPath, sip, invite, dialog } = await lateOffer(newRoom().uri);
    const msrp = await early(roomPath, path);
    await sip.acknowledge(invite, dialog);
    expect(await msrp.frame()).toMatchObject({ tid: 'early1', what: '481' });
    const bye = await sip.next();
    bye.reply(200);
    expect(bye.request.method).toBe('BYE');
  });
});

import { Dialog } from '../../lib/embedded-drachtio/sip.js';
import { Caller, CHATROOM, cpim, inviteFrom, newPath, offer } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { accept, bodyOf, hears, PolicyStage, reoffered, ROOM, SDP, sentAll } from '../support/policy-stage.js';
import type { Joining, ServerUnderTestOptions } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

let stage: PolicyStage;

async function start(options: ServerUnderTestOptions = {}): Promise<PolicyStage> {
  stage = await PolicyStage.start(options);
  return stage;
}

afterEach(() => stage.server.close());

const withoutNicknames = (sdp: string): string =>
  sdp.replace('a=chatroom:nickname private-messages', 'a=chatroom:private-messages');

describe('7701-8-08: a change of the room is offered anew', () => {
  test('only what the room declares is another, and the session goes on', async () => {
    const { room } = await start();
    const body = offer({ path: newPath() }).replace('m=message', 'm=audio 4000 RTP/AVP 0\r\nm=message');
    const path = /a=path:(\S+)/.exec(body)?.[1];
    const caller = await Caller.join(stage.server, ROOM, { path, body });
    await room.configure({ allowNicknames: false, acceptWrappedTypes: ['text/*'] });
    const reinvite = await reoffered(caller);
    const before = caller.response.body.toString();
    expect(before).toContain('\r\nm=audio 0 RTP/AVP 0\r\n');
    // 4975-8.4-02: the version counts up; 6135-4.2-02: an offer says `actpass` where the answer said `passive`.
    expect(bodyOf(reinvite)).toBe(
      withoutNicknames(before)
        .replace(/^(o=- \d+) 1 /m, '$1 2 ')
        .replace('a=setup:passive', 'a=setup:actpass')
        .replace('a=accept-wrapped-types:*', 'a=accept-wrapped-types:text/*'),
    );
    expect(reinvite.request.headers.get('Contact')).toContain(';isfocus');
    expect(reinvite.request.headers.get('Supported')).toBe('timer, norefersub, multiple-refer, replaces, join');
    const answer = offer({ path, setup: 'active' }).replace('m=message', 'm=audio 0 RTP/AVP 0\r\nm=message');
    await accept(caller, reinvite, answer);
    await stage.answeredAll();
    await hears(caller, room, 'still here');
    expect(await caller.exchange(undefined)).toMatchObject({ what: '200' });
    expect(stage.participants).toBe(1);
  });

  test('4975-8.4-03: an answer that says nothing of a=setup keeps the connection too', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowPrivateMessages: false });
    const reinvite = await reoffered(caller);
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom:nickname\r\n');
    await accept(caller, reinvite, offer({ path: caller.path }).replace(/a=setup.*\r\n/, ''));
    await hears(caller, room, 'still here');
  });

  test('what SDP does not say is not offered, nor what is taken back in time', async () => {
    const { room } = await start();
    const caller = await Caller.call(stage.server, ROOM);
    await room.configure({ title: 'Lounge', locked: true, tls: 'optional', chatUnaware: 'refuse' });
    await stage.quiet(caller);
  });

  test('several changes meanwhile are one more offer', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const first = await reoffered(caller);
    for (const type of ['text/plain', 'text/html', 'text/*']) await room.configure({ acceptWrappedTypes: [type] });
    await accept(caller, first);
    const second = await reoffered(caller);
    expect(bodyOf(second)).toBe(
      bodyOf(first)
        .replace(/^(o=- \d+) 2 /m, '$1 3 ')
        .replace('types:*', 'types:text/*'),
    );
    await accept(caller, second);
    await stage.quiet(caller);
  });

  test('RFC 3261 14.1: not before the ACK', async () => {
    const { room } = await start();
    const sip = await Caller.agent(stage.server);
    const invite = inviteFrom(sip, ROOM, { uri: 'sip:caller@example.com', headers: [], body: offer() });
    const transaction = sip.send(invite);
    const response = await finalOf(transaction);
    await room.configure({ allowNicknames: false });
    expect((await sip.exchange(sip.compose('OPTIONS', ROOM))).status).toBe(200);
    expect(sip.unread).toBe(0);
    if (!transaction.flow) throw new Error('no flow');
    const dialog = Dialog.fromResponse(invite, response, transaction.flow);
    await sip.acknowledge(invite, dialog);
    const reinvite = await sip.next();
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom:private-messages\r\n');
    reinvite.reply(488);
    await sip.exchange(dialog.createRequest('BYE'), dialog);
  });

  test('RFC 4028 7.4: the session timer runs on', async () => {
    const { room } = await start();
    const headers: [string, string][] = [
      ['Supported', 'timer'],
      ['Session-Expires', '600;refresher=uac'],
    ];
    const caller = await Caller.call(stage.server, ROOM, { headers });
    expect(caller.response.headers.get('Session-Expires')).toBe('600;refresher=uac');
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    expect(reinvite.request.headers.get('Session-Expires')).toBe('600;refresher=uas');
    await accept(caller, reinvite);
  });

  test('a peer that offers first hears it in our answer', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(491);
    await stage.settled(caller);
    const answer = await caller.reinvite(offer({ path: caller.path }));
    expect(answer.body.toString()).toContain('\r\na=chatroom:private-messages\r\n');
    stage.clock.advance(2_000);
    await stage.quiet(caller);
  });

  test('an offer without ours: the 200 has it', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(488);
    await stage.settled(caller);
    const request = caller.dialog.createRequest('INVITE', { headers: [['Contact', `<${caller.sip.uri}>`]] });
    const response = await caller.sip.exchange(request, caller.dialog);
    expect(response.body.toString()).toContain('\r\na=chatroom:private-messages\r\n');
    await caller.sip.acknowledge(request, caller.dialog, offer({ path: caller.path }));
    await hears(caller, room, 'still here');
  });

  test.each<[string, Joining]>([
    ['as it is', {}],
    ['connected to by the room', { listen: {} }],
    ['over TLS', { secure: true }],
    ['over WebSocket', { msrp: 'ws', secure: false }],
  ])('our own client, %s, follows it', async (_name, joining) => {
    const msrp = { tls: { listen: '127.0.0.1:0' }, ws: { listen: '127.0.0.1:0' } };
    const { room } = await start({ msrp });
    const ana = await stage.server.join(ROOM, 'ana', joining);
    const bob = await stage.server.join(ROOM, 'bob');
    await room.configure({ allowNicknames: false, allowPrivateMessages: false });
    await stage.answeredAll();
    await expect(ana.participant.setNickname('Fox')).rejects.toMatchObject({ code: 'CHAT_ERR_NICKNAME_UNSUPPORTED' });
    await expect(ana.participant.sendPrivate('sip:bob@example.com', 'psst')).rejects.toMatchObject({
      code: 'CHAT_ERR_PRIVATE_UNSUPPORTED',
    });
    await ana.participant.send('for all');
    expect((await bob.events.next('message'))[0].text).toBe('for all');
    await room.configure({ allowNicknames: true, allowPrivateMessages: true });
    await stage.answeredAll();
    expect(await ana.participant.setNickname('Fox')).toMatchObject({ status: 200 });
    await ana.participant.sendPrivate('sip:bob@example.com', 'psst');
    expect((await bob.events.next('message'))[0].text).toBe('psst');
  });
});

test('twenty re-INVITEs of a room are under way at a time', async () => {
  const { room } = await start();
  const callers: Caller[] = [];
  for (let i = 0; i < 22; i++)
    callers.push(await Caller.call(stage.server, ROOM, { uri: `sip:caller${i}@example.com` }));
  await room.configure({ allowNicknames: false });
  const first = await Promise.all(callers.slice(0, 20).map(reoffered));
  for (const caller of callers.slice(20)) await sentAll(caller);
  expect(callers.slice(20).map(({ sip }) => sip.unread)).toEqual([0, 0]);
  await accept(callers[7], first[7]);
  await accept(callers[20], await reoffered(callers[20]));
  await accept(callers[21], await reoffered(callers[21]));
  for (const [index, reinvite] of first.entries()) if (index !== 7) await accept(callers[index], reinvite);
  await stage.answeredAll();
});

describe('JOIN-18: offers that meet', () => {
  test('the peer offers while ours is under way: 491, and an UPDATE that only refreshes 200', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    expect((await caller.reinvite(offer({ path: caller.path }))).status).toBe(491);
    const update = caller.request('UPDATE', { headers: [SDP], body: offer({ path: caller.path }) });
    expect((await finalOf(update)).status).toBe(491);
    expect((await finalOf(caller.request('UPDATE'))).status).toBe(200);
    await accept(caller, reinvite);
    expect((await caller.reinvite(offer({ path: caller.path }))).status).toBe(200);
  });

  test('RFC 3261 14.1: 491 from the peer: again within 2 s, not for ever', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const first = await reoffered(caller);
    first.reply(491);
    for (let retry = 0; retry < 5; retry++) {
      await stage.answeredAll();
      stage.clock.advance(2_000);
      const again = await stage.clock.passUntil(reoffered(caller), 10);
      expect(bodyOf(again)).toBe(bodyOf(first));
      again.reply(491);
    }
    await stage.settled(caller);
    stage.clock.advance(2_000);
    await stage.quiet(caller);
    await hears(caller, room, 'still here');
  });
});

describe('an offer that fails', () => {
  test('RFC 3261 14.1: refused, the session stays, and the next change is offered', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(488);
    await stage.settled(caller);
    await hears(caller, room, 'still here');
    await room.configure({ allowPrivateMessages: false });
    const reinvite = await reoffered(caller);
    expect(bodyOf(reinvite)).toMatch(/^o=- \d+ 2 /m);
    expect(bodyOf(reinvite)).toContain('\r\na=chatroom\r\n');
    await accept(caller, reinvite);
  });

  test.each([481, 408])('BYE-12, RFC 3261 12.2.1.2: %d ends the dialog', async (status) => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    (await reoffered(caller)).reply(status);
    const bye = await caller.answered('BYE');
    expect(bye.headers.get('Reason')).toMatch(/^SIP;cause=480;/);
    expect(stage.participants).toBe(0);
  });

  test('no answer at all ends the dialog', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    reinvite.reply(180);
    stage.clock.advance(40_001);
    await caller.answered('BYE');
    reinvite.reply(487);
  });

  test('an answer with port 0 ends it too', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path: caller.path }).replace(/m=message \d+/, 'm=message 0'));
    await caller.answered('BYE');
    expect(stage.participants).toBe(0);
  });

  test('somebody removed meanwhile gets BYE, and is not offered anything again', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    await room.participants.get('sip:caller@example.com')?.kick('enough');
    expect((await caller.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=403;text="enough"');
    reinvite.reply(491);
    stage.clock.advance(2_000);
    await room.configure({ allowNicknames: true });
    expect((await caller.sip.exchange(caller.sip.compose('OPTIONS', ROOM))).status).toBe(200);
    expect(caller.sip.unread).toBe(0);
  });
});

describe('what the answer says holds', () => {
  test('7701-8-09: without a=chatroom no private messages, and no greeting', async () => {
    const { room } = await start();
    const ana = await stage.server.join(ROOM, 'ana');
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path: caller.path, attributes: [] }));
    await stage.answeredAll();
    expect(await ana.participant.sendPrivate('sip:caller@example.com', 'psst')).toMatchObject({ status: 428 });
    await hears(caller, room, 'for all');
  });

  test('4975-8.4-03: another session of the peer takes the place of the old one', async () => {
    const { room } = await start();
    const caller = await Caller.join(stage.server, ROOM);
    await room.configure({ allowNicknames: false });
    const path = newPath();
    const reinvite = await reoffered(caller);
    await accept(caller, reinvite, offer({ path }));
    const [, roomPath = ''] = /a=path:(\S+)/.exec(bodyOf(reinvite)) ?? [];
    expect(roomPath).toBe(caller.roomPath);
    const moved = await FakeMsrpPeer.connect(roomPath, path);
    stage.server.onClose(() => moved.close());
    moved.send(undefined, { range: '1-0/0' });
    await moved.frameOf('200');
    await room.send('over here');
    expect((await moved.frameOf('SEND')).body).toContain('over here');
  });

  test('4975-8.9-01: a listener stays one', async () => {
    const { room } = await start();
    const attributes = [CHATROOM, 'a=recvonly'];
    const path = newPath();
    const caller = await Caller.join(stage.server, ROOM, { path, body: offer({ path, attributes }) });
    const say = (): Promise<unknown> => caller.exchange(cpim('sip:caller@example.com', ROOM, 'hi'));
    const refused = await say();
    await room.configure({ allowNicknames: false });
    await accept(caller, await reoffered(caller), offer({ path, attributes }));
    expect(await say()).toMatchObject({ what: (refused as { what: string }).what });
    await hears(caller, room, 'listen');
  });
});

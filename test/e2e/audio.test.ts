import { answerOf, AUDIO, both, joinWith, streams } from '../support/audio-offers.js';
import { Caller, CHATROOM, inviteFrom, newPath, offer } from '../support/caller.js';
import { type EngineVersion, FakeRtpEngine } from '../support/fake-rtpengine.js';
import { finalOf } from '../support/sip-peer.js';
import { accept, bodyOf, hears, PolicyStage, reoffered, ROOM } from '../support/policy-stage.js';

let engine: FakeRtpEngine;
let stage: PolicyStage;

async function start(version: EngineVersion = '26.3'): Promise<void> {
  engine = await FakeRtpEngine.start(version);
  stage = await PolicyStage.start({ audio: { rtpengine: engine.address } });
}

afterEach(async () => {
  await stage.server.close();
  await engine?.close();
});

const join = (sdp?: (path: string) => string): Promise<Caller> => joinWith(stage.server, ROOM, sdp);

/** The probe is under way; whoever comes after its answer has audio. */
async function untilAudio(): Promise<string[]> {
  for (;;) {
    const answer = answerOf(await join());
    if (answer[0] !== 'audio 0') return answer;
  }
}

describe('SDP-12: without the option audio', () => {
  beforeEach(async () => {
    stage = await PolicyStage.start();
  });

  test.each([
    ['audio first', both(), ['audio 0', 'message']],
    ['audio last', both(undefined, AUDIO, 'last'), ['message', 'audio 0']],
    ['audio and video', both(undefined, [...AUDIO, 'm=video 4002 RTP/AVP 96']), ['audio 0', 'video 0', 'message']],
    ['BUNDLE and ICE', bundled(), ['audio 0', 'message']],
    ['WebRTC', both(undefined, ['m=audio 9 UDP/TLS/RTP/SAVPF 111']), ['audio 0', 'message']],
  ])('%s: the same lines in the same order, port 0, and the chat goes on', async (_name, body, expected) => {
    const path = /a=path:(\S+)/.exec(body)?.[1];
    const caller = await Caller.join(stage.server, ROOM, { path, body });
    const answer = caller.response.body.toString();
    expect(streams(answer)).toEqual(expected);
    expect(answer).not.toMatch(/a=group|a=ice/);
    await hears(caller, stage.room, 'still here');
  });

  test('JOIN-16, PBX-11: audio only is refused with 488 at once', async () => {
    const sip = await Caller.agent(stage.server);
    const body = both().replace(/m=message[^]*$/, '');
    const response = await sip.exchange(inviteFrom(sip, ROOM, { uri: 'sip:phone@example.com', body }));
    expect(response.status).toBe(488);
    expect(response.headers.get('Warning')).toBe('304 localhost "Media type not available"');
  });
});

/** As browsers and new softphones offer. */
function bundled(path = newPath()): string {
  const audio = [...AUDIO, 'a=mid:0', 'a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host'];
  return both(path, audio).replace(
    't=0 0\r\n',
    't=0 0\r\na=group:BUNDLE 0 1\r\na=ice-ufrag:abcd\r\na=ice-pwd:efgh\r\n',
  );
}

describe('SDP-13: audio mixed by rtpengine', () => {
  test('flow 10: one line both ways for everybody; who comes later disturbs nobody', async () => {
    await start();
    const first = await join();
    expect(answerOf(first)).toEqual(['audio 30002 sendrecv', 'message']);
    expect(first.response.body.toString()).toContain('m=audio 30002 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n');
    const second = await join((path) => both(path, AUDIO, 'last'));
    expect(answerOf(second)).toEqual(['message', 'audio 30004 sendrecv']);
    const third = await join();
    expect(engine.hearing).toBe('1>2 1>3 2>1 2>3 3>1 3>2');
    expect(engine.calls).toHaveLength(1);
    await stage.quiet(first);
    await stage.quiet(second);
    await hears(third, stage.room, 'and chat');
  });

  test('rtpengine sees no m=message and no group, and mixes with its audio player', async () => {
    await start();
    await join(bundled);
    const [publish] = engine.named('publish');
    expect(publish).toMatchObject({ 'audio player': 'always', flags: ['bidirectional'] });
    expect(publish['sdp']).toContain('a=ice-ufrag:abcd\r\n');
    expect(publish['sdp']).not.toMatch(/m=message|a=group|path:/);
  });

  test('call and party have names that nobody can guess', async () => {
    await start();
    await join();
    const [publish] = engine.named('publish');
    expect(publish['call-id']).toMatch(/^[\w.+-]{16,}$/);
    expect(publish['from-tag']).toMatch(/^[\w.+-]{16,}$/);
    expect(publish['call-id']).not.toContain('lounge');
  });

  test('who leaves is taken away from each of the others; the mix and the call stay until the last one', async () => {
    await start();
    const [first, second, third] = [await join(), await join(), await join()];
    const gone = [engine.next('unsubscribe'), engine.next('unsubscribe')];
    await first.bye();
    await Promise.all(gone);
    expect(engine.hearing).toBe('2>3 3>2');
    expect(engine.named('unsubscribe')[0]['flags']).toEqual(['directional', 'bidirectional']);
    expect(engine.named('delete')).toEqual([]);
    const deleted = engine.next('delete');
    await second.bye();
    await third.bye();
    expect(await deleted).toMatchObject({ 'call-id': engine.named('publish')[0]['call-id'], flags: ['fast'] });
  });

  test('the room is closed: its call is deleted, party by party nothing', async () => {
    await start();
    const [first, second] = [await join(), await join()];
    const deleted = engine.next('delete');
    await stage.room.close();
    await first.answered('BYE');
    await second.answered('BYE');
    await deleted;
    expect(engine.named('unsubscribe')).toEqual([]);
    expect(engine.calls).toEqual([]);
  });

  test('who is removed is heard no more at once', async () => {
    await start();
    const other = await join();
    const removed = await Caller.call(stage.server, ROOM, { uri: 'sip:mute@example.com', body: both() });
    expect(engine.hearing).toBe('1>2 2>1');
    const gone = engine.next('unsubscribe');
    await stage.room.participants.get('sip:mute@example.com')?.kick();
    await removed.answered('BYE');
    await gone;
    expect(engine.hearing).toBe('');
    await hears(other, stage.room, 'chat');
  });

  test('the server stops: no call is left', async () => {
    await start();
    const caller = await join();
    const closing = stage.clock.passUntil(stage.server.server.close(), 0);
    await caller.answered('BYE');
    await closing;
    expect(engine.calls).toEqual([]);
  });

  test('hold and back: published again under the same tag, with the same port', async () => {
    await start();
    const [caller] = [await join(), await join()];
    const held = await caller.reinvite(both(caller.path, [...AUDIO, 'a=sendonly']));
    expect(streams(held.body.toString())).toEqual(['audio 30002 recvonly', 'message']);
    const back = await caller.reinvite(both(caller.path));
    expect(streams(back.body.toString())).toEqual(['audio 30002 sendrecv', 'message']);
    const tags = engine.named('publish').map((publish) => publish['from-tag']);
    expect([tags[2], tags[3]]).toEqual([tags[0], tags[0]]);
    expect(engine.hearing).toBe('1>2 2>1');
  });

  test('a re-INVITE that drops the audio keeps the chat, and may take it up again', async () => {
    await start();
    const [caller] = [await join(), await join()];
    const gone = engine.next('unsubscribe');
    const dropped = await caller.reinvite(both(caller.path, ['m=audio 0 RTP/AVP 0']));
    expect(streams(dropped.body.toString())).toEqual(['audio 0', 'message']);
    await gone;
    await hears(caller, stage.room, 'still here');
    const again = await caller.reinvite(both(caller.path));
    expect(streams(again.body.toString())).toEqual(['audio 30006 sendrecv', 'message']);
    expect(engine.hearing).toBe('2>3 3>2');
  });

  test('the same offer again is the same answer, its o-line included', async () => {
    await start();
    const caller = await join();
    const again = await caller.reinvite(both(caller.path));
    expect(again.body.toString()).toBe(caller.response.body.toString());
  });

  test('what the room offers anew leaves the audio as it is', async () => {
    await start();
    const caller = await join();
    await stage.room.configure({ allowNicknames: false });
    const reinvite = await reoffered(caller);
    expect(streams(bodyOf(reinvite))).toEqual(['audio 30002 sendrecv', 'message']);
    await accept(caller, reinvite, both(caller.path));
    expect(engine.named('publish')).toHaveLength(1);
    expect(engine.hearing).toBe('');
  });

  test('an answer that drops the audio ends it', async () => {
    await start();
    const caller = await join();
    await stage.room.configure({ allowNicknames: false });
    const deleted = engine.next('delete');
    await accept(caller, await reoffered(caller), both(caller.path, ['m=audio 0 RTP/AVP 0']));
    await deleted;
    await hears(caller, stage.room, 'still here');
  });

  test('muted by the room: silence for the others, also after a re-INVITE', async () => {
    await start();
    const [caller] = [await join(), await join()];
    const { audio, chat } = stage.server.server;
    const [endpoint] = chat.focus.room(ROOM)?.endpointIds() ?? [];
    const silenced = engine.next('silence media');
    audio?.mute(ROOM, endpoint, true);
    audio?.mute(ROOM, 'somebody else', true);
    await silenced;
    await caller.reinvite(both(caller.path, [...AUDIO, 'a=sendonly']));
    expect(engine.silenced).toEqual([1]);
    const heard = engine.next('unsilence media');
    await [...stage.room.participants.values()][0].muteAudio(false);
    await heard;
    expect(engine.silenced).toEqual([]);
  });

  test('who may not write is not heard either, until he may again', async () => {
    await start();
    await join();
    await join();
    const [first] = [...stage.room.participants.values()];
    const silenced = engine.next('silence media');
    await first.mute();
    await silenced;
    // The program has it silenced too, so that it takes both.
    await first.muteAudio();
    await first.unmute();
    expect(engine.silenced).toEqual([1]);
    const heard = engine.next('unsilence media');
    await first.muteAudio(false);
    await heard;
    expect(engine.silenced).toEqual([]);
  });

  test('who dropped the audio while muted comes back muted', async () => {
    await start();
    const [caller] = [await join(), await join()];
    const { audio, chat } = stage.server.server;
    const [endpoint] = chat.focus.room(ROOM)?.endpointIds() ?? [];
    audio?.mute(ROOM, endpoint, true);
    await caller.reinvite(both(caller.path, ['m=audio 0 RTP/AVP 0']));
    await caller.reinvite(both(caller.path));
    expect(engine.silenced).toContain(3);
  });

  test('the roster and the room say who has audio', async () => {
    await start();
    const watcher = await stage.server.join(ROOM, 'watcher');
    const caller = await join();
    const audioOf = (): unknown => {
      const document = stage.server.server.chat.focus.room(ROOM)?.roster.document();
      const media = document?.users?.list.flatMap(
        ({ endpoints }) => endpoints?.flatMap(({ media: all }) => all ?? []) ?? [],
      );
      return {
        room: document?.description?.availableMedia?.map(({ type }) => type),
        audio: media?.filter(({ type }) => type === 'audio').map(({ id, label, status }) => [id, label, status]),
      };
    };
    expect(audioOf()).toEqual({ room: ['message', 'audio'], audio: [['2', 'audio', 'sendrecv']] });
    await caller.reinvite(both(caller.path, [...AUDIO, 'a=sendonly']));
    expect(audioOf()).toEqual({ room: ['message', 'audio'], audio: [['2', 'audio', 'sendonly']] });
    await caller.bye();
    expect(audioOf()).toEqual({ room: ['message'], audio: [] });
    await watcher.participant.leave();
  });

  test('an INVITE without offer is answered with chat alone', async () => {
    await start();
    const sip = await Caller.agent(stage.server);
    const { response } = await sip.invite(sip.compose('INVITE', ROOM), offer());
    expect(streams(response.body.toString())).toEqual(['message']);
  });

  test('cancelled while rtpengine is asked: nobody has joined, and nothing is left', async () => {
    await start();
    engine.silent = true;
    const asked = engine.next('publish');
    const sip = await Caller.agent(stage.server);
    const invite = inviteFrom(sip, ROOM, { uri: 'sip:hasty@example.com', body: both() });
    const transaction = sip.send(invite);
    const final = finalOf(transaction);
    await asked;
    sip.transactions.cancel(transaction);
    expect((await final).status).toBe(487);
    // Whatever comes after the CANCEL comes to the room after it.
    await sip.exchange(sip.compose('OPTIONS', ROOM));
    engine.silent = false;
    stage.clock.advance(1_000);
    await stage.answeredAll();
    expect(stage.participants).toBe(0);
  });
});

describe('SDP-13: a failure of the audio never fails the chat', () => {
  test('no rtpengine there: port 0, nobody waits', async () => {
    engine = await FakeRtpEngine.start();
    await engine.close();
    stage = await PolicyStage.start({ audio: { rtpengine: engine.address } });
    const caller = await join();
    expect(answerOf(caller)).toEqual(['audio 0', 'message']);
    await hears(caller, stage.room, 'chat');
    engine = await FakeRtpEngine.start('26.3', engine.port);
    stage.clock.advance(1_000);
    expect(await untilAudio()).toEqual(['audio 30002 sendrecv', 'message']);
  });

  test('one that falls silent is waited for a second, and then not at all', async () => {
    await start();
    const before = await join();
    engine.silent = true;
    const asked = engine.next('publish');
    const joining = join();
    await asked;
    stage.clock.advance(999);
    expect(stage.participants).toBe(1);
    stage.clock.advance(1);
    expect(answerOf(await joining)).toEqual(['audio 0', 'message']);
    expect(answerOf(await join())).toEqual(['audio 0', 'message']);
    await hears(before, stage.room, 'chat');
    const kept = await before.reinvite(both(before.path));
    expect(streams(kept.body.toString())).toEqual(['audio 30002 sendrecv', 'message']);
    engine.silent = false;
  });

  test.each(['publish', 'mesh'])('%s refused', async (command) => {
    await start();
    await join();
    engine.refusals.set(command, 'Internal error');
    const caller = await join();
    expect(answerOf(caller)).toEqual(['audio 0', 'message']);
    await hears(caller, stage.room, 'chat');
    engine.refusals.clear();
    await join();
    expect(engine.hearing.split(' ').filter((pair) => pair.startsWith('1>'))).toHaveLength(1);
  });

  test('a reply that is lost is asked for again, and counts once', async () => {
    await start();
    engine.silent = true;
    const asked = engine.next('publish');
    const joining = join();
    await asked;
    engine.silent = false;
    stage.clock.advance(250);
    expect(answerOf(await joining)).toEqual(['audio 30002 sendrecv', 'message']);
  });

  test('rtpengine was restarted: a newcomer is heard by nobody, and those of before again with their next re-INVITE', async () => {
    await start();
    const [first, second] = [await join(), await join()];
    engine.restart();
    const again = await first.reinvite(both(first.path));
    expect(streams(again.body.toString())[0]).toBe('audio 30006 sendrecv');
    await second.reinvite(both(second.path));
    expect(engine.hearing).toBe('1>2 2>1');
    engine.restart();
    const third = await join();
    expect(answerOf(third)[0]).toBe('audio 30010 sendrecv');
    await first.reinvite(both(first.path));
    expect(engine.hearing).toBe('1>2 2>1');
  });

  test('one that cannot mix gives no audio, unless sfu is set', async () => {
    await start('10.5');
    expect(answerOf(await join())).toEqual(['audio 0', 'message']);
    expect(engine.commands).toEqual([]);
  });
});

test('7701-8-08: CHATROOM stays what it is beside audio', async () => {
  await start();
  const caller = await join();
  expect(caller.response.body.toString()).toContain(CHATROOM);
});

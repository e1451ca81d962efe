import { Caller, CHATROOM, inviteFrom, lines, newPath, offer } from '../support/caller.js';
import { FakeRtpEngine } from '../support/fake-rtpengine.js';
import { finalOf } from '../support/sip-peer.js';
import { accept, bodyOf, hears, PolicyStage, reoffered, ROOM } from '../support/policy-stage.js';

jest.setTimeout(20_000);

const AUDIO = ['m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000'];

/** Chat and audio; `audio` first as phones have it, or after. */
function both(path = newPath(), audio: readonly string[] = AUDIO, order: 'first' | 'last' = 'first'): string {
  const chat = offer({ path });
  const at = chat.indexOf('m=message');
  if (order === 'last') return chat + lines(...audio);
  return chat.slice(0, at) + lines(...audio) + chat.slice(at);
}

/** `audio 30002 sendrecv` and so on, of each m-line. */
const streams = (sdp: string): string[] =>
  sdp
    .split(/^m=/m)
    .slice(1)
    .map((section) => {
      const [, media, port] = /^(\S+) (\d+)/.exec(section) ?? [];
      const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r/m.exec(section)?.[1];
      return media === 'message'
        ? `message${port === '0' ? ' 0' : ''}`
        : [media, port, direction].filter(Boolean).join(' ');
    });

let engine: FakeRtpEngine;
let stage: PolicyStage;

async function start(version: '10.5' | '26.3' = '26.3', sfu = false): Promise<void> {
  engine = await FakeRtpEngine.start(version);
  stage = await PolicyStage.start({ audio: { rtpengine: engine.address, sfu } });
}

afterEach(async () => {
  await stage.server.close();
  await engine?.close();
});

let callers = 0;

async function join(sdp?: (path: string) => string): Promise<Caller> {
  const path = newPath();
  const uri = `sip:caller${++callers}@example.com`;
  return Caller.join(stage.server, ROOM, { uri, path, body: (sdp ?? both)(path) });
}

const answerOf = (caller: Caller): string[] => streams(caller.response.body.toString());

/** The probe is under way; whoever comes after its answer has audio. */
async function untilAudio(): Promise<string[]> {
  for (;;) {
    const answer = answerOf(await join());
    if (answer[0] !== 'audio 0') return answer;
  }
}

const recvonly = (port: number): string[] => [`m=audio ${port} RTP/AVP 0`, 'a=recvonly'];

/** The SDP of a client that takes all that is offered. */
const taking = (caller: Caller, count: number): string =>
  both(caller.path, [...AUDIO, 'a=sendonly']) +
  lines(...Array.from({ length: count }, (_, i) => recvonly(5000 + 2 * i)).flat());

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

  test('who is removed is heard no more at once, also before its ACK', async () => {
    await start();
    const other = await join();
    const sip = await Caller.agent(stage.server);
    const body = both();
    const invite = inviteFrom(sip, ROOM, { uri: 'sip:mute@example.com', body });
    expect((await sip.exchange(invite)).status).toBe(200);
    expect(engine.hearing).toBe('1>2 2>1');
    const gone = engine.next('unsubscribe');
    await stage.room.participants.get('sip:mute@example.com')?.kick();
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

describe('SDP-13: sfu, one line for each of the others', () => {
  test('each newcomer is offered to those who are there, and they to it', async () => {
    await start('10.5', true);
    const first = await join();
    expect(answerOf(first)).toEqual(['audio 30002 recvonly', 'message']);
    const second = await join();
    const toFirst = await reoffered(first);
    expect(streams(bodyOf(toFirst))).toEqual([
      'audio 30002 recvonly',
      'message',
      expect.stringMatching(/^audio \d+ sendonly$/),
    ]);
    const answered = [engine.next('subscribe answer'), engine.next('subscribe answer')];
    await accept(first, toFirst, taking(first, 1));
    await accept(second, await reoffered(second), taking(second, 1));
    const [toTag] = (await Promise.all(answered)).map((command) => command['sdp']);
    expect(toTag).toMatch(/m=audio 5000 RTP\/AVP 0\r\na=recvonly\r\n$/);
    const third = await join();
    const more = await reoffered(first);
    expect(streams(bodyOf(more))).toHaveLength(4);
    await accept(first, more, taking(first, 2));
    await accept(second, await reoffered(second), taking(second, 2));
    await accept(third, await reoffered(third), taking(third, 2));
    await hears(first, stage.room, 'chat');
  });

  test('the line of who left has port 0, and serves who comes next', async () => {
    await start('10.5', true);
    const [first, second] = [await join(), await join()];
    await accept(first, await reoffered(first), taking(first, 1));
    await accept(second, await reoffered(second), taking(second, 1));
    await second.bye();
    const without = await reoffered(first);
    expect(streams(bodyOf(without))).toEqual(['audio 30002 recvonly', 'message', 'audio 0']);
    await accept(first, without, both(first.path, [...AUDIO, 'a=sendonly']) + lines('m=audio 0 RTP/AVP 0'));
    await join();
    const reused = await reoffered(first);
    expect(streams(bodyOf(reused))).toEqual([
      'audio 30002 recvonly',
      'message',
      expect.stringMatching(/^audio \d+ sendonly$/),
    ]);
    await accept(first, reused, taking(first, 1));
  });

  test('who refuses the lines is not offered them again, and stays', async () => {
    await start('10.5', true);
    const [first, second] = [await join(), await join()];
    await accept(second, await reoffered(second), taking(second, 1));
    const gone = engine.next('unsubscribe');
    await accept(
      first,
      await reoffered(first),
      both(first.path, [...AUDIO, 'a=sendonly']) + lines('m=audio 0 RTP/AVP 0'),
    );
    await gone;
    await stage.quiet(first);
    await hears(first, stage.room, 'chat');
  });

  test('a re-INVITE of the peer keeps the lines', async () => {
    await start('10.5', true);
    const [first] = [await join(), await join()];
    await accept(first, await reoffered(first), taking(first, 1));
    const again = await first.reinvite(taking(first, 1));
    expect(streams(again.body.toString())).toEqual([
      'audio 30002 recvonly',
      'message',
      expect.stringMatching(/^audio \d+ sendonly$/),
    ]);
  });

  test('audio taken up again and again needs no more lines than before', async () => {
    await start('10.5', true);
    const [first, second] = [await join(), await join()];
    await accept(second, await reoffered(second), taking(second, 1));
    await accept(first, await reoffered(first), taking(first, 1));
    for (let i = 0; i < 3; i++) {
      const none = both(first.path, ['m=audio 0 RTP/AVP 0']) + lines('m=audio 0 RTP/AVP 0');
      expect(streams((await first.reinvite(none)).body.toString())).toEqual(['audio 0', 'message', 'audio 0']);
      await accept(second, await reoffered(second), taking(second, 0) + lines('m=audio 0 RTP/AVP 0'));
      const again = both(first.path) + lines('m=audio 0 RTP/AVP 0');
      expect(streams((await first.reinvite(again)).body.toString())[0]).toMatch(/^audio \d+ recvonly$/);
      const offered = await reoffered(first);
      expect(streams(bodyOf(offered))).toEqual([
        expect.stringMatching(/^audio \d+ recvonly$/),
        'message',
        expect.stringMatching(/^audio \d+ sendonly$/),
      ]);
      await accept(first, offered, taking(first, 1));
      const other = await reoffered(second);
      expect(streams(bodyOf(other))).toHaveLength(3);
      await accept(second, other, taking(second, 1));
    }
  });

  test('the ninth party has chat alone', async () => {
    await start('10.5', true);
    const answers: string[][] = [];
    for (let i = 0; i < 9; i++) answers.push(answerOf(await join()));
    expect(answers.map(([audio]) => audio !== 'audio 0')).toEqual([...Array.from({ length: 8 }, () => true), false]);
  });
});

test('7701-8-08: CHATROOM stays what it is beside audio', async () => {
  await start();
  const caller = await join();
  expect(caller.response.body.toString()).toContain(CHATROOM);
});

import { answerOf, AUDIO, both, joinWith, streams } from '../support/audio-offers.js';
import { type Caller, lines } from '../support/caller.js';
import { FakeRtpEngine } from '../support/fake-rtpengine.js';
import { accept, bodyOf, hears, PolicyStage, reoffered, ROOM } from '../support/policy-stage.js';

let engine: FakeRtpEngine;
let stage: PolicyStage;

async function start(): Promise<void> {
  engine = await FakeRtpEngine.start('10.5');
  stage = await PolicyStage.start({ audio: { rtpengine: engine.address, sfu: true } });
}

afterEach(async () => {
  await stage.server.close();
  await engine?.close();
});

const join = (): Promise<Caller> => joinWith(stage.server, ROOM);

const recvonly = (port: number): string[] => [`m=audio ${port} RTP/AVP 0`, 'a=recvonly'];

/** The SDP of a client that takes all that is offered. */
const taking = (caller: Caller, count: number): string =>
  both(caller.path, [...AUDIO, 'a=sendonly']) +
  lines(...Array.from({ length: count }, (_, i) => recvonly(5000 + 2 * i)).flat());

describe('SDP-13: sfu, one line for each of the others', () => {
  test('each newcomer is offered to those who are there, and they to it', async () => {
    await start();
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
    await start();
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
    await start();
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
    await start();
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
    await start();
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
    await start();
    const answers: string[][] = [];
    for (let i = 0; i < 9; i++) answers.push(answerOf(await join()));
    expect(answers.map(([audio]) => audio !== 'audio 0')).toEqual([...Array.from({ length: 8 }, () => true), false]);
  });
});

import { request } from '../../../support/msrp-frames.js';
import { Stage, type StageLine, turn } from '../../../support/switch-stage.js';
import { endpoint, localUri, peerUri } from '../../../support/switch-world.js';

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const ask = (id: string, ...lines: string[]): string =>
  request('nick1234', 'NICKNAME', localUri(id), peerUri(id), lines);

test('7701-7.1-15: who asks for a nickname without having declared it gets one', async () => {
  stage = new Stage();
  const { session } = endpoint('alice#1');
  const alice = stage.join('alice#1', { session: { ...session, peer: { ...session.peer, chatroom: null } } });
  alice.says(ask('alice#1', 'Use-Nickname: "Fox"'));
  await turn();
  expect(alice.statuses).toEqual([200]);
});

test.each([
  ['7701-7.1-05: in a room without nicknames 403, whatever else is wrong', false, [], 403],
  ['7701-7.1-07: without the header 400', true, [], 400],
  ['7701-7.1-04, A-44: with report headers 400', true, ['Use-Nickname: "Fox"', 'Success-Report: no'], 400],
  ['7701-7.1-06: without quotes 424', true, ['Use-Nickname: Fox'], 424],
  ['7701-7.3-01: an empty one removes, 200', true, ['Use-Nickname: ""'], 200],
])('%s', async (_name, nicknames, lines, status) => {
  stage = new Stage({ nicknames });
  const alice = stage.join('alice#1');
  alice.says(ask('alice#1', ...lines));
  await turn();
  expect(alice.statuses).toEqual([status]);
});

const asks = (line: StageLine, nickname: string, tid = 'nick1234'): void =>
  line.says(request(tid, 'NICKNAME', localUri('alice#1'), peerUri('alice#1'), [`Use-Nickname: ${nickname}`]));

const answered = (line: StageLine): string[] =>
  line.frames.map(({ message }) => `${message.tid} ${message.kind === 'response' ? message.status : ''}`);

describe('a focus that answers later', () => {
  let answers: ((status: number | Error) => void)[];

  /** Alice, and a focus that answers when the test does. */
  function enter(): StageLine {
    stage = new Stage();
    answers = [];
    Object.assign(stage.focus, {
      nickname: () =>
        new Promise<number>((resolve, reject) => {
          answers.push((status) => (typeof status === 'number' ? resolve(status) : reject(status)));
        }),
    });
    return stage.join('alice#1');
  }

  test('7701-7.1-08, 7701-7.1-09: is waited for, each request for its own answer (4975-7.1.1-19)', async () => {
    const alice = enter();
    asks(alice, '"Fox"', 'nick0001');
    asks(alice, '"Owl"', 'nick0002');
    asks(alice, 'Owl', 'nick0003');
    await turn();
    expect(answered(alice)).toEqual(['nick0003 424']);
    answers[1](425);
    await turn();
    answers[0](200);
    await turn();
    expect(answered(alice)).toEqual(['nick0003 424', 'nick0002 425', 'nick0001 200']);
  });

  test('and does not come within 25 s, or fails: 408, once', async () => {
    const alice = enter();
    asks(alice, '"Fox"', 'nick0001');
    stage.clock.advance(24_999);
    await turn();
    expect(answered(alice)).toEqual([]);
    stage.clock.advance(1);
    asks(alice, '"Owl"', 'nick0002');
    answers[0](200);
    answers[1](new Error('gone'));
    await turn();
    expect(answered(alice)).toEqual(['nick0001 408', 'nick0002 408']);
  });

  test('403 for more than eight of one session at once', async () => {
    const alice = enter();
    for (let i = 0; i < 9; i++) asks(alice, '"Fox"', `nick000${i}`);
    await turn();
    expect(answered(alice)).toEqual(['nick0008 403']);
    for (const answer of answers) answer(200);
    await turn();
    asks(alice, '"Fox"', 'nick0009');
    expect(answers).toHaveLength(9);
  });

  test('4975-7.2-06: on the connection that carried the request, or not at all', async () => {
    const alice = enter();
    asks(alice, '"Fox"');
    await turn();
    alice.driver.events.closed();
    const again = stage.bind('alice#1');
    answers[0](200);
    await turn();
    expect([answered(alice), answered(again)]).toEqual([[], []]);
    asks(again, '"Fox"', 'nick0002');
    stage.chat.removeEndpoint('alice#1');
    answers[1](200);
    await turn();
    expect(answered(again)).toEqual([]);
  });
});

import { request } from '../../../support/msrp-frames.js';
import { Stage, turn } from '../../../support/switch-stage.js';
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

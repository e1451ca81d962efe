import { joinRoom, type TestParticipant } from '../../lib/client/testing.js';
import { type RunningServer, serve } from '../support/program.js';

let server: RunningServer;
afterEach(() => server?.program.kill());

const join = (user: string): Promise<TestParticipant> =>
  joinRoom('sip:lobby@localhost', { uri: `sip:${user}@localhost`, proxy: server.sip });

/** What several messages of somebody are answered. */
async function statuses({ participant }: TestParticipant, count: number): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) {
    const answer = participant.send(`${i}`).catch((error: { msrpStatus: number }) => ({ status: error.msrpStatus }));
    answers.push((await answer).status);
  }
  return answers;
}

async function limited(): Promise<string[]> {
  const text = await (await fetch(server.health.replace('healthz', 'metrics'))).text();
  return text.split('\n').filter((line) => line.startsWith('chatroom_limited_total{'));
}

/** As soon as the figures say so: those of a worker come later. */
async function saysAtLast(line: string): Promise<void> {
  for (;;) if ((await limited()).includes(line)) return;
}

test('--limit: what is refused is counted in /metrics, and stands in the log', async () => {
  server = await serve('--limit', 'messagesPerSecond=0.01', '--limit', 'messageBurst=2', '--limit', 'maxRooms=1');
  const [ana, ben] = [await join('ana'), await join('ben')];
  expect(await statuses(ana, 4)).toEqual([200, 200, 413, 413]);
  expect(await statuses(ben, 1)).toEqual([200]);
  const other = joinRoom('sip:other@localhost', { uri: 'sip:eve@localhost', proxy: server.sip });
  await expect(other).rejects.toThrow('480');
  expect(await limited()).toEqual([
    'chatroom_limited_total{limit="messagesPerSecond"} 2',
    'chatroom_limited_total{limit="maxRooms"} 1',
  ]);
  await server.program.logs(/"limit":"messagesPerSecond","room":"sip:lobby@localhost"[^\n]*limit reached/);
  await Promise.all([ana, ben].map(({ participant }) => participant.leave()));
});

test('--limit and --workers: each worker keeps the same, and the program hears of it', async () => {
  server = await serve('--workers', '2', '--limit', 'messagesPerSecond=0.01', '--limit', 'messageBurst=2');
  const all = [await join('ana'), await join('ben')];
  for (const somebody of all) expect(await statuses(somebody, 4)).toEqual([200, 200, 413, 413]);
  await saysAtLast('chatroom_limited_total{limit="messagesPerSecond"} 4');
  await server.program.logs(/"participant":"sip:ben@localhost"[^\n]*limit reached/);
  await Promise.all(all.map(({ participant }) => participant.leave()));
});

test('--limit with a name there is not ends it with one line', async () => {
  await expect(serve('--limit', 'speed=3')).rejects.toThrow('--limit speed=3 is not known');
});

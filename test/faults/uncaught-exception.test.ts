import { join } from 'node:path';
import { joinRoom } from '../../lib/client/testing.js';
import { type RunningServer, serveIn } from '../support/program.js';

jest.setTimeout(60_000);

const ROOM = 'sip:lobby@localhost';
const DEFECT = join(__dirname, 'support', 'defect.cjs');
let server: RunningServer;

beforeEach(async () => {
  server = await serveIn({ NODE_OPTIONS: `--require ${DEFECT}` }, '--log-format', 'json');
});

afterEach(() => {
  server.program.kill();
});

test('what nobody catches: those inside get BYE, the log has the stack, and the supervisor sees exit code 1', async () => {
  const { events } = await joinRoom(ROOM, { uri: 'sip:ana@localhost', proxy: server.sip });
  server.program.signal('SIGUSR2');
  const [end] = await events.next('ended');
  expect(end).toMatchObject({ kind: 'removed', cause: 503 });
  const { code, stderr } = await server.program.exited;
  expect(code).toBe(1);
  const line = stderr.split('\n').find((text) => text.includes('a defect of the test'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    error: 'a defect of the test',
    stack: expect.stringContaining('defect.cjs'),
  });
});

/** Receivers of webhooks hear of a server that runs, not of one that tries to. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { ControlServer } from '../../../../lib/embedded-drachtio/control/control-server.js';
import { runServe } from '../../../../plugin/cli/serve.js';
import { fileWith, removeFiles } from '../../../support/certificates.js';
import { freePort } from '../../../support/free-port.js';
import { WebhookReceiver } from '../../../support/webhook-receiver.js';

let receiver: WebhookReceiver;
let config: string;

beforeEach(async () => {
  receiver = await WebhookReceiver.start();
  const webhooks = [{ url: receiver.url, secret: 'x', events: ['*'] }];
  config = await fileWith(JSON.stringify({ webhooks, rooms: { static: { lobby: {} } } }));
});
afterEach(async () => {
  await receiver.close();
  await removeFiles();
});

function program(ports: Readonly<Record<string, number>>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const listeners = { sip: 0, msrp: 0, http: 0, ...ports };
  const flags = Object.entries(listeners).flatMap(([name, port]) => [`--${name}`, `127.0.0.1:${port}`]);
  const argv = ['--config', config, '--msrps', 'off', '--log-level', 'silent', ...flags];
  return { exit: runServe(argv, { stdout, stderr, env: {}, signal: stop.signal }), stop, stdout };
}

test.each(['http', 'msrp', 'sip'])('a start that fails at the port of %s tells them nothing', async (listener) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { exit } = program({ [listener]: (taken.address() as AddressInfo).port });
  expect(await exit).toBe(1);
  expect(receiver.received).toEqual([]);
  taken.close();
});

test('what happens before it is ready they are told then, and what it is stopped for before that they are not', async () => {
  const route = jest.spyOn(ControlServer.prototype, 'routed');
  const letIn: (() => void)[] = [];
  const hold = (): void => void route.mockReturnValueOnce(new Promise((resolve) => letIn.push(resolve)));
  const port = await freePort();
  const begun = async (times: number): Promise<void> => {
    while (route.mock.calls.length < times) await new Promise(setImmediate);
    const body = JSON.stringify({ name: 'office' });
    const headers = { 'content-type': 'application/json' };
    const made = await fetch(`http://127.0.0.1:${port}/api/v1/rooms`, { method: 'POST', headers, body });
    expect(made.status).toBe(201);
  };
  hold();
  const stopped = program({ http: port });
  await begun(1);
  stopped.stop.abort();
  expect(await stopped.exit).toBe(0);
  expect(receiver.received).toEqual([]);
  hold();
  const { exit, stop } = program({ http: port });
  await begun(2);
  expect(receiver.received).toEqual([]);
  letIn[1]();
  expect((await receiver.next()).event).toMatchObject({ type: 'room.created', room: 'sip:office@localhost' });
  expect((await receiver.next()).event).toMatchObject({ type: 'server.ready' });
  stop.abort();
  expect(await exit).toBe(0);
  const types = receiver.received.map(({ event }) => event.type);
  expect(types).toEqual(['room.created', 'server.ready', 'server.draining', 'room.closed', 'room.closed']);
  route.mockRestore();
});

import { join } from 'node:path';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { patientClock } from '../support/patient-clock.js';
import { sipp, WELL } from '../support/sipp.js';
import { type ChatApp, startChatApp } from './chat-app.js';

const SCENARIO = join(__dirname, 'drachtio-wire', 'chat.xml');
const LOOPBACK = { host: '127.0.0.1', port: 0 };

let endpoint: EmbeddedDrachtio;
let app: ChatApp;

// Each with its own, so that what is left of one that failed is not found by the next.
beforeEach(async () => {
  endpoint = await startEmbeddedDrachtio({ udp: LOOPBACK, tcp: LOOPBACK, clock: patientClock });
  app = await startChatApp(endpoint.control, endpoint.secret);
});

afterEach(async () => {
  app?.disconnect();
  await endpoint?.close();
});

describe.each([
  ['UDP', 'u1', 1, 1],
  ['TCP', 't1', 1, 1],
  ['UDP', 'u1', 600, 60],
  ['TCP', 't1', 200, 60],
] as const)('chat.xml over %s (-t %s), %i calls at %i a second', (_name, transport, calls, rate) => {
  test('every call succeeds and every dialog ends', async () => {
    const target = endpoint.addresses.udp ?? LOOPBACK;
    expect(await sipp({ scenario: SCENARIO, target, transport, calls, rate })).toEqual(WELL);
    expect(app.errors).toEqual([]);
    expect(app.counts).toEqual({ created: calls, ended: calls });
    expect(endpoint.load.dialogs).toBe(0);
  });
});

import { EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../../lib/embedded-drachtio/index.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';
import { PunctualProbe } from '../../../../plugin/testing/punctual-probe.js';
import { Server } from '../../../../plugin/server.js';
import type { SrfLike } from '../../../../plugin/drachtio/srf-types.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { ScriptedAgent } from '../../../support/scripted-agent.js';
import { patientClock } from '../../../support/patient-clock.js';

const CONFERENCE = { Event: 'conference', Expires: '600' };

let endpoint: EmbeddedDrachtio;
let srf: Srf;
let server: Server;
let clock: ManualClock;
let watcher: ScriptedAgent;

beforeEach(async () => {
  endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
  clock = new ManualClock();
  const settings = parseOptions({ profile: 'rcs', msrp: { listen: '127.0.0.1:0' }, rooms: { static: { lobby: {} } } });
  server = new Server(settings, new EventEmitter(), { clock, probe: () => new PunctualProbe() });
  srf = new Srf();
  server.attach(srf as unknown as SrfLike);
  const connected = once(srf as unknown as EventEmitter, 'connect');
  await Promise.all([connected, srf.connect({ ...endpoint.control, secret: endpoint.secret })]);
  watcher = await ScriptedAgent.open(endpoint.addresses.udp?.port ?? 0, 'bob');
});

afterEach(async () => {
  watcher.close();
  srf.disconnect();
  await endpoint.close();
});

const version = (notify: { body: string }): string | undefined => / version="(\d+)"/.exec(notify.body)?.[1];

/** Asks other things until the server has no subscription: each question takes it a turn. */
async function gone(): Promise<void> {
  const asking = await ScriptedAgent.open(endpoint.addresses.udp?.port ?? 0, 'carol');
  while (server.subscriptions.size > 0) await asking.ask('OPTIONS');
  asking.close();
}

test('RFC 6665 4.1.3: not refreshed, it ends with timeout', async () => {
  await watcher.ask('SUBSCRIBE', { headers: CONFERENCE });
  watcher.answer(await watcher.next('NOTIFY'));
  clock.advance(400_000);
  const refresh = await watcher.ask('SUBSCRIBE', { headers: CONFERENCE });
  expect(refresh.header('Expires')).toBe('600');
  watcher.answer(await watcher.next('NOTIFY'));
  clock.advance(599_999);
  expect(server.subscriptions.size).toBe(1);
  clock.advance(1);
  const last = await watcher.next('NOTIFY');
  watcher.answer(last);
  expect(last.header('Subscription-State')).toBe('terminated;reason=timeout');
  expect(server.subscriptions.size).toBe(0);
});

test.each(['481 Subscription Does Not Exist', '408 Request Timeout', '489 Bad Event'])(
  'RFC 6665 4.2.2: a NOTIFY answered %s ends it, without another NOTIFY',
  async (status) => {
    await watcher.ask('SUBSCRIBE', { headers: CONFERENCE });
    watcher.answer(await watcher.next('NOTIFY'), status);
    await gone();
    clock.advance(600_000);
    await watcher.ask('OPTIONS');
    expect(watcher.seen('NOTIFY')).toBe(false);
  },
);

/** The next NOTIFY, answered. */
async function told(): Promise<{ version: string | undefined; state: string | undefined }> {
  const notify = await watcher.next('NOTIFY');
  watcher.answer(notify);
  return { version: version(notify), state: notify.header('Subscription-State') };
}

describe('SUB-07: a handset', () => {
  const handset = { ...CONFERENCE, 'Accept-Contact': '*;+g.oma.sip-im' };

  /** The server knows that its 200 was sent: it has answered what came after. */
  async function subscribe(more: Record<string, string> = {}): Promise<void> {
    await watcher.ask('SUBSCRIBE', { headers: { ...handset, ...more } });
    await watcher.ask('OPTIONS');
  }

  test('is told 300 ms after the 200, and once more 1.5 s later', async () => {
    await subscribe();
    clock.advance(299);
    await watcher.ask('OPTIONS');
    expect(watcher.seen('NOTIFY')).toBe(false);
    clock.advance(1);
    expect(await told()).toMatchObject({ version: '0' });
    clock.advance(1_499);
    await watcher.ask('OPTIONS');
    expect(watcher.seen('NOTIFY')).toBe(false);
    clock.advance(1);
    expect(await told()).toMatchObject({ version: '1' });
    clock.advance(60_000);
    await watcher.ask('OPTIONS');
    expect(watcher.seen('NOTIFY')).toBe(false);
  });

  test('that only asks once, or unsubscribes, is told once', async () => {
    await subscribe({ Expires: '0' });
    clock.advance(300);
    expect(await told()).toMatchObject({ state: 'terminated;reason=timeout' });
    expect(server.subscriptions.size).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

import type { DelayReading, Probe } from '../../lib/overload/probe.js';
import { Caller, cpim, inviteFrom, offer } from '../support/caller.js';
import { ManualClock } from '../support/manual-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { finalOf } from '../support/sip-peer.js';

const MIB = 1_048_576;
const MEMORY = 200 * MIB;

/** What the process seems to need. */
class SeemingLoad implements Probe {
  mean = 0;
  needed = 50 * MIB;

  delay(): DelayReading {
    return { mean: this.mean, p99: this.mean, max: this.mean };
  }

  memory(): ReturnType<Probe['memory']> {
    return { rss: this.needed, heapUsed: this.needed, arrayBuffers: 0 };
  }

  collect(): void {}

  close(): void {}
}

const clock = new ManualClock();
const load = new SeemingLoad();
let server: ServerUnderTest;

beforeAll(async () => {
  const limits = { maxMemory: MEMORY, maxLoopDelay: 200, largeMessage: 10_000 };
  server = await ServerUnderTest.start({ clock, limits, probe: () => load });
});
afterEach(async () => {
  load.mean = 0;
  load.needed = 50 * MIB;
  clock.advance(1000);
  await server.clear();
});
afterAll(() => server?.close());

const text = (room: string, octets: number): string => cpim('sip:caller@example.com', room, 'x'.repeat(octets));

describe.each([
  ['late', () => void (load.mean = 201)],
  ['short of memory', () => void (load.needed = 0.85 * MEMORY)],
])('while the server is %s', (_, strain) => {
  test('RFC 3261 §21.5.4: who would join, watch or refer is told to come again in a while; who is inside may re-INVITE', async () => {
    const room = server.newRoom();
    const inside = await Caller.join(server, room);
    strain();
    clock.advance(1000);
    const sip = await Caller.agent(server);
    for (const method of ['INVITE', 'SUBSCRIBE', 'REFER']) {
      const request =
        method === 'INVITE'
          ? inviteFrom(sip, room, { uri: 'sip:new@example.com', body: offer() })
          : sip.compose(method, room, { headers: [['Event', 'conference']] });
      const response = await sip.exchange(request);
      expect(response.status).toBe(503);
      const after = Number(response.headers.get('Retry-After'));
      expect(after).toBeGreaterThanOrEqual(5);
      expect(after).toBeLessThanOrEqual(15);
    }
    expect((await inside.reinvite(offer({ path: inside.path }))).status).toBe(200);
    expect((await finalOf(sip.send(sip.compose('OPTIONS', room)))).status).toBe(200);
  });

  test('4975-10-04: large messages are 413, small ones pass, and one that had begun goes on', async () => {
    const room = server.newRoom();
    const sender = await Caller.join(server, room);
    const [ana] = await server.joinAll(room, 'ana');
    const begun = text(room, 30_000);
    const half = begun.slice(0, 15_000);
    const total = begun.length;
    const first = await sender.exchange(half, { messageId: 'begun', range: `1-${half.length}/${total}`, flag: '+' });
    expect(first.what).toBe('200');
    strain();
    clock.advance(1000);
    expect((await sender.exchange(text(room, 20_000))).what).toBe('413');
    expect((await sender.exchange(text(room, 100))).what).toBe('200');
    const rest = { messageId: 'begun', range: `${half.length + 1}-${total}/${total}` };
    expect((await sender.exchange(begun.slice(half.length), rest)).what).toBe('200');
    await ana.events.next('message', (message) => message.text?.length === 30_000);
    load.mean = 0;
    load.needed = 50 * MIB;
    clock.advance(1000);
    expect((await sender.exchange(text(room, 20_000))).what).toBe('200');
  });
});

test('with hardly any memory left no message begins, and nobody is thrown out', async () => {
  const room = server.newRoom();
  const sender = await Caller.join(server, room);
  const [ana] = await server.joinAll(room, 'ana');
  load.needed = 0.95 * MEMORY;
  clock.advance(100);
  expect((await sender.exchange(text(room, 10))).what).toBe('413');
  load.needed = 50 * MIB;
  clock.advance(100);
  expect((await sender.exchange(text(room, 10))).what).toBe('200');
  await ana.events.next('message', (message) => message.text === 'x'.repeat(10));
});

import { LinkedClient } from '../../support/linked-client.js';
import { Stage, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

let stage: Stage;
let ana: LinkedClient;
let ben: LinkedClient;

beforeEach(async () => {
  stage = new Stage();
  for (const id of ['ana#1', 'ben#1']) stage.chat.addEndpoint(endpoint(id));
  ana = await LinkedClient.join(stage, 'ana#1', [65_536], true);
  ben = await LinkedClient.join(stage, 'ben#1', [65_536]);
});
afterEach(() => {
  for (const { link } of [ana, ben]) link.close();
});

const sends = (text: string): number => text.match(/^MSRP \S+ SEND\r$/gm)?.length ?? 0;

test('7977-6-01: a client that sees no pings asks by bodiless SENDs, which nobody else hears of', async () => {
  const [before, written] = [stage.chat.traffic, ben.written];
  for (let count = 1; count <= 4; count++) {
    stage.clock.advance(15_000);
    await turn();
    // Beside the one that binds.
    expect(sends(ana.written)).toBe(1 + count);
  }
  expect(ana.written).not.toMatch(/Content-Type|Byte-Range: (?!1-0)/);
  expect(ana.closed).toBe(false);
  expect(ben.written).toBe(written);
  expect(stage.focus).toMatchObject({ spoken: [], seen: [], limits: [] });
  expect(stage.chat.traffic).toEqual(before);
});

test('7977-6-01: one that sees them asks nothing', async () => {
  stage.clock.advance(100_000);
  await turn();
  expect(sends(ben.written)).toBe(1);
});

test('a connection that swallows everything has ended 25 s after the last sign of life', async () => {
  ana.cut = true;
  stage.clock.advance(24_999);
  await turn();
  expect(ana.closed).toBe(false);
  stage.clock.advance(1);
  expect(ana.closed).toBe(true);
});

test('what is sent into it is known as lost after 15 s, not 30', async () => {
  ana.cut = true;
  const body = Buffer.from(cpim('ana', ROOM, 'hello'), 'latin1');
  const sent = ana.link.send('message/cpim', body).catch((error: unknown) => error);
  await turn();
  stage.clock.advance(15_000);
  expect(ana.closed).toBe(true);
  expect(await sent).toMatchObject({ code: 'CHAT_ERR_CLOSED', message: 'the room does not answer any more' });
});

test('a message that waits long for its verdict is no silence', async () => {
  stage.focus.gate = { everywhere: true, ask: () => new Promise(() => {}) };
  void ana.link.send('message/cpim', Buffer.from(cpim('ana', ROOM, 'hello'), 'latin1')).catch(() => {});
  await turn();
  for (let second = 0; second < 29; second++) {
    stage.clock.advance(1000);
    await turn();
  }
  expect(ana.closed).toBe(false);
});

test('in doubt it is 5 s', async () => {
  ana.cut = true;
  ana.link.check();
  ben.link.check();
  stage.clock.advance(5000);
  expect([ana.closed, ben.closed]).toEqual([true, false]);
});

test('traffic of others is a sign of life', async () => {
  for (let count = 0; count < 5; count++) {
    await ben.link.send('message/cpim', Buffer.from(cpim('ben', ROOM, 'hello'), 'latin1'));
    stage.clock.advance(10_000);
    await turn();
  }
  expect(ana.messages).toHaveLength(5);
  expect(sends(ana.written)).toBe(1);
});

test('4975-10-07: a session that the room knows no more has ended with the question', async () => {
  stage.chat.removeEndpoint('ana#1');
  ana.link.check();
  await turn();
  expect(ana.closed).toBe(true);
});

const file = (octets: number): Buffer => Buffer.from(cpim('ana', ROOM, 'x'.repeat(octets)), 'latin1');

async function passes(seconds: number): Promise<void> {
  for (let second = 0; second < seconds && !ana.closed; second++) {
    stage.clock.advance(1000);
    await turn();
  }
}

describe('a slow line is not a dead one', () => {
  test('a file of which each chunk is answered', async () => {
    ana.rate = 5000;
    const sent = ana.link.send('message/cpim', file(200_000));
    await passes(150);
    expect(ana.closed).toBe(false);
    await expect(sent).resolves.toMatchObject({ status: 200 });
  });

  test.each([
    ['of which no chunk is answered', 400_000],
    ['that waits in the browser as a whole', 200_000],
  ])('a file %s', async (_what, octets) => {
    ana.rate = 4000;
    const sent = ana.link.send('message/cpim', file(octets), { failureReport: 'no' });
    ana.link.check();
    await passes(150);
    expect(ana.closed).toBe(false);
    await expect(sent).resolves.toMatchObject({ status: 200 });
  });

  test.each([10_000, 400_000])('one on which nothing moves is, with %i octets waiting', async (octets) => {
    ana.rate = 0;
    const sent = ana.link.send('message/cpim', file(octets), { failureReport: 'no' }).catch(() => {});
    await passes(25);
    expect(ana.closed).toBe(true);
    await sent;
  });
});

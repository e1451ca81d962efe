import type { EndpointMedia } from '../../../lib/focus-switch.js';
import { Shares, type SendRates } from '../../../lib/switch/rate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, localUri, ROOM } from '../../support/switch-world.js';

const NONE = Infinity;
const MESSAGES: SendRates = { messagesPerSecond: 10, messageBurst: 5, bytesPerSecond: NONE, bytesBurst: NONE };
const BYTES: SendRates = { messagesPerSecond: NONE, messageBurst: NONE, bytesPerSecond: 100_000, bytesBurst: 50_000 };

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

function enter(rates: SendRates, ...names: string[]): StageLine[] {
  stage = new Stage({}, { rates });
  return names.map((name) => stage.join(name));
}

const text = (from: string, to = ROOM): string => cpim(from, to, 'hello');

const says = (line: StageLine, count: number, body: string, type?: string): number[] => {
  const before = line.statuses.length;
  for (let i = 0; i < count; i++) line.send(type === undefined ? body : cpim('ana', ROOM, 'x', type));
  return line.statuses.slice(before);
};

const ok = (count: number): number[] => Array.from({ length: count }, () => 200);
const refused = (count: number): number[] => Array.from({ length: count }, () => 413);

/** `value` as it is once what was sent has been dealt with. */
async function settled<T>(value: T): Promise<T> {
  await turn();
  return value;
}

async function statuses(line: StageLine, action: () => void): Promise<number[]> {
  const before = line.statuses.length;
  action();
  await turn();
  return line.statuses.slice(before);
}

describe('messagesPerSecond', () => {
  test('MSRP-23 7701-11-02: 413 above it, the others hear those let through, and nobody else is held back', async () => {
    const [ana, bo, carol] = enter(MESSAGES, 'ana#1', 'bo#1', 'carol#1');
    expect(await statuses(ana, () => says(ana, 8, text('ana')))).toEqual([...ok(5), ...refused(3)]);
    expect(await statuses(bo, () => says(bo, 5, text('bo')))).toEqual(ok(5));
    expect(carol.messages).toHaveLength(10);
    expect(stage.focus.limits).toEqual(Array.from({ length: 3 }, () => ['ana#1', 'messagesPerSecond', 413]));
    stage.clock.advance(100);
    expect(await statuses(ana, () => says(ana, 2, text('ana')))).toEqual([200, 413]);
    expect(stage.focus.lost).toEqual([]);
  });

  test('MSRP-23: a handset is told 413 too, which it survives (MSRP-18)', async () => {
    enter(MESSAGES);
    const handset = stage.join('ana#1', { softReject: true });
    expect(await statuses(handset, () => says(handset, 6, text('ana')))).toEqual([...ok(5), 413]);
  });

  test('private messages count as well, and what is refused as forged', async () => {
    const [ana] = enter(MESSAGES, 'ana#1', 'bo#1');
    const got = await statuses(ana, () => {
      says(ana, 3, text('ana', 'sip:bo@example.org'));
      says(ana, 3, text('bo'));
    });
    expect(got).toEqual([200, 200, 200, 403, 403, 413]);
  });

  test('is-composing documents and notifications count a quarter, NICKNAME and bodiless SENDs nothing', async () => {
    const [ana] = enter(MESSAGES, 'ana#1', 'bo#1');
    const composing = 'application/im-iscomposing+xml';
    expect(await statuses(ana, () => says(ana, 18, '', composing))).toEqual([...ok(17), 413]);
    stage.clock.advance(1000);
    expect(await statuses(ana, () => says(ana, 18, '', 'message/imdn+xml'))).toEqual([...ok(17), 413]);
    expect(
      await statuses(ana, () => {
        for (let i = 0; i < 20; i++) ana.send(undefined);
      }),
    ).toEqual(ok(20));
  });

  test('the devices of one participant share it, those of another room or participant do not', async () => {
    const [phone, desk] = enter(MESSAGES, 'ana#1', 'ana#2', 'bo#1');
    expect(await statuses(phone, () => says(phone, 4, text('ana')))).toEqual(ok(4));
    expect(await statuses(desk, () => says(desk, 3, text('ana')))).toEqual([200, 413, 413]);
  });

  test('who leaves and comes back finds what he left', async () => {
    const [ana] = enter(MESSAGES, 'ana#1', 'bo#1');
    await statuses(ana, () => says(ana, 5, text('ana')));
    stage.chat.removeEndpoint('ana#1');
    const again = stage.join('ana#1');
    expect(await statuses(again, () => says(again, 1, text('ana')))).toEqual([413]);
    stage.chat.removeEndpoint('ana#1');
    stage.clock.advance(500);
    const later = stage.join('ana#1');
    expect(await statuses(later, () => says(later, 6, text('ana')))).toEqual([...ok(5), 413]);
  });

  test('a message in chunks is one, and a duplicate none', async () => {
    const [ana, bo] = enter(MESSAGES, 'ana#1', 'bo#1');
    const body = text('ana');
    const got = await statuses(ana, () => {
      for (let i = 0; i < body.length; i++) {
        const flag = i === body.length - 1 ? '$' : '+';
        ana.send(body[i], { id: 'chunked', range: `${i + 1}-${i + 1}/${body.length}`, flag });
      }
      says(ana, 4, body);
      ana.send(body, { id: 'chunked' });
    });
    expect(got).toEqual(ok(body.length + 5));
    expect(await settled(bo.messages.length)).toBe(5);
    expect(await statuses(ana, () => says(ana, 1, body))).toEqual([413]);
  });
});

const large = (octets: number): string => cpim('ana', ROOM, 'x'.repeat(octets));

describe('bytesPerSecond', () => {
  test('7701-11-02: the connection is read again when time has made up for it; nothing is refused, nobody else waits', async () => {
    const [ana, bo, carol] = enter(BYTES, 'ana#1', 'bo#1', 'carol#1');
    expect(await statuses(ana, () => says(ana, 1, large(49_000)))).toEqual([200]);
    expect(ana.stream.paused).toBe(false);
    expect(await statuses(ana, () => says(ana, 1, large(50_000)))).toEqual([200]);
    expect(ana.stream.paused).toBe(true);
    expect(stage.focus.limits).toEqual([['ana#1', 'bytesPerSecond', null]]);
    expect(await statuses(bo, () => says(bo, 2, large(10).replace('ana', 'bo')))).toEqual(ok(2));
    expect(bo.stream.paused).toBe(false);
    stage.clock.advance(400);
    expect(ana.stream.paused).toBe(true);
    stage.clock.advance(100);
    expect(ana.stream.paused).toBe(false);
    expect(carol.messages).toHaveLength(4);
  });

  test('4975-7.1.1-17: never for longer than 5 s, so that answers are read', async () => {
    const [ana] = enter({ ...BYTES, bytesPerSecond: 10 }, 'ana#1', 'bo#1');
    await statuses(ana, () => says(ana, 1, large(200_000)));
    stage.clock.advance(4999);
    expect(ana.stream.paused).toBe(true);
    stage.clock.advance(1);
    expect(ana.stream.paused).toBe(false);
  });

  test('a frame of one octet counts as 2048: octet by octet is no cheaper', async () => {
    const [ana] = enter(BYTES, 'ana#1', 'bo#1');
    const body = text('ana');
    for (let i = 0; i < 24; i++) {
      ana.send(body[i], { id: 'drip', range: `${i + 1}-${i + 1}/${body.length}`, flag: '+' });
    }
    expect(await settled(ana.stream.paused)).toBe(false);
    for (let i = 24; i < 26; i++) {
      ana.send(body[i], { id: 'drip', range: `${i + 1}-${i + 1}/${body.length}`, flag: '+' });
    }
    expect(await settled(ana.stream.paused)).toBe(true);
    stage.clock.advance(5000);
  });

  test('while a sender of his waits for slow readers, both have to be over before he is read again', async () => {
    const [ana, bo] = enter(BYTES, 'ana#1', 'bo#1');
    await statuses(ana, () => says(ana, 1, large(80_000)));
    expect(ana.stream.paused).toBe(true);
    ana.driver.pause();
    stage.clock.advance(1000);
    expect(ana.stream.paused).toBe(true);
    ana.driver.resume();
    expect(ana.stream.paused).toBe(false);
    expect(bo.messages).toHaveLength(1);
  });

  test('a connection from a relay, which carries others, is read on: 413 to him, also in mid-message, nothing to them', async () => {
    const [ana, , carol] = enter(BYTES, 'ana#1', 'bo#1', 'carol#1');
    const other = endpoint('dora#1', {});
    stage.chat.addEndpoint(other);
    const session = stage.sessions.find([localUri('dora#1')]);
    if (session) ana.driver.connection.bind(session);
    const body = large(90_000);
    const cut = 60_000;
    const got = await statuses(ana, () => {
      ana.send(body.slice(0, cut), { id: 'file', range: `1-${cut}/${body.length}`, flag: '+' });
      ana.send(body.slice(cut), { id: 'file', range: `${cut + 1}-${body.length}/${body.length}` });
      ana.send(text('ana'));
    });
    expect(got).toEqual([200, 413, 413]);
    expect(ana.stream.paused).toBe(false);
    expect(stage.focus.limits).toEqual(Array.from({ length: 2 }, () => ['ana#1', 'bytesPerSecond', 413]));
    // 7701-6.1-12: who saw the beginning is told that there is no end.
    expect(carol.flags).toBe('#');
    stage.clock.advance(1000);
    expect(await statuses(ana, () => says(ana, 1, text('ana')))).toEqual([200]);
    stage.chat.removeEndpoint('dora#1');
  });

  test('the pause ends with the connection, and with the endpoint', async () => {
    const [ana] = enter(BYTES, 'ana#1', 'bo#1');
    await statuses(ana, () => says(ana, 1, large(90_000)));
    expect(ana.stream.paused).toBe(true);
    ana.driver.events.closed();
    const again = stage.bind('ana#1');
    await statuses(again, () => says(again, 1, large(10)));
    expect(again.stream.paused).toBe(true);
    stage.chat.removeEndpoint('ana#1');
    expect(again.stream.paused).toBe(false);
  });
});

test('the shares of those who left are forgotten once they are full, and are never more than so many', () => {
  stage = new Stage();
  const clock = new ManualClock();
  const shares = new Shares(MESSAGES, clock);
  const leaves = (key: string): void => {
    const share = shares.enter(key);
    share.messages.take(clock.now());
    shares.leave(share);
  };
  for (let i = 0; i < 12_000; i++) leaves(`room user-${i}`);
  expect(shares.size).toBe(10_000);
  clock.advance(500);
  leaves('room ana');
  expect(shares.size).toBe(1);
});

test('a participant whose role changes, or who moves to another connection, keeps his share', async () => {
  const [ana] = enter(MESSAGES, 'ana#1', 'bo#1');
  await statuses(ana, () => says(ana, 5, text('ana')));
  const media: EndpointMedia = endpoint('ana#1', { moderator: true });
  stage.chat.updateEndpoint(media);
  const again = stage.bind('ana#1');
  expect(await statuses(again, () => again.send(text('ana'), { id: 'fresh' }))).toEqual([413]);
});

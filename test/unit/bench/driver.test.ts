import { compileDriver, Driver, type LoadPoint } from '../../../bench/harness/driver.js';
import { type Delivery, faithful, type FakeMsrpRooms, fakeMsrpRooms } from './fake-msrp-rooms.js';

const MEMBERS = 4;
const SATURATED: LoadPoint = { textOctets: 100, senders: 2, window: 2, rate: 0, warmupMs: 20, measureMs: 100 };

let rooms: FakeMsrpRooms | undefined;
let driver: Driver | undefined;

beforeAll(() => {
  compileDriver();
});

afterEach(async () => {
  await driver?.stop();
  rooms?.close();
});

/** So many rooms with four in each. */
async function join({ port }: FakeMsrpRooms, count = 1): Promise<Driver> {
  driver = new Driver();
  const lines = Array.from({ length: count * MEMBERS }, (_, i) => {
    const room = Math.floor(i / MEMBERS);
    const paths = `msrp://127.0.0.1:9/p${i};tcp msrp://127.0.0.1:${port}/r${room}-${i};tcp`;
    return `add tcp 127.0.0.1 ${port} ${paths} sip:r${room}@x sip:p${i}@x`;
  });
  await driver.admit(lines);
  return driver;
}

/** One that spoils only the copy of that number. */
function spoiled(number: number, spoil: (body: string) => string[]): Delivery {
  let copies = 0;
  return ({ body }) => {
    copies += 1;
    return copies === number ? spoil(body) : [body];
  };
}

test('every copy is counted, compared and answered', async () => {
  rooms = await fakeMsrpRooms(faithful);
  const result = await (await join(rooms)).run(SATURATED, [process.pid]);
  expect(result).toMatchObject({ errors: 0, error: '', participants: MEMBERS });
  expect(result).toMatchObject({ lost: 0, doubled: 0, disordered: 0, altered: 0 });
  expect(result.copies).toBeGreaterThan(0);
  expect(result.verified).toBeGreaterThan(0);
  expect(result.cpuSeconds).toBeGreaterThan(0);
  expect(result.driverCpuSeconds).toBeGreaterThan(0);
});

test('rooms are apart, and all of them are under load', async () => {
  const reached = new Set<string>();
  rooms = await fakeMsrpRooms(({ body, room }) => {
    reached.add(room);
    return [body];
  });
  const result = await (await join(rooms, 5)).run(SATURATED, [process.pid]);
  expect(result).toMatchObject({ errors: 0, participants: 5 * MEMBERS });
  expect([...reached].toSorted()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
});

test('with one message in flight the rooms send in turn', async () => {
  const order: string[] = [];
  rooms = await fakeMsrpRooms(({ body, room }) => {
    if (order.at(-1) !== room) order.push(room);
    return [body];
  });
  const result = await (await join(rooms, 3)).run({ ...SATURATED, senders: 1, window: 1 }, [process.pid]);
  expect(result.errors).toBe(0);
  expect(order.slice(0, 6)).toEqual(['r0', 'r1', 'r2', 'r0', 'r1', 'r2']);
});

test('a copy of another room fails the run', async () => {
  rooms = await fakeMsrpRooms(faithful, '', true);
  const result = await (await join(rooms, 2)).run(SATURATED, [process.pid]);
  expect(result.error).toMatch(/not for that room/);
});

test('a copy that comes twice is counted', async () => {
  rooms = await fakeMsrpRooms(spoiled(20, (body) => [body, body]));
  const result = await (await join(rooms)).run(SATURATED, [process.pid]);
  expect(result).toMatchObject({ doubled: 1, lost: 0, disordered: 0 });
  expect(result.error).toMatch(/twice/);
});

test('copies that overtake one of the same sender are counted', async () => {
  const seen = new Map<number, string[]>();
  // Of everybody's copies the first leaves after the second.
  rooms = await fakeMsrpRooms(({ body, recipient }) => {
    const bodies = [...(seen.get(recipient) ?? []), body];
    seen.set(recipient, bodies);
    if (bodies.length === 1) return [];
    return bodies.length === 2 ? bodies.toReversed() : [body];
  });
  const result = await (await join(rooms)).run({ ...SATURATED, senders: 1 }, [process.pid]);
  expect(result).toMatchObject({ disordered: MEMBERS - 1, doubled: 0, lost: 0 });
});

test('an altered body is counted', async () => {
  rooms = await fakeMsrpRooms(({ body }) => [body.replace('xxxx', 'xyxx')]);
  const result = await (await join(rooms)).run(SATURATED, [process.pid]);
  expect(result.altered).toBeGreaterThan(0);
});

test.each(['partial', 'no'])('RFC 4975 §7.1.2: success is not answered where Failure-Report is %s', async (report) => {
  rooms = await fakeMsrpRooms(faithful, report);
  const result = await (await join(rooms)).run(SATURATED, [process.pid]);
  expect(result.errors).toBe(0);
  expect(result.copies).toBeGreaterThan(0);
  expect(rooms.responses()).toBe(0);
});

test('RFC 4975 §7.1.2: it is where Failure-Report is yes', async () => {
  rooms = await fakeMsrpRooms(faithful, 'yes');
  await (await join(rooms)).run(SATURATED, [process.pid]);
  expect(rooms.responses()).toBeGreaterThan(0);
});

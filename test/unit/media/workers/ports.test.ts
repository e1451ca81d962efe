import { MessageChannel } from 'node:worker_threads';
import type { BusMessage, ForwardedMessage, NodeId } from '../../../../lib/cluster/bus.js';
import { forwardedLog } from '../../../../lib/media/workers/forwarded-log.js';
import { GatheredPort } from '../../../../lib/media/workers/gathered-port.js';
import { alone } from '../../../../lib/media/workers/octets.js';
import { PortBus } from '../../../../lib/media/workers/port-bus.js';
import { turns, until } from '../../../support/workers-stage.js';

describe.each(['turn', 'now'] as const)('a port gathered: %s', (gather) => {
  test('what is said at a time arrives together and in order, and counts until it is taken', async () => {
    const { port1, port2 } = new MessageChannel();
    const batches: (readonly number[])[] = [];
    const one = new GatheredPort<number, never>(port1, gather, () => {});
    const other = new GatheredPort<never, number>(port2, gather, (messages) => void batches.push(messages));
    for (let i = 0; i < 5; i++) one.post(i, 100);
    expect(one.inFlight).toBe(500);
    await until(() => one.inFlight === 0);
    one.post(5);
    await until(() => batches.length === 2);
    expect(batches).toEqual([[0, 1, 2, 3, 4], [5]]);
    one.close();
    other.close();
  });
});

test('what was said before a port closes arrives, what is said after does not, and the other side hears of it once', async () => {
  const { port1, port2 } = new MessageChannel();
  const heard: string[] = [];
  const one = new GatheredPort<string, string>(port1, 'turn', () => {});
  const other = new GatheredPort<string, string>(
    port2,
    'turn',
    (messages) => void heard.push(...messages),
    () => void heard.push('closed'),
  );
  one.post('last words');
  one.close();
  one.post('too late');
  await until(() => heard.includes('closed'));
  other.post('nobody there');
  await turns(3);
  expect(heard).toEqual(['last words', 'closed']);
});

test('octets that are part of a larger buffer are copied out of it, others are not', () => {
  const whole = new Uint8Array([1, 2, 3]);
  expect(alone(whole)).toBe(whole);
  const part = alone(Buffer.from(whole.buffer, 1, 2));
  expect([...part]).toEqual([2, 3]);
  expect(part.buffer.byteLength).toBe(2);
});

const message = (room: string): ForwardedMessage => ({
  room,
  participant: 'ana',
  to: null,
  mimeHeaders: 'Content-Type: message/cpim\r\n',
  wrappedType: 'text/plain',
});

function connected(): { buses: PortBus[]; heard: [NodeId, BusMessage[]][]; left: NodeId[] } {
  const buses = [new PortBus(1), new PortBus(2)];
  const heard: [NodeId, BusMessage[]][] = [];
  const left: NodeId[] = [];
  const { port1, port2 } = new MessageChannel();
  buses[0].connect(2, port1);
  buses[1].connect(1, port2);
  buses[1].receiver = {
    received: (from, messages) => void heard.push([from, [...messages]]),
    left: (node) => void left.push(node),
  };
  return { buses, heard, left };
}

describe('the bus between threads', () => {
  test('what is said in one turn arrives together, in order, with its octets', async () => {
    const { buses, heard } = connected();
    const shared = Buffer.from('hello, world');
    const said: BusMessage[] = [
      { kind: 'message', message: message('a'), body: shared.subarray(0, 5) },
      { kind: 'begin', stream: 1, message: message('b'), total: null, octets: shared.subarray(7) },
      { kind: 'octets', stream: 1, octets: new Uint8Array(0) },
      { kind: 'finish', stream: 1 },
      { kind: 'message', message: { ...message('c'), participant: 'bob', to: 'ana' }, body: shared.subarray(5, 7) },
      { kind: 'message', message: message('a'), body: new Uint8Array(0) },
      { kind: 'taken', weight: 7 },
    ];
    for (const each of said) buses[0].send(2, each);
    await until(() => heard.length > 0);
    const [[from, messages]] = heard;
    expect(from).toBe(1);
    expect(messages).toEqual([
      { ...said[0], body: Buffer.from('hello') },
      { ...said[1], octets: Buffer.from('world') },
      { ...said[2], octets: Buffer.alloc(0) },
      said[3],
      { ...said[4], body: Buffer.from(', ') },
      { ...said[5], body: Buffer.alloc(0) },
      said[6],
    ]);
    // Nobody's octets were taken away.
    expect(shared.toString()).toBe('hello, world');
    for (const bus of buses) bus.close();
  });

  test('a node that closes has left once it was heard; what is said to it goes nowhere', async () => {
    const { buses, heard, left } = connected();
    buses[0].send(2, { kind: 'finish', stream: 3 });
    buses[0].close();
    await until(() => left.length > 0);
    expect([heard.length, left]).toEqual([1, [1]]);
    buses[1].send(1, { kind: 'finish', stream: 4 });
    buses[1].send(9, { kind: 'finish', stream: 4 });
    await turns(3);
    expect(left).toEqual([1]);
  });
});

test('log records cross without what cannot; lost ones are counted', () => {
  const records: unknown[] = [];
  let free = true;
  const log = forwardedLog((level, fields, message) => {
    if (free) records.push([level, structuredClone(fields), message]);
    return free;
  });
  const error = Object.assign(new Error('no'), { code: 'EPIPE' });
  log.warn({ error, deep: { a: 1 }, count: 1 }, 'odd');
  free = false;
  log.info({}, 'lost');
  log.info({}, 'lost too');
  free = true;
  log.debug({}, 'again');
  expect(records).toEqual([
    [
      'warn',
      {
        error: expect.objectContaining({ message: 'no', code: 'EPIPE', stack: error.stack }),
        deep: '{"a":1}',
        count: 1,
      },
      'odd',
    ],
    ['warn', { records: 2 }, 'log records lost between threads'],
    ['debug', {}, 'again'],
  ]);
});

import { TransactionIds } from '../../../lib/msrp/index.js';
import { Outgoing } from '../../../lib/switch/outgoing.js';
import { framesOf, messagesOf, request, requestOf, response } from '../../support/msrp-frames.js';
import { complete, drained, octets, open, OutboxWorld, PEER, turn } from '../../support/outbox-world.js';

const isSend = (message: { kind: string }): message is { kind: 'request'; byteRange: unknown } & typeof message =>
  message.kind === 'request';

test('4975-5.1-01: up to 2048 octets have a numeric range-end, more have *', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a');
  for (const length of [0, 1, 2048, 2049, 4096, 4097]) outbox.deliver(complete(octets(length)));
  await drained(world);
  const ranges = framesOf(world.stream.read).map(({ message }) => isSend(message) && message.byteRange);
  expect(ranges).toEqual([
    { start: 1, end: 0, total: 0 },
    { start: 1, end: 1, total: 1 },
    { start: 1, end: 2048, total: 2048 },
    { start: 1, end: '*', total: 2049 },
    { start: 1, end: '*', total: 4096 },
    { start: 1, end: '*', total: 4097 },
  ]);
});

test('MSRP-15: to a handset all ranges are numbers, of a message from all at once or as it came', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a', 'exact');
  for (const length of [1, 2049, 8193, 100_000]) outbox.deliver(complete(octets(length)));
  await drained(world);
  const frames = framesOf(world.stream.read);
  expect(frames.map(({ end }) => end.flag)).toEqual(['$', '$', '$', '$']);
  expect(frames.map(({ message }) => isSend(message) && message.byteRange)).toEqual([
    { start: 1, end: 1, total: 1 },
    { start: 1, end: 2049, total: 2049 },
    { start: 1, end: 8193, total: 8193 },
    { start: 1, end: 100_000, total: 100_000 },
  ]);
});

test('4975-7.1.1-13: a response leaves within one slice of a blocked large message, which then goes on', async () => {
  const world = new OutboxWorld();
  const { outbox, session } = world.sender('a');
  const body = octets(700_000);
  world.stream.full = true;
  outbox.deliver(complete(body));
  await turn();
  const before = world.stream.buffered;
  world.says(request('abcd1234', 'SEND', session.localUri, PEER, ['Message-ID: mid12345', 'Byte-Range: 1-0/0']));
  await turn();
  // One slice of at most 2048 octets may complete the chunk, then the end-line and the response.
  expect(world.stream.buffered - before).toBeLessThan(2048 + 400);
  await drained(world);
  const frames = framesOf(world.stream.read);
  expect(frames.map(({ message, end }) => `${message.kind} ${end.flag}`)).toEqual([
    'request +',
    'response $',
    'request $',
  ]);
  expect(messagesOf(frames).map((m) => m.equals(body))).toEqual([true]);
  expect(outbox.pending).toBe(0);
});

test('4975-7.1.1-17: a REPORT that interrupts a chunk does not count as unanswered, nor hides the chunk', async () => {
  const world = new OutboxWorld();
  const { outbox, session, failures } = world.sender('a');
  world.stream.full = true;
  outbox.deliver(complete(octets(700_000)));
  await turn();
  const send = ['Message-ID: mid12345', 'Byte-Range: 1-2/2', 'Success-Report: yes', 'Content-Type: text/plain'];
  const message = requestOf(Buffer.from(request('abcd1234', 'SEND', session.localUri, PEER, send, 'hi')));
  session.reportSuccess(message, 2);
  await drained(world);
  world.answerAll();
  expect(outbox.unanswered).toBe(0);
  world.clock.advance(60_000);
  expect(failures).toEqual([]);
});

test('4975-7.1.1-14: two sessions on one connection take turns', async () => {
  const world = new OutboxWorld();
  const [a, b] = [world.sender('a'), world.sender('b')];
  const [first, second] = [octets(600_000, 1), octets(600_000, 2)];
  world.stream.full = true;
  a.outbox.deliver(complete(first));
  b.outbox.deliver(complete(second));
  for (let i = 0; i < 20; i++) {
    world.stream.drain();
    world.stream.full = true;
    await turn();
  }
  await drained(world);
  const frames = framesOf(world.stream.read);
  const order = frames.map(({ message }) => message.fromPath[0]);
  expect(order.filter((from, i) => from !== order[i - 1]).length).toBeGreaterThan(3);
  expect(messagesOf(frames).map((m) => m.length)).toEqual([600_000, 600_000]);
});

test('P-OUT-01: a whole-mode message is one SEND whatever else wants to be written, and answers are not lost', async () => {
  const world = new OutboxWorld();
  const whole = world.sender('a', 'whole');
  const other = world.sender('b');
  const body = octets(900_000);
  world.stream.full = true;
  whole.outbox.deliver(complete(body));
  whole.outbox.deliver(complete(octets(10)));
  other.outbox.deliver(complete(octets(20)));
  other.outbox.deliver(complete(octets(50_000)));
  await turn();
  world.says(request('abcd1234', 'SEND', whole.session.localUri, PEER, ['Message-ID: mid12345', 'Byte-Range: 1-0/0']));
  await drained(world);
  const frames = framesOf(world.stream.read);
  expect(frames.filter(({ body: part }) => part.length === 900_000)).toHaveLength(1);
  expect(frames.filter(({ message }) => message.kind === 'response')).toHaveLength(1);
  expect(
    messagesOf(frames)
      .map((m) => m.length)
      .toSorted((x, y) => x - y),
  ).toEqual([10, 20, 50_000, 900_000]);
  expect(whole.outbox.pending + other.outbox.pending).toBe(0);
});

test('P-OUT-01: a whole-mode peer whose message is not complete yet keeps nobody waiting', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a', 'whole');
  const unfinished = open();
  outbox.deliver(unfinished);
  unfinished.push(octets(5000));
  outbox.deliver(complete(octets(7)));
  await turn();
  expect(framesOf(world.stream.read).map(({ body }) => body.length)).toEqual([7]);
  unfinished.finish();
  await turn();
  expect(framesOf(world.stream.read).map(({ body }) => body.length)).toEqual([7, 5000]);
});

test('4975-7.1.1-20: no message ends with an empty chunk, wherever it is interrupted', async () => {
  for (const length of [4097, 6144, 8192]) {
    for (let at = 1; at < length; at += 509) {
      const world = new OutboxWorld();
      const { outbox } = world.sender('a');
      const message = open(length);
      outbox.deliver(message);
      message.push(octets(at));
      message.push(octets(length - at));
      outbox.interrupt();
      message.finish();
      await turn();
      const frames = framesOf(world.stream.read);
      expect(frames.every(({ body }) => body.length > 0)).toBe(true);
      expect(messagesOf(frames).map((m) => m.length)).toEqual([length]);
    }
  }
});

test('4975-7.1-10: octets that look like the open end-line, arriving later and cut anywhere, end the chunk first', async () => {
  for (const cut of [1, 5, 12, 20]) {
    const world = new OutboxWorld();
    const { outbox } = world.sender('a');
    const message = open();
    outbox.deliver(message);
    message.push(octets(3000));
    await turn();
    const tid = /^MSRP (\S+)/.exec(world.stream.read.toString('latin1'))?.[1] ?? '';
    const lookalike = Buffer.from(`\r\n-------${tid}$\r\nMSRP evil SEND\r\n`);
    for (const piece of [lookalike.subarray(0, cut), lookalike.subarray(cut), octets(10)]) message.push(piece);
    message.finish();
    await turn();
    expect(messagesOf(framesOf(world.stream.read))).toEqual([Buffer.concat([octets(3000), lookalike, octets(10)])]);
  }
});

test('7701-6.4-02: what waits for a stalled reader is bounded, and all is released when it closes', async () => {
  const world = new OutboxWorld();
  const { outbox, session } = world.sender('a', 'stream', 100_000);
  world.stream.full = true;
  outbox.deliver(complete(octets(300_000)));
  await turn();
  const streaming = open();
  const accepted = Array.from({ length: 500 }, () => outbox.deliver(complete(octets(1000)))).filter(Boolean).length;
  outbox.deliver(streaming);
  streaming.push(octets(200_000));
  expect(accepted).toBeLessThanOrEqual(100);
  expect(outbox.congested).toBe(true);
  expect(outbox.pending).toBeLessThan(300_000 + 100_000);
  expect(world.stream.peak).toBeLessThan(400_000);
  outbox.close();
  expect(outbox.pending).toBe(0);
  expect(outbox.congested).toBe(false);
  world.driver.connection.release(session);
  world.driver.events.closed();
  expect(world.clock.pending).toBe(0);
});

test('7701-6.4-01: congestion is forgotten when the reader catches up, and ends the session when it lasts', async () => {
  const world = new OutboxWorld();
  const { outbox, failures } = world.sender('a', 'stream', 10_000);
  world.stream.full = true;
  outbox.deliver(complete(octets(300_000)));
  await turn();
  for (let i = 0; i < 20; i++) outbox.deliver(complete(octets(1000)));
  expect(outbox.congested).toBe(true);
  await drained(world);
  world.answerAll();
  expect(outbox.congested).toBe(false);
  world.clock.advance(200_000);
  expect(failures).toEqual([]);
  world.stream.full = true;
  outbox.deliver(complete(octets(300_000)));
  await turn();
  outbox.deliver(complete(octets(9000)));
  outbox.deliver(complete(octets(9000)));
  expect(outbox.congested).toBe(true);
  world.clock.advance(119_999);
  expect(failures).not.toContain('congested');
  world.clock.advance(1);
  expect(failures).toContain('congested');
});

test('7701-6.3-06, 4975-10-04, 4975-10-05, 4975-7.3.2-02: 413 stops that message only, with #; 415 its type from now on', async () => {
  const world = new OutboxWorld();
  const { outbox, failures } = world.sender('a');
  const message = open();
  outbox.deliver(message);
  message.push(octets(10_000));
  outbox.deliver(complete(octets(30)));
  await turn();
  const [first] = framesOf(world.stream.read);
  message.push(octets(10_000));
  world.says(response(first.message.tid, '413 Stop Sending', first.message.fromPath[0], PEER));
  message.push(octets(10_000));
  message.finish();
  outbox.deliver(complete(octets(40)));
  await turn();
  const frames = framesOf(world.stream.read);
  expect(frames.filter(({ message: m }) => isSend(m)).map(({ end }) => end.flag)).toEqual(['+', '$', '#', '$']);
  expect(outbox.pending).toBe(0);
  const last = frames[frames.length - 1].message;
  world.says(response(last.tid, '415 Unsupported', last.fromPath[0], PEER));
  expect(outbox.deliver(complete(octets(50)))).toBe(false);
  expect(failures).toEqual([]);
});

test.each(['481 No Such Session', '506 Bound', '408 Timeout'])('7701-6.3-06: %s ends the session', async (status) => {
  const world = new OutboxWorld();
  const { outbox, failures } = world.sender('a');
  outbox.deliver(complete(octets(30)));
  await turn();
  const [{ message }] = framesOf(world.stream.read);
  world.says(response(message.tid, status, message.fromPath[0], PEER));
  expect(failures).toEqual(['unresponsive']);
});

test('4975-7.1.1-17, 4975-10-03: no response for 30 s is a 408; a lost connection waits for none', async () => {
  const world = new OutboxWorld();
  const { outbox, failures } = world.sender('a');
  outbox.deliver(Outgoing.complete('Content-Type: message/cpim\r\n', 'text/plain', world.clock.now(), octets(30)));
  world.clock.advance(29_999);
  expect(failures).toEqual([]);
  world.clock.advance(1);
  expect(failures).toEqual(['unresponsive']);
  outbox.deliver(complete(octets(30)));
  outbox.detach();
  expect(outbox.unanswered).toBe(0);
  world.clock.advance(100_000);
  expect(failures).toEqual(['unresponsive']);
});

test('4975-5.4-08: a session removed inside a chunk leaves the connection intact for another one', async () => {
  const world = new OutboxWorld();
  const [a, b] = [world.sender('a'), world.sender('b')];
  world.stream.full = true;
  a.outbox.deliver(complete(octets(700_000)));
  await turn();
  a.outbox.close();
  world.driver.connection.release(a.session);
  b.outbox.deliver(complete(octets(25)));
  await drained(world);
  const frames = framesOf(world.stream.read);
  expect(frames.map(({ end }) => end.flag)).toEqual(['#', '$']);
  expect(messagesOf(frames)).toEqual([octets(25)]);
});

test('7701-6.3-07: a message larger than the peer takes is skipped, or given up when it grows beyond', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a');
  outbox.maxSize = 5000;
  expect(outbox.deliver(complete(octets(5001)))).toBe(false);
  expect(outbox.deliver(complete(octets(5000)))).toBe(true);
  const growing = open();
  outbox.deliver(growing);
  growing.push(octets(4000));
  growing.push(octets(4000));
  await turn();
  expect(framesOf(world.stream.read).map(({ end }) => end.flag)).toEqual(['$', '#']);
  expect(outbox.pending).toBe(0);
});

test('7701-6.1-12: # goes only to those who saw something of the message', async () => {
  const world = new OutboxWorld();
  const [saw, saw2] = [world.sender('a'), world.sender('b')];
  const message = open();
  saw.outbox.deliver(message);
  message.push(octets(3000));
  await turn();
  world.stream.full = true;
  saw.outbox.deliver(complete(octets(400_000)));
  await turn();
  saw2.outbox.deliver(message);
  message.abort();
  await drained(world);
  const aborted = framesOf(world.stream.read).filter(({ end }) => end.flag === '#');
  expect(aborted.map(({ message: m }) => m.fromPath[0])).toEqual([saw.session.localUri]);
});

test('a sender that pauses leaves no frame open (P-LIM-05)', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a');
  const message = open();
  outbox.deliver(message);
  message.push(octets(3000));
  message.pause();
  await turn();
  expect(framesOf(world.stream.read).map(({ end }) => end.flag)).toEqual(['+']);
  message.push(octets(10));
  message.finish();
  await turn();
  expect(messagesOf(framesOf(world.stream.read)).map((m) => m.length)).toEqual([3010]);
});

test('4975-7.1.2-03, 4975-7.3.2-03: a REPORT of loss ends the session only when it is about a message of ours', async () => {
  const world = new OutboxWorld();
  const { outbox, session, failures } = world.sender('a');
  outbox.deliver(complete(octets(10)));
  await drained(world);
  const [{ message }] = framesOf(world.stream.read);
  if (message.kind !== 'request') throw new Error('no request');
  const next = `${session.ids.prefix}zzzzzz`;
  for (const unknown of ['NeverSent9', next, `${message.messageId}0`]) outbox.reported(unknown, 408);
  outbox.reported(message.messageId ?? '', 200);
  expect(failures).toEqual([]);
  outbox.reported(message.messageId ?? '', 408);
  expect(failures).toEqual(['unresponsive']);
});

test('4975-7.1.1-07: an announced total that proves wrong is not passed on', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('a');
  const message = open(2000);
  outbox.deliver(message);
  message.push(octets(3000));
  outbox.interrupt();
  message.push(octets(3000));
  message.finish();
  await turn();
  const frames = framesOf(world.stream.read);
  expect(frames.map(({ message: m }) => isSend(m) && m.byteRange)).toEqual([
    { start: 1, end: '*', total: '*' },
    { start: 3000, end: '*', total: '*' },
  ]);
  expect(messagesOf(frames).map((m) => m.length)).toEqual([6000]);
});

test('4975-7.3.2-01: a REPORT of 415 about a small message acts like that response', async () => {
  const world = new OutboxWorld();
  const { outbox, failures } = world.sender('a');
  outbox.deliver(complete(octets(30)));
  await turn();
  const [{ message }] = framesOf(world.stream.read);
  outbox.reported((message.kind === 'request' && message.messageId) || '', 415);
  expect(outbox.deliver(complete(octets(40)))).toBe(false);
  expect(failures).toEqual([]);
});

test('messages whose senders have gone quiet, however many, hold up no others', async () => {
  const world = new OutboxWorld();
  const { outbox } = world.sender('one');
  const quiet = Array.from({ length: 40 }, () => open());
  for (const message of quiet) {
    outbox.deliver(message);
    message.push(octets(3000));
  }
  await turn();
  outbox.deliver(complete(octets(10)));
  await drained(world);
  const last = framesOf(world.stream.read).findLast(({ message }) => isSend(message));
  expect(last?.body.length).toBe(10);
  for (const message of quiet) message.abort();
  outbox.close();
});

test.each(['yes', 'partial'] as const)(
  '4975-7.1-10: a small body that holds the end-line of its own copy goes under another id (Failure-Report %s)',
  async (report) => {
    const world = new OutboxWorld();
    const { outbox, session } = world.sender('a');
    outbox.deliver(complete(Buffer.from('first')));
    const { ids } = session;
    const next = ids.idAt(report === 'yes' ? ids.count : TransactionIds.UNCONFIRMED);
    const body = Buffer.from(`text\r\n-------${next}$\r\nMSRP forged000 SEND\r\n`);
    outbox.deliver(Outgoing.complete('Content-Type: message/cpim\r\n', 'text/plain', 0, body, report));
    await drained(world);
    const [, copy, ...others] = framesOf(world.stream.read);
    expect(others).toEqual([]);
    expect(copy.body.equals(body)).toBe(true);
    expect(copy.message).toMatchObject({ kind: 'request', failureReport: report });
    expect(copy.message.tid).not.toBe(next);
  },
);

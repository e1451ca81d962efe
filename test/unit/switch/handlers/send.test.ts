import { withoutOverlap } from '../../../support/chunks.js';
import { isRequest } from '../../../support/msrp-frames.js';
import { Stage, type StageLine, turn } from '../../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../../support/switch-world.js';

const HELLO = cpim('alice', ROOM, 'hello');
const LONG = cpim('alice', ROOM, 'abcdefghij'.repeat(600));

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const sends = (line: StageLine) => line.frames.filter(isRequest).filter(({ message }) => message.method === 'SEND');
const reports = (line: StageLine) => line.frames.filter(isRequest).filter(({ message }) => message.method === 'REPORT');

/** Somebody who writes to bob, whose client takes no private messages. */
function unable(): StageLine {
  stage = new Stage();
  stage.join('bob#1', { privateMessages: false });
  return stage.join('alice#1');
}

test('7701-6.3-04: copies ask for a response and for no report, whatever their sender asked for', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(HELLO, { lines: ['Success-Report: yes', 'Failure-Report: no'] });
  alice.send(LONG, { lines: ['Success-Report: yes', 'Failure-Report: partial'] });
  await turn();
  expect(bob.messages).toHaveLength(2);
  for (const { message } of sends(bob)) expect(message.hasReportHeaders).toBe(false);
});

test('7701-6.1-11, P-RX-02: what is kept of a chunked message is free again with its last chunk', async () => {
  // What watchers of the room are shown is kept beside what recipients are sent.
  stage = new Stage({}, { maxPartialBytes: 2 * LONG.length });
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  for (let i = 0; i < 50; i++) {
    for (const { body, range, flag } of withoutOverlap(LONG, 3))
      alice.send(body, { id: `mid${1000 + i}`, range, flag });
    await turn();
    bob.answer('200 OK');
  }
  expect(alice.statuses).toEqual(Array.from({ length: 150 }, () => 200));
  expect(bob.messages).toHaveLength(50);
});

describe('7701-6.2-09, MSRP-08: what is refused is refused in the response, and no REPORT tells it', () => {
  const secret = cpim('alice', 'sip:bob@example.org', 'psst');

  test.each([
    ['yes', [428]],
    ['partial', [428]],
    ['no', []],
  ])('4975-7.1.4-01, 4975-7.1.4-02: Failure-Report %s', async (value, statuses) => {
    const alice = unable();
    alice.send(secret, { lines: [`Failure-Report: ${value}`, 'Success-Report: yes'] });
    await turn();
    expect(alice.statuses).toEqual(statuses);
    expect(reports(alice)).toEqual([]);
  });

  test('4975-7.1.4-01: also where the envelope ends in a later chunk', async () => {
    const alice = unable();
    const lines = ['Success-Report: yes'];
    alice.send(secret.slice(0, 40), { id: 'mid12345', range: `1-*/${secret.length}`, flag: '+', lines });
    alice.send(secret.slice(40), { id: 'mid12345', range: `41-*/${secret.length}`, lines });
    await turn();
    expect(alice.statuses).toEqual([200, 428]);
    expect(reports(alice)).toEqual([]);
  });
});

test('4975-7.1.2-06: who left inside a message gets no report about it', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const [first, last] = withoutOverlap(LONG, 2);
  const more = { id: 'mid12345', lines: ['Success-Report: yes'] };
  alice.send(first.body, { ...more, range: first.range, flag: first.flag });
  stage.chat.removeEndpoint('alice#1');
  alice.send(last.body, { ...more, range: last.range, flag: last.flag });
  await turn();
  expect(alice.statuses).toEqual([200, 481]);
  expect(reports(alice)).toEqual([]);
  expect(bob.flags).toMatch(/#$/);
});

test('4975-5.4-09, 4975-7.3.1-06: new URIs and a new binding go on with the message, by its Message-ID', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const [first, last] = withoutOverlap(LONG, 2);
  alice.send(first.body, { id: 'mid12345', range: first.range, flag: first.flag });
  alice.driver.events.closed();
  expect(stage.focus.lost).toEqual([['alice#1', 'connection-lost']]);
  const { session } = endpoint('alice#1');
  const path = ['msrp://elsewhere.example:7000/new;tcp'];
  stage.chat.updateEndpoint(endpoint('alice#1', { session: { ...session, peer: { ...session.peer, path } } }));
  const again = stage.bind('alice#1');
  again.send(last.body, { id: 'mid12345', range: last.range, flag: last.flag });
  await turn();
  expect(bob.messages).toEqual([LONG]);
});

test('4975-7.1.1-08, 4975-7.1.1-11, 4975-7.1.1-12: cut for others only, at 2048 octets or more, and taken up where cut', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  bob.stream.full = true;
  const texts = ['a', 'b', 'c'].map((letter) => cpim('alice', ROOM, letter.repeat(60_000)));
  for (const text of texts) alice.send(text);
  await turn();
  bob.stream.drain();
  await turn();
  expect(bob.messages.toSorted()).toEqual(texts.toSorted());
  const next = new Map<string, number>();
  for (const { message, end } of sends(bob)) {
    const id = message.messageId ?? '';
    expect(message.byteRange).toMatchObject({ start: next.get(id) ?? 1, end: '*' });
    if (end.flag === '+') expect(end.bodyLength).toBeGreaterThanOrEqual(2048);
    next.set(id, (next.get(id) ?? 1) + end.bodyLength);
  }
  expect(next.size).toBe(3);
});

describe('4975-7.2-01, 4975-10-04: a chunk that is refused is answered before its end, once', () => {
  const large = cpim('alice', ROOM, 'x'.repeat(9000));
  const range = `1-*/${large.length}`;

  /** The answers after the first half of the frame, and after all of it. */
  async function halves(body: string, more: Parameters<StageLine['frameOf']>[1], max = 20_000): Promise<number[][]> {
    stage = new Stage({}, { maxMessageSize: max });
    const alice = stage.join('alice#1');
    const frame = alice.frameOf(body, { range, ...more });
    alice.says(frame.slice(0, 6000));
    await turn();
    const early = alice.statuses;
    alice.says(frame.slice(6000));
    alice.send(HELLO);
    await turn();
    return [early, alice.statuses];
  }

  test.each([
    ['too large, whatever it says of itself', large, { range: '1-*/*' }, 413, 4000],
    ['of a type that a room never takes', large, { type: 'text/plain' }, 415, undefined],
    ['from somebody else', cpim('mallory', ROOM, 'x'.repeat(9000)), {}, 403, undefined],
    ['to nobody here', cpim('alice', 'sip:nobody@example.org', 'x'.repeat(9000)), {}, 404, undefined],
  ])('%s', async (_name, body, more, status, max) => {
    for (const flag of ['$', '+', '#']) {
      expect(await halves(body, { ...more, flag }, max)).toEqual([[status], [status, 200]]);
    }
  });

  test('P-RX-01: and so are the chunks that follow', async () => {
    stage = new Stage({}, { maxMessageSize: 4000 });
    const alice = stage.join('alice#1');
    const frame = alice.frameOf(large, { id: 'mid12345', range: '1-*/*', flag: '+' });
    for (const half of [frame.slice(0, 6000), frame.slice(6000)]) alice.says(half);
    alice.send('more', { id: 'mid12345', range: '9500-*/*' });
    await turn();
    expect(alice.statuses).toEqual([413, 413]);
  });

  test('4975-7.2-02: nothing where nothing is to be answered', async () => {
    expect(await halves(large, { lines: ['Failure-Report: no'] }, 4000)).toEqual([[], [200]]);
  });

  test('4975-7.3-01: the session that ends behind the answer brings no 481 for the same frame', async () => {
    stage = new Stage({}, { maxMessageSize: 4000 });
    const alice = stage.join('alice#1');
    const frame = alice.frameOf(large);
    alice.says(frame.slice(0, 6000));
    stage.chat.removeEndpoint('alice#1');
    alice.says(frame.slice(6000));
    alice.send(HELLO);
    await turn();
    expect(alice.statuses).toEqual([413, 481]);
  });

  test('4975-7.1-06: what is malformed is answered once, at its end', async () => {
    stage = new Stage();
    const alice = stage.join('alice#1');
    const frame = alice.frameOf(large).replace(/Content-Type: [^\r]*\r\n/, '');
    for (const half of [frame.slice(0, 6000), frame.slice(6000)]) alice.says(half);
    await turn();
    expect(alice.statuses).toEqual([400]);
  });
});

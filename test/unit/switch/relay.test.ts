import { withoutOverlap } from '../../support/chunks.js';
import { Stage, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, localUri, peerUri, ROOM } from '../../support/switch-world.js';

const toFactory = (text: string): string => text.replace(`<${ROOM}>`, '<sip:factory@chat.example>');

const MESSAGE = cpim('alice', ROOM, 'abcdefghij'.repeat(600));

let stage: Stage;
afterEach(() => {
  // Nothing may be left waiting for time to pass.
  expect(stage.close()).toBe(0);
});

test('7701-6.1-06, 7701-6.1-18: a broadcast reaches all but its sender, octet for octet, under new ids', async () => {
  stage = new Stage();
  const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
  alice.send(MESSAGE, { id: 'mid12345' });
  await turn();
  expect(bob.messages).toEqual([MESSAGE]);
  expect(carol.messages).toEqual([MESSAGE]);
  expect(alice.messages).toEqual([]);
  expect(alice.statuses).toEqual([200]);
  const [{ message }] = bob.frames;
  expect([message.toPath, message.fromPath]).toEqual([[peerUri('bob#1')], [localUri('bob#1')]]);
  expect(message.kind === 'request' && message.messageId).not.toBe('mid12345');
});

test.each([
  ['in order', [0, 1, 2, 3]],
  ['last chunk first', [3, 0, 1, 2]],
  ['backwards', [3, 2, 1, 0]],
  ['with repetitions', [0, 2, 2, 1, 1, 3]],
])('4975-7.3.1-03, 4975-7.1.1-16, 4976-6.4-01: chunks %s', async (_name, order) => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const chunks = withoutOverlap(MESSAGE, 4);
  for (const index of order) {
    const { body, range, flag } = chunks[index];
    alice.send(body, { id: 'mid12345', range, flag });
  }
  await turn();
  expect(bob.messages).toEqual([MESSAGE]);
  expect(alice.statuses).toEqual(order.map(() => 200));
});

test('7701-6.1-22: an envelope split anywhere, in chunks and in reads, is decided once it is complete', async () => {
  for (const cut of [1, 10, 30, 60, 70, 75, 84]) {
    stage = new Stage();
    const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
    const text = cpim('alice', ROOM, 'hello');
    alice.send(text.slice(0, cut), { id: 'mid12345', range: `1-*/${text.length}`, flag: '+' });
    const second = alice.frameOf(text.slice(cut), { id: 'mid12345', range: `${cut + 1}-*/${text.length}` });
    for (const octet of second) alice.says(octet);
    await turn();
    expect(bob.messages).toEqual([text]);
    expect(alice.statuses).toEqual([200, 200]);
    expect(stage.focus.decisions.map(({ outcome }) => outcome)).toEqual(['broadcast']);
    expect(stage.close()).toBe(0);
  }
});

test('7701-6.1-22, P-RX-01: a rejection found in a later chunk answers it and all that follow', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const forged = cpim('bob', ROOM, 'x'.repeat(100));
  alice.send(forged.slice(0, 20), { id: 'mid12345', range: '1-*/*', flag: '+' });
  alice.send(forged.slice(20, 120), { id: 'mid12345', range: '21-*/*', flag: '+' });
  alice.send(forged.slice(120), { id: 'mid12345', range: '121-*/*' });
  await turn();
  expect(alice.statuses).toEqual([200, 403, 403]);
  expect(bob.messages).toEqual([]);
});

test('7701-6.1-09, 7701-6.1-10: recipients are those of the first chunk, minus those who left', async () => {
  stage = new Stage();
  const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
  const chunks = withoutOverlap(MESSAGE, 3).map(({ body, ...more }) => ({ body, more: { id: 'mid12345', ...more } }));
  alice.send(chunks[0].body, chunks[0].more);
  const dave = stage.join('dave#1');
  stage.chat.removeEndpoint('carol#1');
  alice.send(chunks[1].body, chunks[1].more);
  alice.send(chunks[2].body, chunks[2].more);
  await turn();
  expect(bob.messages).toEqual([MESSAGE]);
  expect(dave.messages).toEqual([]);
  expect(carol.messages).toEqual([]);
  // What she had begun to read is ended.
  expect(carol.flags).toBe('#');
});

test('4975-7.3.1-07, 7701-6.1-12: # ends the message for those who saw some of it; whole-mode peers see nothing', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const blink = stage.join('blink#1', { delivery: 'whole' });
  alice.send(MESSAGE.slice(0, 3000), { id: 'mid12345', range: `1-*/${MESSAGE.length}`, flag: '+' });
  alice.send('', { id: 'mid12345', range: `3001-*/${MESSAGE.length}`, flag: '#' });
  await turn();
  expect(bob.flags).toBe('#');
  expect(blink.frames).toEqual([]);
  expect(alice.statuses).toEqual([200, 200]);
  expect(stage.focus.decisions.map(({ outcome }) => outcome)).toEqual(['broadcast', 'aborted']);
});

test('7701-6.1-12: the chunk timer is restarted by each chunk and ends the message with #', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(MESSAGE.slice(0, 3000), { id: 'mid12345', range: '1-*/*', flag: '+' });
  await turn();
  // Answering in between, as a peer does, keeps the session alive.
  const pass = async (ms: number): Promise<void> => {
    stage.clock.advance(ms);
    await turn();
    bob.answer('200 OK');
  };
  await pass(30_000);
  await pass(509_999);
  alice.send(MESSAGE.slice(3000, 3100), { id: 'mid12345', range: '3001-*/*', flag: '+' });
  await turn();
  await pass(30_000);
  await pass(509_999);
  expect(bob.flags).toBe('++');
  await pass(1);
  expect(bob.flags).toBe('++#');
  expect(stage.focus.lost).toEqual([]);
});

test('P-LIM-05: a sender silent for 30 s keeps no frame open at its recipients', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(MESSAGE.slice(0, 3000), { id: 'mid12345', range: '1-*/*', flag: '+' });
  await turn();
  stage.clock.advance(30_000);
  await turn();
  expect(bob.flags).toBe('+');
  bob.answer('200 OK');
  alice.send(MESSAGE.slice(3000), { id: 'mid12345', range: `3001-*/${MESSAGE.length}` });
  await turn();
  expect(bob.messages).toEqual([MESSAGE]);
});

test('P-OUT-01: a whole-mode recipient gets one SEND, when the message is complete', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const blink = stage.join('blink#1', { delivery: 'whole' });
  for (const { body, ...more } of withoutOverlap(MESSAGE, 3)) {
    expect(blink.frames).toEqual([]);
    alice.send(body, { id: 'mid12345', ...more });
    await turn();
  }
  expect(blink.flags).toBe('$');
  expect(blink.messages).toEqual([MESSAGE]);
});

test('P-OUT-01: a delivery mode that changes inside a message neither repeats nor loses it', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const [bob, blink] = [stage.join('bob#1'), stage.join('blink#1', { delivery: 'whole' })];
  const [first, second] = withoutOverlap(MESSAGE, 2);
  alice.send(first.body, { ...first, id: 'mid12345' });
  stage.chat.updateEndpoint(endpoint('bob#1', { delivery: 'whole' }));
  stage.chat.updateEndpoint(endpoint('blink#1', { delivery: 'stream' }));
  alice.send(second.body, { ...second, id: 'mid12345' });
  await turn();
  expect(bob.messages).toEqual([MESSAGE]);
  expect(blink.messages).toEqual([MESSAGE]);
});

test('D7: To becomes the alias the leg dialled, in whole and chunked room messages, never in private ones', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const blink = stage.join('blink#1', { roomToUri: 'sip:factory@chat.example' });
  const short = cpim('alice', ROOM, 'hello');
  const secret = cpim('alice', 'sip:blink@example.org', 'psst');
  alice.send(short);
  for (const { body, ...more } of withoutOverlap(MESSAGE, 3)) alice.send(body, { id: 'mid12345', ...more });
  alice.send(secret);
  await turn();
  expect(blink.messages).toEqual([toFactory(short), toFactory(MESSAGE), secret]);
});

test('4975-5.4-11: a duplicate is acknowledged and shown once, in one piece or in chunks', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const text = cpim('alice', ROOM, 'once');
  const send = (): void => alice.send(text, { id: 'mid12345', lines: ['Success-Report: yes'] });
  send();
  send();
  alice.send(text.slice(0, 30), { id: 'mid12345', range: '1-*/*', flag: '+' });
  alice.send(text.slice(30), { id: 'mid12345', range: '31-*/*' });
  await turn();
  expect(bob.messages).toEqual([text]);
  expect(alice.statuses).toEqual([200, 200, 200, 200]);
});

test('4975-7.3.1-06: equal Message-IDs of two senders are two messages', async () => {
  stage = new Stage();
  const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
  const texts = [cpim('alice', ROOM, 'from alice'), cpim('bob', ROOM, 'from bob')];
  alice.send(texts[0].slice(0, 30), { id: 'mid12345', range: '1-*/*', flag: '+' });
  bob.send(texts[1].slice(0, 30), { id: 'mid12345', range: '1-*/*', flag: '+' });
  bob.send(texts[1].slice(30), { id: 'mid12345', range: '31-*/*' });
  alice.send(texts[0].slice(30), { id: 'mid12345', range: '31-*/*' });
  await turn();
  expect(carol.messages.toSorted()).toEqual(texts);
});

test('P-RX-02: too many messages under way at once, or too many octets, are refused with 413 and stay refused', async () => {
  stage = new Stage({}, { maxPartialBytes: 100_000 });
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  for (let i = 0; i < 40; i++) alice.send('From: ', { id: `mid${1000 + i}`, range: '1-*/*', flag: '+' });
  await turn();
  expect(alice.statuses).toEqual([...Array(32).fill(200), ...Array(8).fill(413)]);
  alice.send('', { id: 'mid1000', range: '7-*/*', flag: '#' });
  alice.send('more', { id: 'mid1035', range: '7-*/*', flag: '+' });
  await turn();
  expect(alice.statuses.slice(-2)).toEqual([200, 413]);
  bob.send(cpim('bob', ROOM, 'x'.repeat(200_000)).slice(0, 150_000), { id: 'mid12345', range: '1-*/*', flag: '+' });
  bob.send(cpim('bob', ROOM, 'fine'));
  await turn();
  expect(bob.statuses).toEqual([413, 200]);
});

test('P-LIM-06: octets are counted, whatever Byte-Range says; those who saw some of it get #', async () => {
  stage = new Stage({}, { maxMessageSize: 4000 });
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(MESSAGE.slice(0, 3000), { id: 'mid12345', range: '1-*/3000', flag: '+' });
  alice.send(MESSAGE.slice(3000), { id: 'mid12345', range: '3001-*/*' });
  alice.send(MESSAGE);
  alice.send('x', { id: 'mid12346', range: '900000000000-*/*', flag: '+' });
  await turn();
  expect(alice.statuses).toEqual([200, 413, 413, 413]);
  expect(bob.flags).toBe('#');
});

test('4975-7.3.1-05, A-05: the $ chunk fixes the length; what contradicts what was passed on is refused', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const { length } = MESSAGE;
  alice.send(MESSAGE, { id: 'mid10001', range: `1-*/${length}`, flag: '+' });
  alice.send('', { id: 'mid10001', range: `${length + 1}-${length}/${length}` });
  alice.send(MESSAGE, { id: 'mid10002', range: `1-*/${length}`, flag: '+' });
  alice.send('', { id: 'mid10002', range: `1-0/${length}` });
  alice.send(MESSAGE, { id: 'mid10003', range: '1-*/*', flag: '+' });
  alice.send('zz', { id: 'mid10003', range: '5-*/*' });
  await turn();
  expect(alice.statuses).toEqual([200, 200, 200, 200, 200, 400]);
  expect(bob.messages).toEqual([MESSAGE, MESSAGE]);
  expect(bob.flags[bob.flags.length - 1]).toBe('#');
});

test('4975-7.3.1-06: a sender whose connection fails inside a message goes on with it over a new one', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.says(alice.frameOf(MESSAGE, { id: 'mid12345', range: `1-*/${MESSAGE.length}` }).slice(0, 4000));
  alice.driver.events.closed();
  expect(stage.focus.lost).toEqual([['alice#1', 'connection-lost']]);
  stage.chat.updateEndpoint(endpoint('alice#1'));
  const again = stage.bind('alice#1');
  again.send(MESSAGE.slice(2000), { id: 'mid12345', range: `2001-*/${MESSAGE.length}` });
  await turn();
  expect(again.statuses).toEqual([200]);
  expect(bob.messages).toEqual([MESSAGE]);
});

test('4975-7.1-06: a body without Content-Type is malformed, in however many reads it comes', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const frame = alice.frameOf(MESSAGE).replace('Content-Type: message/cpim\r\n', '');
  alice.says(frame);
  alice.driver.connection.receive(Buffer.from(frame.slice(0, 500)));
  alice.driver.connection.receive(Buffer.from(frame.slice(500)));
  await turn();
  expect(alice.statuses).toEqual([400, 400]);
  expect(bob.frames).toEqual([]);
});

test('7701-6.1-12: a sender who leaves inside a message aborts it', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.says(alice.frameOf(MESSAGE, { id: 'mid12345', range: `1-*/${MESSAGE.length}` }).slice(0, 4000));
  stage.chat.removeEndpoint('alice#1');
  await turn();
  expect(bob.flags).toBe('#');
});

test('4975-7.3.1-10: a message longer than announced is passed on, and no copy starts behind its total', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  for (const [index, { body, flag }] of withoutOverlap(MESSAGE, 4).entries()) {
    alice.send(body, { id: 'mid12345', range: `${index * body.length + 1}-*/${index === 0 ? 50 : '*'}`, flag });
    await turn();
  }
  // `frames` refuses what is malformed.
  expect(bob.messages).toEqual([MESSAGE]);
});

test('who watches the room sees a message that was streamed, and of one above 10 MiB only its size', async () => {
  stage = new Stage({}, { maxMessageSize: 20_000_000 });
  const [alice] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const larger = cpim('alice', ROOM, 'x'.repeat(10_485_760));
  for (const text of [MESSAGE, larger]) {
    alice.send(text.slice(0, 3000), { id: `mid${text.length}`, range: '1-*/*', flag: '+' });
    alice.send(text.slice(3000), { id: `mid${text.length}`, range: '3001-*/*' });
    await turn();
  }
  expect(stage.focus.seen.map(({ body, size }) => [body?.toString('latin1') ?? null, size])).toEqual([
    [MESSAGE, MESSAGE.length],
    [null, larger.length],
  ]);
});

test('a room that is recorded: messages to everybody with their Message-ID, of larger ones the size, and nothing else', async () => {
  stage = new Stage({ recorded: true });
  stage.focus.watching = false;
  const [alice] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const small = cpim('alice', ROOM, 'hello');
  alice.send(small, { id: 'small-one' });
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'), { id: 'private1' });
  alice.send(cpim('alice', ROOM, '<isComposing/>', 'application/im-iscomposing+xml'), { id: 'composing' });
  const [fits, larger] = [65_536, 65_537].map((size) =>
    cpim('alice', ROOM, 'x'.repeat(size - cpim('alice', ROOM, '').length)),
  );
  for (const [index, text] of [fits, larger].entries()) {
    alice.send(text.slice(0, 3000), { id: `large${index}`, range: '1-*/*', flag: '+' });
    alice.send(text.slice(3000), { id: `large${index}`, range: '3001-*/*' });
    await turn();
  }
  expect(stage.focus.seen.map(({ messageId, to, body, size }) => [messageId, to, body?.length ?? null, size])).toEqual([
    ['small-one', null, small.length, small.length],
    ['large0', null, 65_536, 65_536],
    ['large1', null, null, 65_537],
  ]);
});

test('messages of a room that is neither watched nor recorded are told to nobody', async () => {
  stage = new Stage();
  stage.focus.watching = false;
  const [alice] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(cpim('alice', ROOM, 'hello'));
  await turn();
  expect([stage.focus.seen, alice.statuses]).toEqual([[], [200]]);
});

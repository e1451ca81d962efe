import { Stage, turn } from '../../support/switch-stage.js';
import { framesOf, request, response } from '../../support/msrp-frames.js';
import { cpim, endpoint, localUri, peerUri, ROOM } from '../../support/switch-world.js';

const HELLO = cpim('alice', ROOM, 'hello');

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const direction = (
  id: string,
  ours: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive',
): { session: ReturnType<typeof endpoint>['session'] } => ({
  session: { ...endpoint(id).session, direction: ours },
});

test('7701-6.1-14, A-10: own other devices hear a room message unless policy says no; the sending one never', async () => {
  for (const echoOwnSessions of [true, false]) {
    stage = new Stage({ echoOwnSessions });
    const [phone, desk, bob] = ['alice#1', 'alice#2', 'bob#1'].map((id) => stage.join(id));
    phone.send(HELLO);
    await turn();
    expect([phone, desk, bob].map(({ messages }) => messages.length)).toEqual([0, echoOwnSessions ? 1 : 0, 1]);
    expect(stage.close()).toBe(0);
  }
});

test('7701-6.2-06, 7701-6.2-08: a private message reaches every device that takes them, and nobody else', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const [phone, desk] = [stage.join('bob#1'), stage.join('bob#2')];
  const old = stage.join('bob#3', { privateMessages: false });
  const carol = stage.join('carol#1');
  alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
  await turn();
  expect([phone, desk, old, carol].map(({ messages }) => messages.length)).toEqual([1, 1, 0, 0]);
  expect(alice.statuses).toEqual([200]);
});

test('4975-8.9-02: a listener is refused with 403 and hears; a deaf one is skipped, and still answered', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const listener = stage.join('bob#1', direction('bob#1', 'sendonly'));
  const deaf = stage.join('carol#1', direction('carol#1', 'recvonly'));
  alice.send(HELLO);
  listener.send(cpim('bob', ROOM, 'may I?'));
  deaf.send(cpim('carol', ROOM, 'anyone?'));
  listener.send(undefined);
  await turn();
  expect([alice, listener, deaf].map(({ messages }) => messages.length)).toEqual([1, 2, 0]);
  expect(listener.statuses).toEqual([403, 200]);
  expect(deaf.statuses).toEqual([200]);
});

test('7701-6.1-19: every recipient gets the messages of one sender in order, small and large', async () => {
  stage = new Stage();
  const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
  bob.stream.full = true;
  const texts = Array.from({ length: 12 }, (_, i) =>
    cpim('alice', ROOM, `${i} ${'x'.repeat(i % 3 === 0 ? 9000 : 20)}`),
  );
  for (const text of texts) {
    alice.send(text);
    await turn();
  }
  bob.stream.drain();
  await turn();
  expect(carol.messages).toEqual(texts);
  // Those begun in order may end later: chunks of different messages interleave.
  expect(bob.messages.toSorted()).toEqual(texts.toSorted());
});

test('7701-6.3-05, 7701-6.3-06, 4975-10-01, 4975-10-02: whatever a recipient answers, its sender hears only the switch', async () => {
  for (const status of ['413 Stop', '415 No', '481 Gone', '400 What', '999 Odd']) {
    stage = new Stage();
    const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
    alice.send(HELLO);
    await turn();
    bob.answer(status);
    alice.send(cpim('alice', ROOM, 'again'));
    await turn();
    expect(alice.statuses).toEqual([200, 200]);
    expect(alice.messages).toEqual([]);
    expect(carol.messages).toHaveLength(2);
    expect(stage.focus.lost).toEqual(status.startsWith('481') ? [['bob#1', 'unresponsive']] : []);
    expect(stage.close()).toBe(0);
  }
});

test('4975-7.3.2-01, 4975-7.3.2-03: a REPORT of loss ends the session; one in another namespace, or of success, does not', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(HELLO);
  await turn();
  const { message } = bob.frames[0];
  const ours = message.kind === 'request' ? message.messageId : null;
  const report = (status: string, id = ours): void =>
    bob.says(
      request('rep12345', 'REPORT', localUri('bob#1'), peerUri('bob#1'), [`Message-ID: ${id}`, `Status: ${status}`]),
    );
  report('000 200 OK');
  report('001 481');
  report('000 413');
  // 4975-7.1.2-03: of a message that was never sent.
  report('000 481', 'mid12345');
  expect(stage.focus.lost).toEqual([]);
  report('000 481 Gone');
  expect(stage.focus.lost).toEqual([['bob#1', 'unresponsive']]);
});

test('4975-7.1.1-17: a recipient that answers nothing for 30 s is unresponsive; its connection is freed', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(HELLO);
  await turn();
  stage.clock.advance(30_000);
  expect(stage.focus.lost).toEqual([['bob#1', 'unresponsive']]);
  stage.chat.removeEndpoint('bob#1');
  stage.clock.advance(5000);
  expect(bob.stream.closed).toBe('end');
  expect(alice.stream.closed).toBeUndefined();
});

test('P-CON-01: a peer that never binds is told to the focus after 30 s', () => {
  stage = new Stage();
  stage.chat.addEndpoint(endpoint('bob#1'));
  stage.clock.advance(29_999);
  expect(stage.focus.lost).toEqual([]);
  stage.clock.advance(1);
  expect(stage.focus.lost).toEqual([['bob#1', 'not-bound']]);
  stage.chat.removeEndpoint('bob#1');
});

test('what was said before the peer bound reaches it then, in order', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  stage.chat.addEndpoint(endpoint('bob#1'));
  const texts = [HELLO, cpim('alice', ROOM, 'x'.repeat(9000)), cpim('alice', ROOM, 'last')];
  for (const text of texts) alice.send(text);
  const bob = stage.bind('bob#1');
  await turn();
  expect(bob.messages.toSorted()).toEqual(texts.toSorted());
  expect(stage.focus.bound).toEqual(['alice#1', 'bob#1']);
});

test('4975-5.4-07: two sessions share a connection; the end of one leaves the other', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  stage.chat.addEndpoint(endpoint('bob#1'));
  const line = stage.join('carol#1');
  line.says(request('bind1234', 'SEND', localUri('bob#1'), peerUri('bob#1'), ['Message-ID: bind1234']));
  alice.send(HELLO);
  await turn();
  expect(line.frames.map(({ message }) => message.fromPath[0]).toSorted()).toEqual([
    localUri('bob#1'),
    localUri('bob#1'),
    localUri('carol#1'),
  ]);
  stage.chat.removeEndpoint('carol#1');
  stage.clock.advance(10_000);
  alice.send(cpim('alice', ROOM, 'again'));
  await turn();
  expect(line.stream.closed).toBeUndefined();
  expect(line.frames).toHaveLength(4);
});

test('4975-8.4-03: a moved path needs a new binding; requests of the old one are forgotten', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  alice.send(HELLO);
  await turn();
  expect(bob.messages).toEqual([HELLO]);
  const { session } = endpoint('bob#1');
  const path = ['msrp://elsewhere.example:7000/new;tcp'];
  stage.chat.updateEndpoint(endpoint('bob#1', { session: { ...session, peer: { ...session.peer, path } } }));
  alice.send(cpim('alice', ROOM, 'after'));
  const moved = stage.bind('bob#1');
  await turn();
  expect(moved.frames.map(({ message }) => message.toPath)).toEqual([path]);
  moved.says(response(moved.frames[0].message.tid, '200 OK', localUri('bob#1'), path[0]));
  stage.clock.advance(60_000);
  expect(stage.focus.lost).toEqual([]);
  expect(bob.stream.closed).toBe('end');
});

test('4975-8.4-03: an unchanged path keeps the session and its connection', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  stage.chat.updateEndpoint(endpoint('bob#1', { toUris: ['sip:robert@example.org'] }));
  alice.send(cpim('alice', 'sip:robert@example.org', 'psst'));
  alice.send(cpim('alice', 'sip:bob@example.org', 'old name'));
  await turn();
  expect(bob.messages).toHaveLength(1);
  expect(alice.statuses).toEqual([200, 404]);
  expect(stage.clock.pending).toBe(1);
});

test('7701-6.3-07, 4975-7.1.1-23: a message beyond max-size of one recipient is skipped for it only', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const { session } = endpoint('bob#1');
  const small = stage.join('bob#1', { session: { ...session, peer: { ...session.peer, maxSize: 1000 } } });
  const carol = stage.join('carol#1');
  const large = cpim('alice', ROOM, 'x'.repeat(2000));
  alice.send(large);
  alice.send(HELLO);
  await turn();
  expect(small.messages).toEqual([HELLO]);
  expect(carol.messages).toEqual([large, HELLO]);
});

test('7701-6.4-02: a stalled recipient delays neither the others nor the answers to the sender', async () => {
  stage = new Stage({}, { maxPendingBytes: 100_000 });
  const [alice, bob, carol] = ['alice#1', 'bob#1', 'carol#1'].map((id) => stage.join(id));
  bob.stream.full = true;
  const text = cpim('alice', ROOM, 'x'.repeat(3000));
  for (let i = 0; i < 500; i++) {
    alice.send(text);
    if (i % 10 === 0) await turn();
  }
  await turn();
  expect(carol.messages).toHaveLength(500);
  expect(alice.statuses.filter((status) => status === 200)).toHaveLength(500);
  expect(bob.stream.peak).toBeLessThan(400_000);
  bob.stream.drain();
  await turn();
  expect(framesOf(bob.stream.read).length).toBeLessThan(200);
});

test('a message of the room goes to those chosen', async () => {
  stage = new Stage();
  const [alice, bob] = ['alice#1', 'bob#1'].map((id) => stage.join(id));
  const text = cpim('lounge', ROOM, 'welcome');
  expect(stage.chat.send(ROOM, Buffer.from(text), ({ id }) => id === 'bob#1')).toBe(1);
  expect(stage.chat.send('sip:none@chat.example', Buffer.from(text), () => true)).toBe(0);
  await turn();
  expect([alice.messages, bob.messages]).toEqual([[], [text]]);
});

test('an endpoint of a room that is not open is a mistake of the caller', () => {
  stage = new Stage();
  expect(() => stage.chat.addEndpoint(endpoint('a#1', { room: 'sip:none@chat.example' }))).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_ROOM_UNKNOWN' }),
  );
});

import type { EndpointMedia } from '../../../lib/focus-switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, OPEN_RULES, ROOM } from '../../support/switch-world.js';

const ALICE = 'sip:alice@example.org';
const BOB = 'sip:bob@example.org';
const IMDN = 'message/imdn+xml';
const COMPOSING = 'application/im-iscomposing+xml';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const joinAll = (...ids: string[]): StageLine[] => ids.map((id) => stage.join(id));

/** What an endpoint says that takes these wrapped types only. */
const taking = (id: string, ...acceptWrappedTypes: string[]): Partial<EndpointMedia> => {
  const { session } = endpoint(id);
  return { session: { ...session, peer: { ...session.peer, acceptWrappedTypes } } };
};

const counts = (...lines: StageLine[]): number[] => lines.map(({ messages }) => messages.length);

test('D7: To stays his in a large one too, whatever he calls the room', async () => {
  const alice = stage.join('alice#1');
  const bob = stage.join('bob#1', { roomToUri: 'sip:alias@chat.example' });
  const body = cpim('alice', BOB, 'x'.repeat(100));
  alice.send(body.slice(0, 90), { id: 'large123', range: `1-90/${body.length}`, flag: '+' });
  alice.send(body.slice(90), { id: 'large123', range: `91-${body.length}/${body.length}` });
  await turn();
  expect(bob.messages).toEqual([body]);
});

test('7701-6.2-08: to every session of the addressee, unchanged, and to nobody else', async () => {
  const [alice, phone, desk, carol] = joinAll('alice#1', 'bob#1', 'bob#2', 'carol#1');
  const body = cpim('alice', `${BOB};transport=tcp`, 'psst').replace(
    '\r\n\r\n',
    '\r\nNS: my <urn:x>\r\nmy.Thing:   1 \r\n\r\n',
  );
  alice.send(body);
  await turn();
  expect(alice.statuses).toEqual([200]);
  expect([phone, desk, carol].map(({ messages }) => messages)).toEqual([[body], [body], []]);
  expect(stage.focus.seen).toMatchObject([{ to: 'bob', from: ALICE }]);
});

test('7701-6.2-08: what comes in pieces, too', async () => {
  const [alice, phone, desk, carol] = joinAll('alice#1', 'bob#1', 'bob#2', 'carol#1');
  const body = cpim('alice', BOB, 'x'.repeat(5000));
  alice.send(body.slice(0, 1000), { id: 'whole1', range: `1-*/${body.length}`, flag: '+' });
  alice.send(body.slice(1000), { id: 'whole1', range: `1001-*/${body.length}` });
  await turn();
  expect([phone.messages, desk.messages, carol.messages]).toEqual([[body], [body], []]);
});

test('7701-6.2-08: other devices of the sender get no copy of what goes to somebody else', async () => {
  const [alice, own, bob] = joinAll('alice#1', 'alice#2', 'bob#1');
  alice.send(cpim('alice', BOB, 'psst'));
  await turn();
  expect(counts(alice, own, bob)).toEqual([0, 0, 1]);
});

test('7701-6.2-02: From of somebody else: 403', async () => {
  const [alice, bob] = joinAll('alice#1', 'bob#1');
  alice.send(cpim('carol', BOB, 'psst'));
  await turn();
  expect([alice.statuses, bob.messages]).toEqual([[403], []]);
});

test('7701-6.2-03: several To: 403', async () => {
  const [alice, bob] = joinAll('alice#1', 'bob#1');
  alice.send(cpim('alice', BOB, 'psst').replace('\r\n\r\n', '\r\nTo: <sip:carol@example.org>\r\n\r\n'));
  await turn();
  expect([alice.statuses, bob.messages]).toEqual([[403], []]);
});

test.each(['sip:nobody@example.org', 'tel:+34600000001', 'not a URI', 'http://example.org', 'sip:@'])(
  '7701-6.2-04: To %s, who is no participant: 404',
  async (to) => {
    const [alice, bob] = joinAll('alice#1', 'bob#1');
    alice.send(cpim('alice', to, 'psst'));
    await turn();
    expect([alice.statuses, bob.messages]).toEqual([[404], []]);
  },
);

test('7701-6.2-05: an addressee who cannot take private messages: 428, and nobody gets it', async () => {
  const [alice, carol] = joinAll('alice#1', 'carol#1');
  const bob = stage.join('bob#1', { privateMessages: false });
  alice.send(cpim('alice', BOB, 'psst'));
  await turn();
  expect([alice.statuses, bob.messages, carol.messages]).toEqual([[428], [], []]);
});

test('7701-6.2-06: several sessions of which some can take them: those get it', async () => {
  const [alice, desk] = joinAll('alice#1', 'bob#2');
  const phone = stage.join('bob#1', { privateMessages: false });
  alice.send(cpim('alice', BOB, 'psst'));
  await turn();
  expect([alice.statuses, ...counts(phone, desk)]).toEqual([[200], 0, 1]);
});

describe('7701-6.2-07, A-12: policy', () => {
  test('none in the room: 403 for any To that is not the room, whoever that is', async () => {
    stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, privateMessages: false } });
    const [alice, bob] = joinAll('alice#1', 'bob#1');
    for (const to of [BOB, ALICE, 'sip:nobody@example.org']) alice.send(cpim('alice', to, 'psst'));
    alice.send(cpim('alice', ROOM, 'to all'));
    await turn();
    expect([alice.statuses, bob.messages.length]).toEqual([[403, 403, 403, 200], 1]);
  });

  test('7701-6.1-21: moderators: a moderator at one end; for others nobody can find out who is there', async () => {
    stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, privateMessages: 'moderators' } });
    const [alice, bob] = joinAll('alice#1', 'bob#1');
    const deaf = stage.join('dave#1', { privateMessages: false });
    const mod = stage.join('mod#1', { moderator: true });
    for (const to of [BOB, 'sip:nobody@example.org', 'sip:dave@example.org', ALICE]) alice.send(cpim('alice', to, 'x'));
    alice.send(cpim('alice', 'sip:mod@example.org', 'help'));
    for (const to of [BOB, 'sip:nobody@example.org', 'sip:dave@example.org']) mod.send(cpim('mod', to, 'x'));
    await turn();
    expect(alice.statuses).toEqual([403, 403, 403, 403, 200]);
    expect(mod.statuses).toEqual([200, 404, 428]);
    expect(counts(bob, deaf, mod)).toEqual([1, 0, 1]);
  });

  test('moderators: a role that changes counts for the next message', async () => {
    stage.chat.updateRoom({ uri: ROOM, rules: { ...OPEN_RULES, privateMessages: 'moderators' } });
    const media = endpoint('alice#1');
    const alice = stage.join('alice#1', media);
    const bob = stage.join('bob#1');
    stage.chat.updateEndpoint({ ...media, moderator: true });
    alice.send(cpim('alice', BOB, 'one'));
    stage.chat.updateEndpoint({ ...media, moderator: false });
    alice.send(cpim('alice', BOB, 'two'));
    await turn();
    expect([alice.statuses, bob.messages.length]).toEqual([[200, 403], 1]);
    // Neither another binding nor a time-out of one.
    stage.clock.advance(40_000);
    expect(stage.focus.bound).toEqual(['alice#1', 'bob#1']);
    expect(stage.focus.lost.map(([id, why]) => `${id} ${why}`)).toEqual(['bob#1 unresponsive']);
  });
});

test('7701-6.2-09: known to fail only in a later chunk, whose response says so; no REPORT', async () => {
  const [alice] = joinAll('alice#1');
  stage.join('bob#1', { privateMessages: false });
  const body = cpim('alice', BOB, 'psst');
  const lines = ['Failure-Report: yes', 'Success-Report: yes'];
  alice.send(body.slice(0, 10), { id: 'late0001', range: '1-10/*', flag: '+', lines });
  alice.send(body.slice(10), { id: 'late0001', range: `11-${body.length}/${body.length}`, lines });
  await turn();
  expect(alice.statuses).toEqual([200, 428]);
  expect(alice.frames.filter(({ message }) => message.kind === 'request')).toEqual([]);
});

test('7701-6.2-10: to oneself is to all own sessions, the sending one too', async () => {
  const [alice, own, bob] = joinAll('alice#1', 'alice#2', 'bob#1');
  alice.send(cpim('alice', ALICE, 'note'));
  await turn();
  expect([alice.statuses, ...counts(alice, own, bob)]).toEqual([[200], 1, 1, 0]);
});

test('7701-6.2-11: somebody anonymous is reached by the anonymous URIs only, on all devices', async () => {
  const alias = 'sip:anonymous1@anonymous.invalid';
  const own = 'sip:q7@anonymous.invalid';
  const [alice] = joinAll('alice#1');
  const desk = stage.join('hidden#1', { fromUris: [alias], toUris: [alias] });
  const phone = stage.join('hidden#2', { fromUris: [alias, own], toUris: [alias, own] });
  for (const to of [alias, own, 'sip:hidden@example.org', 'sip:anonymous@anonymous.invalid'])
    alice.send(cpim('alice', to, 'psst'));
  await turn();
  expect([alice.statuses, ...counts(desk, phone)]).toEqual([[200, 200, 404, 404], 1, 2]);
});

describe('7701-6.2-13, A-20: a type the addressee does not take: 415', () => {
  test('when no session takes it', async () => {
    const [alice] = joinAll('alice#1');
    const [phone, desk] = ['bob#1', 'bob#2'].map((id) => stage.join(id, taking(id, 'text/plain')));
    alice.send(cpim('alice', BOB, '{}', 'application/json'));
    alice.send(cpim('alice', BOB, 'x'));
    await turn();
    expect([alice.statuses, ...counts(phone, desk)]).toEqual([[415, 200], 1, 1]);
  });

  test('else it goes to those that take it', async () => {
    const [alice, phone] = joinAll('alice#1', 'bob#1');
    const desk = stage.join('bob#2', taking('bob#2', 'text/plain'));
    alice.send(cpim('alice', BOB, '{}', 'application/json'));
    await turn();
    expect([alice.statuses, ...counts(phone, desk)]).toEqual([[200], 1, 0]);
  });

  test('and one that only a session takes which has no private messages reaches nobody', async () => {
    const [alice] = joinAll('alice#1');
    const phone = stage.join('bob#1', { privateMessages: false });
    const desk = stage.join('bob#2', taking('bob#2', 'text/plain'));
    alice.send(cpim('alice', BOB, '{}', 'application/json'));
    await turn();
    expect([alice.statuses, ...counts(phone, desk)]).toEqual([[415], 0, 0]);
  });
});

test.each([IMDN, COMPOSING])('7701-6.2-14: %s follows the same rules', async (type) => {
  const [alice, bob, carol] = joinAll('alice#1', 'bob#1', 'carol#1');
  const dave = stage.join('dave#1', { privateMessages: false });
  alice.send(cpim('alice', BOB, '<x/>', type));
  alice.send(cpim('alice', 'sip:dave@example.org', '<x/>', type));
  alice.send(cpim('alice', 'sip:nobody@example.org', '<x/>', type));
  alice.send(cpim('alice', ROOM, '<x/>', type));
  await turn();
  expect(alice.statuses).toEqual([200, 428, 404, 200]);
  expect(counts(bob, carol, dave)).toEqual([2, 1, 1]);
});

test('a private message goes on to who stays while it arrives, and not to who left', async () => {
  const [alice, phone, desk] = joinAll('alice#1', 'bob#1', 'bob#2');
  const body = cpim('alice', BOB, 'x'.repeat(3000));
  alice.send(body.slice(0, 500), { id: 'leave001', range: `1-*/${body.length}`, flag: '+' });
  stage.chat.removeEndpoint('bob#2');
  alice.send(body.slice(500), { id: 'leave001', range: `501-*/${body.length}` });
  await turn();
  stage.chat.removeEndpoint('bob#1');
  alice.send(cpim('alice', BOB, 'x'));
  await turn();
  expect([alice.statuses, phone.messages, desk.messages]).toEqual([[200, 200, 404], [body], []]);
});

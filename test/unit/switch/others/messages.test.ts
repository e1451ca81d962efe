import { ClusterStage, NOTHING_LEFT } from '../../../support/cluster-stage.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { isRequest } from '../../../support/msrp-frames.js';
import { cpim, endpoint, ROOM } from '../../../support/switch-world.js';

const HELLO = cpim('alice', ROOM, 'hello');
const TO_BOB = 'sip:bob@example.org';

let stage: ClusterStage;
afterEach(() => {
  expect(stage.close()).toEqual(NOTHING_LEFT);
});

/** What an endpoint that says so in its SDP hears and says. */
const direction = (id: string, ours: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive') => ({
  session: { ...endpoint(id).session, direction: ours },
});

/** Takes these wrapped types only. */
const taking = (id: string, ...acceptWrappedTypes: string[]) => {
  const { session } = endpoint(id);
  return { session: { ...session, peer: { ...session.peer, acceptTypes: ['message/cpim'], acceptWrappedTypes } } };
};

describe('to the room', () => {
  test('7701-6.1-05, 7701-6.1-06: reaches everybody at every switch unchanged, and each switch once', async () => {
    stage = new ClusterStage(3);
    const alice = stage.join(0, 'alice#1');
    const others = [stage.join(0, 'bob#1'), stage.join(1, 'carol#1'), stage.join(1, 'dave#1'), stage.join(2, 'eve#1')];
    alice.send(HELLO, { lines: ['Success-Report: yes'] });
    await stage.settle();
    expect(others.map(({ messages }) => messages)).toEqual([[HELLO], [HELLO], [HELLO], [HELLO]]);
    expect(alice.messages).toEqual([]);
    expect(alice.statuses).toEqual([200]);
    expect([stage.network.kinds(0, 1), stage.network.kinds(0, 2)]).toEqual([['message'], ['message']]);
    expect([stage.network.kinds(1, 0), stage.network.kinds(1, 2)]).toEqual([['taken'], []]);
  });

  test('its octets are its own, whatever the buffer is used for in which they were read', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    const large = cpim('alice', ROOM, 'x'.repeat(20_000));
    for (const body of [HELLO, large]) {
      const buffer = Buffer.from(alice.frameOf(body));
      alice.driver.events.data(buffer);
      buffer.fill('?');
    }
    await stage.settle();
    expect(bob.messages).toEqual([HELLO, large]);
  });

  test('4975-7.1.1-17: how long an answer takes is measured by the clock of the switch that waits for it', async () => {
    const ahead = new ManualClock(1_700_003_600_000);
    stage = new ClusterStage(2, {}, {}, [new ManualClock(), ahead]);
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    alice.send(HELLO);
    await stage.settle();
    ahead.advance(29_000);
    bob.answer('200 OK');
    alice.send(HELLO);
    alice.send(cpim('alice', ROOM, 'x'.repeat(20_000)));
    await stage.settle();
    ahead.advance(29_000);
    expect(stage.nodes[1].focus.lost).toEqual([]);
    ahead.advance(1000);
    expect(stage.nodes[1].focus.lost).toEqual([['bob#1', 'unresponsive']]);
  });

  test.each([
    ['always', 'yes'],
    ['partial', 'partial'],
    ['never', 'no'],
  ] as const)(
    '7701-6.3-04: with confirm %s a copy there asks for %s, as here; a private one is confirmed',
    async (...row) => {
      const [confirm, failureReport] = row;
      stage = new ClusterStage(2, { confirm });
      const alice = stage.join(0, 'alice#1');
      const readers = [stage.join(0, 'bob#1'), stage.join(1, 'bob#2')];
      for (const to of [ROOM, ROOM, TO_BOB]) alice.send(cpim('alice', to, 'hello'));
      await stage.settle();
      for (const { frames } of readers) {
        // Now and then one is confirmed at any rate, so that a dead session is found.
        const asked = frames.filter(isRequest).map(({ message }) => message.failureReport);
        expect(asked).toEqual(['yes', failureReport, 'yes']);
      }
    },
  );

  test('goes to no switch where nobody is in the room', async () => {
    stage = new ClusterStage(3);
    const alice = stage.join(0, 'alice#1');
    stage.join(1, 'bob#1');
    stage.join(2, 'carol#1');
    stage.join(2, 'dave#1', { atDoor: true });
    stage.remove('carol#1');
    alice.send(HELLO);
    await stage.settle();
    expect([stage.network.kinds(0, 1), stage.network.kinds(0, 2)]).toEqual([['message'], []]);
  });

  test('7701-6.1-18: the copies carry its MIME headers', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    alice.send(HELLO, { lines: ['Content-ID: <x@y>', 'Success-Report: yes'] });
    await stage.settle();
    const wire = bob.stream.read.toString('latin1');
    expect(wire).toContain('\r\nContent-ID: <x@y>\r\nContent-Type: message/cpim\r\n');
    expect(wire).not.toContain('Report');
  });

  test.each([
    [true, 1],
    [false, 0],
  ])('A-10: with echoOwnSessions %s a device at another switch hears %d of its own', async (echoOwnSessions, heard) => {
    stage = new ClusterStage(2, { echoOwnSessions });
    const phone = stage.join(0, 'alice#1');
    const desk = stage.join(1, 'alice#2');
    const bob = stage.join(1, 'bob#1');
    phone.send(HELLO);
    await stage.settle();
    expect([phone, desk, bob].map(({ messages }) => messages.length)).toEqual([0, heard, 1]);
  });

  test('4975-8.9-02, 7701-6.1-07: who is deaf, or does not take the type, is skipped there as here', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const listener = stage.join(1, 'bob#1', direction('bob#1', 'sendonly'));
    const deaf = stage.join(1, 'carol#1', direction('carol#1', 'recvonly'));
    const plain = stage.join(1, 'dave#1', taking('dave#1', 'text/plain'));
    const html = cpim('alice', ROOM, '<b/>', 'text/html');
    alice.send(HELLO);
    alice.send(html);
    listener.send(cpim('bob', ROOM, 'may I?'));
    await stage.settle();
    expect([listener, deaf, plain].map(({ messages }) => messages)).toEqual([[HELLO, html], [], [HELLO]]);
    expect(listener.statuses).toEqual([403]);
  });

  test('D7: who dialled another address sees it as To, and the others what was written', async () => {
    stage = new ClusterStage(2);
    const alias = 'sip:alias@chat.example';
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1', { roomToUri: alias, roomAliases: [alias] });
    const carol = stage.join(1, 'carol#1');
    const contents = ['hello', 'x'.repeat(20_000)];
    for (const content of contents) alice.send(cpim('alice', ROOM, content));
    await stage.settle();
    expect(bob.messages).toEqual(contents.map((content) => cpim('alice', alias, content)));
    expect(carol.messages).toEqual(contents.map((content) => cpim('alice', ROOM, content)));
  });

  test('P-OUT-01: who takes messages whole gets them in one SEND', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const [bob, carol] = [
      stage.join(1, 'bob#1', { delivery: 'whole' }),
      stage.join(1, 'carol#1', { delivery: 'exact' }),
    ];
    const large = cpim('alice', ROOM, 'x'.repeat(100_000));
    alice.send(large);
    await stage.settle();
    expect([bob.messages, carol.messages]).toEqual([[large], [large]]);
    expect([bob.flags, carol.flags]).toEqual(['$', '$']);
    expect(carol.stream.read.toString('latin1')).toContain(`Byte-Range: 1-${large.length}/${large.length}`);
  });

  test('what a participant may not say goes nowhere, and those who watch see a message once', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const muted = stage.join(0, 'mute#1', { mayWrite: false });
    const bob = stage.join(1, 'bob#1');
    muted.send(cpim('mute', ROOM, 'hm'));
    alice.send(cpim('bob', ROOM, 'forged'));
    alice.send(HELLO);
    await stage.settle();
    expect([muted.statuses, alice.statuses, bob.messages]).toEqual([[403], [403, 200], [HELLO]]);
    expect(stage.nodes.map(({ focus }) => focus.seen.map(({ body }) => body?.toString()))).toEqual([[HELLO], []]);
    expect(stage.nodes.map(({ focus }) => focus.spoken)).toEqual([['alice#1'], []]);
  });

  test('who traces hears of the recipients at all switches', async () => {
    stage = new ClusterStage(2, { echoOwnSessions: false });
    const alice = stage.join(0, 'alice#1');
    stage.join(0, 'bob#1');
    stage.join(1, 'alice#2');
    stage.join(1, 'bob#2');
    stage.join(1, 'carol#1', direction('carol#1', 'recvonly'));
    alice.send(HELLO);
    alice.send(cpim('alice', TO_BOB, 'psst'));
    await stage.settle();
    expect(stage.nodes[0].focus.decisions.map(({ recipients }) => recipients)).toEqual([
      ['bob#1', 'bob#2'],
      ['bob#1', 'bob#2'],
    ]);
    expect(stage.nodes[1].focus.decisions).toEqual([]);
  });

  test('a message that waits for a verdict goes on to other switches with it', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    const verdicts: (() => void)[] = [];
    stage.nodes[0].focus.gate = {
      everywhere: true,
      ask: ({ content }) =>
        content?.toString() === 'hello'
          ? new Promise((resolve) => verdicts.push(() => resolve({ is: 'passed' })))
          : { is: 'refused', status: 403 },
    };
    alice.send(HELLO);
    alice.send(cpim('alice', ROOM, 'no'));
    await stage.settle();
    expect([alice.statuses, bob.messages]).toEqual([[], []]);
    verdicts[0]();
    await stage.settle();
    expect([alice.statuses, bob.messages]).toEqual([[200, 403], [HELLO]]);
  });
});

describe('to one participant', () => {
  const psst = cpim('alice', TO_BOB, 'psst');

  test('7701-6.2-04: 404 when nobody has that address at any switch, at once', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    stage.join(1, 'carol#1');
    alice.send(psst);
    await stage.settle();
    expect(alice.statuses).toEqual([404]);
    expect(stage.network.log).toEqual([]);
  });

  test('7701-6.2-05: 428 when none of his devices takes private messages, wherever they are', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    stage.join(0, 'bob#1', { privateMessages: false });
    const bob = stage.join(1, 'bob#2', { privateMessages: false });
    alice.send(psst);
    await stage.settle();
    expect([alice.statuses, bob.messages]).toEqual([[428], []]);
  });

  test('7701-6.2-13, A-20: 415 when his only device, elsewhere, does not take the type', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    stage.join(1, 'bob#1', taking('bob#1', 'text/html'));
    alice.send(psst);
    await stage.settle();
    expect(alice.statuses).toEqual([415]);
  });

  test('7701-6.2-07: moderators may be written to by all where only that is permitted', async () => {
    stage = new ClusterStage(2, { privateMessages: 'moderators' });
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1', { moderator: true });
    stage.join(1, 'carol#1');
    alice.send(psst);
    alice.send(cpim('alice', 'sip:carol@example.org', 'psst'));
    alice.send(cpim('alice', 'sip:nobody@example.org', 'psst'));
    await stage.settle();
    expect([alice.statuses, bob.messages]).toEqual([[200, 403, 403], [psst]]);
  });

  test('7701-6.2-06, 7701-6.2-08: reaches every capable device over all switches, and no switch without one', async () => {
    stage = new ClusterStage(4);
    const alice = stage.join(0, 'alice#1');
    const capable = [stage.join(0, 'bob#1'), stage.join(1, 'bob#2'), stage.join(2, 'bob#3')];
    const rest = [
      stage.join(1, 'bob#4', { privateMessages: false }),
      stage.join(2, 'carol#1'),
      stage.join(3, 'bob#5', direction('bob#5', 'recvonly')),
    ];
    alice.send(psst);
    await stage.settle();
    expect(capable.map(({ messages }) => messages)).toEqual([[psst], [psst], [psst]]);
    expect(rest.map(({ messages }) => messages)).toEqual([[], [], []]);
    expect([1, 2, 3].map((node) => stage.network.kinds(0, node))).toEqual([['message'], ['message'], []]);
  });

  test('7701-6.2-10: to oneself comes back on the devices of all switches', async () => {
    stage = new ClusterStage(2, { echoOwnSessions: false });
    const note = cpim('alice', 'sip:alice@example.org', 'note');
    const [phone, desk] = [stage.join(0, 'alice#1'), stage.join(1, 'alice#2')];
    phone.send(note);
    await stage.settle();
    expect([phone.messages, desk.messages]).toEqual([[note], [note]]);
  });

  test('D7: To is never the room for who dialled another address, in one piece or in many', async () => {
    stage = new ClusterStage(2);
    const roomToUri = 'sip:alias@chat.example';
    const alice = stage.join(0, 'alice#1');
    const devices = [stage.join(0, 'bob#1', { roomToUri }), stage.join(1, 'bob#2', { roomToUri })];
    const large = cpim('alice', TO_BOB, 'x'.repeat(20_000));
    alice.send(psst);
    alice.send(large.slice(0, 9000), { id: 'large', range: `1-9000/${large.length}`, flag: '+' });
    alice.send(large.slice(9000), { id: 'large', range: `9001-${large.length}/${large.length}` });
    await stage.settle();
    expect(devices.map(({ messages }) => messages)).toEqual([
      [psst, large],
      [psst, large],
    ]);
  });
});

describe('members of other switches', () => {
  test('are known by their latest facts', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    const bob = stage.join(1, 'bob#1');
    const other = { toUris: ['sip:robert@example.org'], privateMessages: true };
    stage.tell(1, endpoint('bob#1', other));
    alice.send(cpim('alice', TO_BOB, 'psst'));
    alice.send(cpim('alice', 'sip:robert@example.org', 'psst'));
    stage.tell(1, endpoint('bob#1', { ...other, privateMessages: false }));
    alice.send(cpim('alice', 'sip:robert@example.org', 'psst'));
    await stage.settle();
    expect(alice.statuses).toEqual([404, 200, 428]);
    expect(bob.messages).toHaveLength(1);
  });

  test('may move here, and are then members of this switch alone', async () => {
    stage = new ClusterStage(2);
    const alice = stage.join(0, 'alice#1');
    stage.join(1, 'bob#1');
    stage.nodes[1].chat.removeEndpoint('bob#1');
    const bob = stage.join(0, 'bob#1');
    alice.send(cpim('alice', TO_BOB, 'psst'));
    alice.send(HELLO);
    await stage.settle();
    expect([alice.statuses, bob.messages.length]).toEqual([[200, 200], 2]);
    expect(stage.network.log).toEqual([]);
  });

  test('are of rooms that are open here', () => {
    stage = new ClusterStage(1);
    const { chat } = stage.nodes[0];
    chat.closeRoom(ROOM);
    const media = { ...endpoint('bob#1'), acceptTypes: [], acceptWrappedTypes: null, mayReceive: true, atDoor: false };
    expect(() => chat.others.set(1, media)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_ROOM_UNKNOWN' }));
  });
});

import type { Gate, HeldMessage, Verdict } from '../../../lib/focus-switch.js';
import type { SwitchOptions } from '../../../lib/switch/switch.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, ROOM } from '../../support/switch-world.js';

const PASSED: Verdict = { is: 'passed' };
const refused = (status: number): Verdict => ({ is: 'refused', status });
const COMPOSING = 'application/im-iscomposing+xml';

let stage: Stage;
let asked: HeldMessage[];
let verdicts: ((verdict: Verdict | Error) => void)[];

afterEach(() => {
  expect(stage.close()).toBe(0);
  expect(stage.chat.load).toMatchObject({ endpoints: 0, pendingOctets: 0, partialOctets: 0 });
});

/** Alice and Bob in a room where messages wait for `ask`; without one until the test decides, in the order of asking. */
function enter(
  ask?: Gate['ask'],
  { everywhere = true, ...options }: Partial<SwitchOptions> & { everywhere?: boolean } = {},
): [alice: StageLine, bob: StageLine] {
  stage = new Stage({}, options);
  asked = [];
  verdicts = [];
  const later = (): Promise<Verdict> =>
    new Promise((resolve, reject) => {
      verdicts.push((verdict) => (verdict instanceof Error ? reject(verdict) : resolve(verdict)));
    });
  stage.focus.gate = {
    everywhere,
    ask: (message) => {
      asked.push(message);
      return ask ? ask(message) : later();
    },
  };
  return [stage.join('alice#1'), stage.join('bob#1')];
}

const hello = cpim('alice', ROOM, 'hello');
const textIn = ({ content }: HeldMessage): string | undefined => content?.toString();
const contents = (line: StageLine): string[] => line.messages.map((body) => body.split('\r\n\r\n')[2]);
const says = (line: StageLine, ...texts: string[]): void => {
  for (const text of texts) line.send(cpim('alice', ROOM, text));
};

/** In two chunks. */
const halves = (line: StageLine, body: string, id: string): void => {
  const half = body.length >> 1;
  line.send(body.slice(0, half), { id, range: `1-${half}/${body.length}`, flag: '+' });
  line.send(body.slice(half), { id, range: `${half + 1}-${body.length}/${body.length}` });
};

async function decide(index: number, verdict: Verdict | Error): Promise<void> {
  verdicts[index](verdict);
  await turn();
}

describe('a complete message', () => {
  test('4975-7.1.3-03: waits, and is answered, reported and passed on with the verdict', async () => {
    const [alice, bob] = enter();
    alice.send(hello, { lines: ['Success-Report: yes'] });
    await turn();
    expect(alice.frames).toEqual([]);
    expect(bob.messages).toEqual([]);
    expect(asked).toMatchObject([{ room: ROOM, endpoint: 'alice#1', private: false, size: hello.length }]);
    expect(asked[0].content?.toString()).toBe('hello');
    await decide(0, PASSED);
    expect(alice.statuses).toEqual([200]);
    expect(
      alice.frames.filter(({ message }) => message.kind === 'request' && message.method === 'REPORT'),
    ).toHaveLength(1);
    expect(bob.messages).toEqual([hello]);
  });

  test.each([403, 413, 480])('refused with %d: nobody gets it, and no report comes', async (status) => {
    const [alice, bob] = enter(() => refused(status));
    alice.send(hello, { lines: ['Success-Report: yes'] });
    await turn();
    expect(alice.frames.map(({ message }) => message.kind)).toEqual(['response']);
    expect(alice.statuses).toEqual([status]);
    expect(bob.messages).toEqual([]);
    expect(stage.focus.spoken).toEqual([]);
    expect(stage.focus.seen).toEqual([]);
  });

  test.each<[string, Gate['ask']]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('403 when the gate %s', async (_how, ask) => {
    const [alice, bob] = enter(ask);
    says(alice, 'hello');
    await turn();
    expect(alice.statuses).toEqual([403]);
    expect(bob.messages).toEqual([]);
  });

  test('4975-7.2-02: the verdict is answered only as far as Failure-Report wants to hear of it', async () => {
    const [alice] = enter((message) => (textIn(message) === 'bad' ? refused(403) : PASSED));
    for (const report of ['no', 'partial']) {
      alice.send(cpim('alice', ROOM, 'good'), { lines: [`Failure-Report: ${report}`] });
      alice.send(cpim('alice', ROOM, 'bad'), { lines: [`Failure-Report: ${report}`] });
    }
    await turn();
    expect(alice.statuses).toEqual([403]);
  });

  test('what the rules of the room refuse is not asked about', async () => {
    const [alice] = enter(() => PASSED);
    alice.send(cpim('bob', ROOM, 'not me'));
    alice.send(cpim('alice', 'sip:nobody@example.org', 'psst'));
    alice.send('nonsense');
    alice.send('hello', { type: 'text/plain' });
    await turn();
    expect(alice.statuses).toEqual([403, 404, 400, 415]);
    expect(asked).toEqual([]);
  });

  test('private messages are asked about, is-composing documents are not but keep their place', async () => {
    const [alice, bob] = enter();
    alice.send(cpim('alice', 'sip:bob@example.org', 'psst'));
    alice.send(cpim('alice', ROOM, '<isComposing/>', COMPOSING));
    await turn();
    expect(asked.map((message) => message.private)).toEqual([true]);
    expect(bob.messages).toEqual([]);
    await decide(0, PASSED);
    expect(contents(bob)).toEqual(['psst', '<isComposing/>']);
  });

  test('7701-6.1-09: goes to those who are there when it passes', async () => {
    const [alice, bob] = enter();
    says(alice, 'hello');
    const carol = stage.join('carol#1');
    stage.chat.removeEndpoint('bob#1');
    await decide(0, PASSED);
    expect(contents(carol)).toEqual(['hello']);
    expect(contents(bob)).toEqual([]);
  });

  test('nobody is asked in rooms that are not gated, and messages pass at once', async () => {
    const [alice, bob] = enter(undefined, { everywhere: false });
    says(alice, 'hello');
    await turn();
    expect(contents(bob)).toEqual(['hello']);
    expect(asked).toEqual([]);
  });
});

describe('rewritten', () => {
  test('another text, with the headers of the message but for those about its octets', async () => {
    const instead = { contentType: 'text/plain;charset=utf-8', text: 'h\u00e9llo' };
    const [alice, bob] = enter(() => ({ is: 'passed', instead }));
    alice.send(
      `From: Alice <sip:alice@example.org>\r\nTo: <${ROOM}>\r\nSubject: greeting\r\nNS: imdn <urn:ietf:params:imdn>\r\n` +
        'imdn.Message-ID: abc\r\n\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n' +
        'Content-Language: en\r\n\r\naGVsbG8=',
    );
    await turn();
    expect(alice.statuses).toEqual([200]);
    const [body] = bob.messages;
    expect(body).toContain('Subject: greeting\r\n');
    expect(body).toContain('imdn.Message-ID: abc\r\n');
    expect(body).toContain('\r\nContent-Type: text/plain;charset=utf-8\r\nContent-Language: en\r\n\r\n');
    expect(body).not.toContain('base64');
    expect(Buffer.from(body, 'latin1').toString()).toMatch(/\r\n\r\nh\u00e9llo$/);
  });

  test('and to somebody else: the rules for that decide, and the refusal is told', async () => {
    const told: number[] = [];
    const [alice, bob] = enter((message) => ({
      is: 'passed',
      instead: { to: `sip:${textIn(message)}@example.org`, contentType: 'text/plain', text: 'psst' },
      refused: (status) => told.push(status),
    }));
    const carol = stage.join('carol#1');
    says(alice, 'bob', 'nobody');
    await turn();
    expect(alice.statuses).toEqual([200, 200]);
    expect(contents(bob)).toEqual(['psst']);
    expect(carol.messages).toEqual([]);
    expect(told).toEqual([404]);
  });

  test('400 when its headers cannot be written', async () => {
    const [alice, bob] = enter(() => ({
      is: 'passed',
      instead: { to: 'sip:a b', contentType: 'text/plain', text: 'x' },
    }));
    says(alice, 'hello');
    await turn();
    expect(alice.statuses).toEqual([400]);
    expect(bob.messages).toEqual([]);
  });
});

test('taken: answered, run in its turn and not passed on', async () => {
  const ran: number[] = [];
  const [alice, bob] = enter((message) =>
    textIn(message) === '/go'
      ? { is: 'taken', run: () => void ran.push(stage.focus.seen.length) }
      : Promise.resolve(PASSED),
  );
  says(alice, 'one', '/go', 'two');
  await turn();
  expect(alice.statuses).toEqual([200, 200, 200]);
  expect(ran).toEqual([1]);
  expect(contents(bob)).toEqual(['one', 'two']);
});

test('a sender who is removed by what he asked for gets no further', async () => {
  const [alice, bob] = enter((message) =>
    textIn(message) === '/leave'
      ? { is: 'taken', run: () => stage.chat.removeEndpoint('alice#1') }
      : Promise.resolve(PASSED),
  );
  says(alice, 'one', '/leave', 'two');
  await turn();
  expect(contents(bob)).toEqual(['one']);
});

describe('what waits', () => {
  test('goes on in the order in which it came, whatever the order of the verdicts; others do not wait', async () => {
    const [alice, bob] = enter();
    says(alice, 'one', 'two', 'three');
    bob.send(cpim('bob', ROOM, 'mine'));
    await decide(3, PASSED);
    expect(contents(alice)).toEqual(['mine']);
    await decide(2, PASSED);
    await decide(1, refused(403));
    expect(contents(bob)).toEqual([]);
    await decide(0, PASSED);
    expect(contents(bob)).toEqual(['one', 'three']);
    expect(alice.statuses).toEqual([200, 403, 200]);
  });

  test('4975-7.1.1-17: 408 after 25 s without a verdict, which is ignored then', async () => {
    const [alice, bob] = enter();
    says(alice, 'one');
    stage.clock.advance(10_000);
    says(alice, 'two');
    stage.clock.advance(14_999);
    expect(alice.statuses).toEqual([]);
    stage.clock.advance(1);
    await turn();
    expect(alice.statuses).toEqual([408]);
    await decide(0, PASSED);
    await decide(1, PASSED);
    expect(alice.statuses).toEqual([408, 200]);
    expect(contents(bob)).toEqual(['two']);
  });

  test('413 beyond 1024 messages of one sender; another one is heard', async () => {
    const [alice, bob] = enter();
    for (let i = 0; i < 1025; i++) says(alice, `${i}`);
    await turn();
    expect(alice.statuses).toEqual([413]);
    bob.send(cpim('bob', ROOM, 'mine'));
    await decide(1024, PASSED);
    expect(contents(alice)).toEqual(['mine']);
  });

  test('413 beyond the octets that may wait for one sender, and for all', async () => {
    const large = 'x'.repeat(40_000);
    const [alice, bob] = enter(undefined, { maxPendingBytes: 100_000, maxPartialBytes: 150_000 });
    says(alice, large, large, large);
    await turn();
    expect(alice.statuses).toEqual([413]);
    bob.send(cpim('bob', ROOM, large));
    bob.send(cpim('bob', ROOM, large));
    await turn();
    expect(bob.statuses).toEqual([413]);
    expect(stage.chat.load.partialOctets).toBeGreaterThan(120_000);
  });

  test('its sender is slowed down above a hundred messages', async () => {
    const [alice] = enter();
    for (let i = 0; i < 200; i++) says(alice, `${i}`);
    expect(alice.driver.stream).toMatchObject({ paused: true });
    for (let i = 0; i < 200; i++) verdicts[i](PASSED);
    await turn();
    expect(alice.driver.stream).toMatchObject({ paused: false });
    expect(alice.statuses).toHaveLength(200);
  });

  test('4975-7.2-06: a verdict after the connection is gone is answered to nobody, and the message passes', async () => {
    const [alice, bob] = enter();
    says(alice, 'hello');
    alice.driver.events.closed();
    const again = stage.bind('alice#1');
    await decide(0, PASSED);
    expect([...alice.statuses, ...again.statuses]).toEqual([]);
    expect(contents(bob)).toEqual(['hello']);
  });

  test('4975-5.4-11: sent again on another connection, it is answered there and passed on once', async () => {
    const [alice, bob] = enter();
    alice.send(hello, { id: 'again001' });
    alice.driver.events.closed();
    const again = stage.bind('alice#1');
    again.send(hello, { id: 'again001' });
    await turn();
    expect(again.statuses).toEqual([]);
    await decide(0, PASSED);
    expect(again.statuses).toEqual([200]);
    expect(contents(bob)).toEqual(['hello']);
    expect(asked).toHaveLength(1);
  });

  test('goes nowhere when its sender leaves', async () => {
    const [alice, bob] = enter();
    says(alice, 'hello');
    stage.chat.removeEndpoint('alice#1');
    await decide(0, PASSED);
    expect(bob.messages).toEqual([]);
    expect(stage.chat.load.partialOctets).toBe(0);
  });
});

describe('in chunks', () => {
  test('a small one is asked about when it is complete; its last chunk waits for the answer', async () => {
    const [alice, bob] = enter();
    const text = 'word '.repeat(1000);
    halves(alice, cpim('alice', ROOM, text), 'small001');
    await turn();
    expect(alice.statuses).toEqual([200]);
    expect(asked[0].content?.toString()).toBe(text);
    await decide(0, PASSED);
    expect(alice.statuses).toEqual([200, 200]);
    expect(contents(bob)).toEqual([text]);
  });

  const LARGE = cpim('alice', ROOM, 'x'.repeat(200_000), 'application/octet-stream');

  test('FT-08: of a large one only the headers are shown, and the rest follows the verdict', async () => {
    const [alice, bob] = enter();
    halves(alice, LARGE, 'large001');
    await turn();
    expect(asked).toMatchObject([
      { content: null, size: LARGE.length, envelope: { contentType: 'application/octet-stream' } },
    ]);
    expect(alice.statuses).toEqual([200]);
    expect(bob.messages).toEqual([]);
    await decide(0, PASSED);
    expect(alice.statuses).toEqual([200, 200]);
    bob.stream.drain();
    await turn();
    expect(bob.lastBody?.length).toBeGreaterThan(0);
    expect(stage.chat.load.partialOctets).toBe(0);
  });

  test('FT-08: refused before it is complete, the chunk being sent is stopped', async () => {
    const [alice, bob] = enter();
    const frame = alice.frameOf(LARGE, { id: 'large001', range: `1-*/${LARGE.length}` });
    alice.says(frame.slice(0, 70_000));
    await turn();
    await decide(0, refused(413));
    alice.says(frame.slice(70_000, 80_000));
    await turn();
    expect(alice.statuses).toEqual([413]);
    alice.says(frame.slice(80_000));
    await turn();
    expect(alice.statuses).toEqual([413]);
    expect(bob.messages).toEqual([]);
  });

  test('FT-08: refused when it is complete already', async () => {
    const [alice, bob] = enter();
    halves(alice, LARGE, 'large001');
    await decide(0, refused(403));
    expect(alice.statuses).toEqual([200, 403]);
    expect(bob.messages).toEqual([]);
  });

  test('FT-08: an announced size that is not true shows nobody less, and lets no more pass', async () => {
    const [alice, bob] = enter(() => PASSED);
    const small = cpim('alice', ROOM, 'hidden');
    alice.send(small, { id: 'liar0001', range: `1-${small.length}/1000000` });
    expect(asked[0].content?.toString()).toBe('hidden');
    const half = LARGE.length >> 1;
    alice.send(LARGE.slice(0, half), { id: 'liar0002', range: `1-${half}/${half}`, flag: '+' });
    expect(asked[1]).toMatchObject({ content: null, size: half });
    alice.send(LARGE.slice(half), { id: 'liar0002', range: `${half + 1}-*/*` });
    await turn();
    expect(alice.statuses).toEqual([200, 200, 413]);
    expect(contents(bob)[0]).toBe('hidden');
  });

  test('what comes before a verdict is bounded', async () => {
    const [alice] = enter(undefined, { maxPendingBytes: 100_000 });
    halves(alice, LARGE, 'large001');
    await turn();
    expect(alice.statuses).toEqual([200, 413]);
  });

  test('`#` ends one that is asked about; its verdict comes too late', async () => {
    const [alice, bob] = enter();
    const half = LARGE.length >> 1;
    alice.send(LARGE.slice(0, half), { id: 'large001', range: `1-${half}/${LARGE.length}`, flag: '+' });
    alice.send(undefined, { id: 'large001', range: `${half + 1}-*/${LARGE.length}`, flag: '#' });
    await decide(0, PASSED);
    expect(alice.statuses).toEqual([200, 200]);
    expect(bob.messages).toEqual([]);
    expect(stage.chat.load.partialOctets).toBe(0);
  });

  test('another message waits behind one that is asked about', async () => {
    const [alice, bob] = enter();
    halves(alice, LARGE, 'large001');
    says(alice, 'look at that');
    await decide(1, PASSED);
    expect(bob.messages).toEqual([]);
    await decide(0, refused(403));
    expect(contents(bob)).toEqual(['look at that']);
  });
});

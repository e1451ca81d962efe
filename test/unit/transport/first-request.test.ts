import { type Request, Session, type SessionHandler, Sessions } from '../../../lib/msrp/index.js';
import { Driver } from '../../../lib/transport/driver.js';
import type { Framing } from '../../../lib/transport/transport.js';
import { silent } from '../../../lib/util/log.js';
import { ManualClock } from '../../support/manual-clock.js';
import { framesOf, request } from '../../support/msrp-frames.js';
import { ScriptedStream } from '../../support/scripted-stream.js';

// RFC 3264 §5.1, 8122-6.2-02: a first request for a session that was offered and is not there yet.

const ROOM = 'msrp://chat.example:2855/rm7K;tcp';
const PEER = 'msrp://bob.example:9001/b6Tn;tcp';

/** Takes all, and answers it. */
class Handler implements SessionHandler {
  readonly events: string[] = [];
  session!: Session;
  admits: SessionHandler['admits'];
  #body = '';

  bound(): void {
    this.events.push('bound');
  }

  head(): void {
    this.#body = '';
  }

  body(piece: Buffer): void {
    this.#body += piece.toString('latin1');
  }

  settle(): void {
    // Pieces are copied as they come.
  }

  end(received: Request): void {
    this.events.push(`${received.tid} ${this.#body}`);
    this.session.respond(received, 200);
  }

  abandon(): void {
    this.events.push('abandoned');
  }

  response(): void {
    // Nothing was asked.
  }

  lost(): void {
    this.events.push('lost');
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Twice: what waits is read again in a turn of its own, answers leave at the end of one. */
async function turns(): Promise<void> {
  await turn();
  await turn();
}

class Stage {
  readonly clock = new ManualClock();
  readonly sessions: Sessions;
  readonly handler = new Handler();

  constructor(match?: 'session-id') {
    this.sessions = new Sessions(match);
  }

  add(): Handler {
    const session = new Session(ROOM, [PEER], this.handler);
    this.handler.session = session;
    this.sessions.add(session);
    return this.handler;
  }

  connect(framing?: Framing): Line {
    return new Line(this, framing);
  }
}

class Line {
  readonly stream: ScriptedStream;
  readonly driver: Driver;

  constructor({ sessions, clock }: Stage, framing?: Framing) {
    this.stream = Object.assign(new ScriptedStream(), framing && { framing });
    this.driver = new Driver(this.stream, sessions, { clock }, silent);
    this.stream.driver = this.driver;
  }

  /** In a buffer that is used again, as that of a socket. */
  says(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.driver.events.data(bytes);
    bytes.fill(0);
  }

  get answers(): string[] {
    return framesOf(this.stream.read).map(({ message }) =>
      message.kind === 'response' ? `${message.tid} ${message.status}` : message.method,
    );
  }
}

const send = (tid: string, body?: string, to = ROOM): string =>
  request(tid, 'SEND', to, PEER, ['Message-ID: mid12345', ...(body === undefined ? [] : ['Content-Type: a/b'])], body);

test.each([
  ['bodiless', `${send('tid0001')}${send('tid0002', 'two')}`, ['bound', 'tid0001 ', 'tid0002 two']],
  [
    'with a body',
    `\r\n${send('tid0001', 'one\r\n---')}${send('tid0002')}`,
    ['tid0001 one\r\n---', 'bound', 'tid0002 '],
  ],
])(
  '8122-6.2-02: a SEND %s waits, however it is cut, and is read when the session is there',
  async (_what, text, events) => {
    for (let cut = 0; cut <= text.length; cut++) {
      const stage = new Stage();
      stage.sessions.announce(ROOM);
      const line = stage.connect();
      line.says(text.slice(0, cut));
      line.says(text.slice(cut));
      await turns();
      expect(line.stream.read.length).toBe(0);
      const handler = stage.add();
      expect(handler.events).toEqual([]);
      await turns();
      expect(handler.events.toSorted()).toEqual(events.toSorted());
      expect(line.answers).toEqual(['tid0001 200', 'tid0002 200']);
      stage.clock.advance(10_000);
      await turns();
      expect(handler.events.length).toBe(events.length);
    }
  },
);

test('its session comes while its body does', async () => {
  const text = send('tid0001', 'some text');
  for (let cut = text.indexOf('\r\n\r\n') + 4; cut < text.length; cut++) {
    const stage = new Stage();
    stage.sessions.announce(ROOM);
    const line = stage.connect();
    line.says(text.slice(0, cut));
    const handler = stage.add();
    await turns();
    line.says(text.slice(cut));
    await turns();
    expect(handler.events).toEqual(['tid0001 some text', 'bound']);
  }
});

test('between its session and the next turn nothing overtakes', async () => {
  const stage = new Stage();
  stage.sessions.announce(ROOM);
  const line = stage.connect();
  line.says(send('tid0001', 'one'));
  const handler = stage.add();
  line.says(send('tid0002', 'two'));
  await turns();
  expect(handler.events).toEqual(['tid0001 one', 'bound', 'tid0002 two']);
});

test.each([
  ['withdrawn', (_stage: Stage, withdraw: () => void) => withdraw()],
  ['not there after 10 s', (stage: Stage) => stage.clock.advance(10_000)],
])('4975-7.3-01: of one that is %s it hears 481, and later requests do at once', async (_what, happens) => {
  const stage = new Stage();
  const withdraw = stage.sessions.announce(ROOM);
  const line = stage.connect();
  line.says(send('tid0001', 'one'));
  happens(stage, withdraw);
  await turns();
  expect(line.answers).toEqual(['tid0001 481']);
  line.says(send('tid0002'));
  await turns();
  expect(line.answers).toEqual(['tid0001 481', 'tid0002 481']);
});

test('only what was announced is waited for, and only by the first request of a connection', async () => {
  const stage = new Stage();
  const plain = stage.connect();
  plain.says(send('tid0001'));
  stage.sessions.announce(ROOM);
  plain.says(send('tid0002'));
  const other = stage.connect();
  other.says(send('tid0003', undefined, ROOM.replace('rm7K', 'rm7L')));
  const relay = stage.connect();
  relay.says(send('tid0004', undefined, `${ROOM} ${PEER}`));
  await turns();
  expect(plain.answers).toEqual(['tid0001 481', 'tid0002 481']);
  expect(other.answers).toEqual(['tid0003 481']);
  expect(relay.answers).toEqual(['tid0004 481']);
});

test('D14: by the session-id alone where sessions are found so', async () => {
  const stage = new Stage('session-id');
  stage.sessions.announce(ROOM);
  const line = stage.connect();
  line.says(send('tid0001', undefined, ROOM.replace('chat.example', 'sbc.example')));
  const handler = stage.add();
  await turns();
  expect(handler.events).toEqual(['tid0001 ', 'bound']);
});

test('4975-5.4-06: of two connections that wait for it the first binds it, the other hears 506', async () => {
  const stage = new Stage();
  stage.sessions.announce(ROOM);
  const [first, second] = [stage.connect(), stage.connect()];
  for (const line of [first, second]) line.says(send('tid0001'));
  stage.add();
  await turns();
  expect(first.answers).toEqual(['tid0001 200']);
  expect(second.answers).toEqual(['tid0001 506']);
});

test('4975-14.4-01: what the SDP promised of the connection is looked at when it binds', async () => {
  const stage = new Stage();
  stage.sessions.announce(ROOM);
  const line = stage.connect();
  line.says(send('tid0001'));
  stage.handler.admits = () => 'close';
  const handler = stage.add();
  await turns();
  expect(handler.events).toEqual([]);
  expect(line.stream.closed).toBe('end');
  expect(line.stream.read.length).toBe(0);
});

describe('bounds', () => {
  test('behind 64 KiB nothing is read until the session is there', async () => {
    const stage = new Stage();
    stage.sessions.announce(ROOM);
    const line = stage.connect();
    const text = send('tid0001', 'x'.repeat(100_000));
    line.says(text.slice(0, 60_000));
    expect(line.stream.paused).toBe(false);
    line.says(text.slice(60_000, 66_000));
    expect(line.stream.paused).toBe(true);
    const handler = stage.add();
    await turn();
    expect(line.stream.paused).toBe(false);
    line.says(text.slice(66_000));
    await turns();
    expect(handler.events).toEqual([`tid0001 ${'x'.repeat(100_000)}`, 'bound']);
  });

  test('more than 128 KiB, of a stream that cannot stop, are not kept: 481', async () => {
    const stage = new Stage();
    stage.sessions.announce(ROOM);
    const line = stage.connect();
    line.says(send('tid0001'));
    for (let i = 0; i < 3; i++) line.says(send('tid0002', 'x'.repeat(60_000)));
    await turns();
    expect(line.answers).toEqual(['tid0001 481', 'tid0002 481', 'tid0002 481', 'tid0002 481']);
    expect(line.stream.paused).toBe(false);
    const long = stage.connect();
    long.says(send('tid0003', 'x'.repeat(140_000)));
    await turns();
    expect(long.answers).toEqual(['tid0003 481']);
  });

  test('four connections wait for one session, 1000 in all; whoever closes makes room', async () => {
    const stage = new Stage();
    for (let i = 0; i < 251; i++) stage.sessions.announce(ROOM.replace('rm7K', `room${i}`));
    const lines: Line[] = [];
    const connect = (name: number): Line => {
      const line = stage.connect();
      line.says(send('tid0001', undefined, ROOM.replace('rm7K', `room${name}`)));
      lines.push(line);
      return line;
    };
    for (let i = 0; i < 4; i++) connect(0);
    const fifth = connect(0);
    await turns();
    expect(fifth.answers).toEqual(['tid0001 481']);
    for (let i = 4; i < 1000; i++) connect(Math.floor(i / 4));
    const late = connect(250);
    await turns();
    expect(late.answers).toEqual(['tid0001 481']);
    lines[0].driver.events.closed();
    const again = connect(250);
    await turns();
    expect(again.answers).toEqual([]);
  });

  test('a connection that closes while it waits leaves nothing behind', async () => {
    const stage = new Stage();
    stage.sessions.announce(ROOM);
    const lines = [stage.connect(), stage.connect(), stage.connect()];
    for (const line of lines) line.says(send('tid0001'));
    lines[0].driver.events.ended();
    lines[1].driver.events.closed();
    const handler = stage.add();
    lines[2].driver.events.closed();
    await turns();
    expect(handler.events).toEqual([]);
    stage.clock.advance(10_000);
    await turns();
    expect(lines.map(({ stream }) => stream.read.length)).toEqual([0, 0, 0]);
  });
});

test('7977-5.1-01: messages of a WebSocket stay apart while they wait', async () => {
  const stage = new Stage();
  stage.sessions.announce(ROOM);
  const written: string[] = [];
  const framing = { chunkSize: 100, writePart: (part: string | Buffer) => written.push(part.toString()) > 0 };
  const [good, bad] = [stage.connect(framing), stage.connect(framing)];
  good.says(send('tid0001'));
  good.says(send('tid0002'));
  bad.says(`${send('tid0001')}${send('tid0002')}`);
  const handler = stage.add();
  await turns();
  expect(handler.events).toEqual(['tid0001 ', 'bound', 'tid0002 ']);
  expect([good.stream.closed, bad.stream.closed]).toEqual([undefined, 'end']);
});

test('an announcement that was taken back or settled has no say in a later one', () => {
  const sessions = new Sessions();
  const first = sessions.announce(ROOM);
  first();
  const settled = jest.fn();
  const second = sessions.announce(ROOM);
  sessions.expect([ROOM], settled);
  first();
  expect(settled).not.toHaveBeenCalled();
  second();
  second();
  expect(settled).toHaveBeenCalledTimes(1);
  expect(sessions.expecting).toBe(false);
});

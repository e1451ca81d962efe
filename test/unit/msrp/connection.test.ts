import * as fc from 'fast-check';
import {
  type CloseReason,
  Connection,
  type ConnectionOptions,
  type Request,
  Session,
  type SessionHandler,
  Sessions,
} from '../../../lib/msrp/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { framesOf, request, response } from '../../support/msrp-frames.js';

const PEER = 'msrp://bob.example:9001/b6Tn;tcp';
const PEER_VIA_RELAY = `msrps://relay.example:2855/r1;tcp ${PEER}`;

class Handler implements SessionHandler {
  readonly events: string[] = [];
  session: Session | undefined;
  onBound: (() => void) | undefined;
  onResponse: (() => void) | undefined;

  bound(): void {
    this.events.push('bound');
    this.onBound?.();
  }

  head(received: Request): void {
    this.events.push(`head ${received.tid}`);
  }

  body(piece: Buffer): void {
    this.events.push(`body ${piece.toString('latin1')}`);
  }

  settle(): void {
    // Nothing is kept.
  }

  end(received: Request): void {
    this.events.push(`end ${received.tid}`);
    this.session?.respond(received, 200);
  }

  abandon(received: Request): void {
    this.events.push(`abandon ${received.tid}`);
  }

  response(count: number, status: number): void {
    this.events.push(`response ${count} ${status}`);
    this.onResponse?.();
  }

  lost(): void {
    this.events.push('lost');
  }
}

class World {
  readonly clock = new ManualClock();
  readonly sessions = new Sessions();

  session(name: string): { session: Session; handler: Handler } {
    const handler = new Handler();
    const session = new Session(`msrp://chat.example:2855/${name};tcp`, [PEER], handler);
    handler.session = session;
    this.sessions.add(session);
    return { session, handler };
  }

  connect(options: Partial<ConnectionOptions> = {}): Line {
    return new Line(this, options);
  }
}

class Line {
  readonly connection: Connection;
  written = '';
  closed: CloseReason | undefined;

  constructor({ clock, sessions }: World, options: Partial<ConnectionOptions>) {
    const output = {
      write: (frame: string) => {
        this.written += frame;
      },
      close: (reason: CloseReason) => {
        this.closed = reason;
      },
    };
    this.connection = new Connection(output, sessions, { clock, ...options });
  }

  says(text: string): void {
    this.connection.receive(Buffer.from(text, 'latin1'));
  }

  /** Status codes written so far, with the paths they went along. */
  get answers(): string[] {
    return framesOf(Buffer.from(this.written, 'latin1')).map(({ message }) =>
      message.kind === 'response' ? `${message.status} ${message.toPath.length}` : message.method,
    );
  }
}

const ID = ['Message-ID: mid12345'];
const ping = (to: string, lines: string[] = [], tid = 'tid12345'): string =>
  request(tid, 'SEND', to, PEER, [...ID, ...lines]);

test('4975-5.4-04, 4975-5.4-05, A-41: any request with a valid To-Path binds; nothing is said before', () => {
  for (const method of ['SEND', 'REPORT', 'NICKNAME', 'FILE_OFFSET']) {
    const world = new World();
    const { session, handler } = world.session('rm7K');
    const line = world.connect();
    expect(line.written).toBe('');
    line.says(request('tid12345', method, session.localUri, PEER, [...ID, 'Status: 000 200']));
    expect(handler.events.at(-1)).toBe('bound');
    expect(session.connection).toBe(line.connection);
    expect([...line.connection.sessions]).toEqual([session]);
  }
});

test('4975-7.3-01, 4975-7.3-02: 481 for no session or two URIs, before 501; 506 for one bound elsewhere', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const [first, second] = [world.connect(), world.connect()];
  first.says(ping(session.localUri));
  second.says(ping(session.localUri));
  second.says(request('tid12346', 'FILE_OFFSET', 'msrp://chat.example:2855/none;tcp', PEER, ID));
  second.says(ping(`${session.localUri} ${PEER}`));
  second.says(request('tid12347', 'FILE_OFFSET', session.localUri, PEER, ID));
  first.says(request('tid12348', 'FILE_OFFSET', session.localUri, PEER_VIA_RELAY, ID));
  expect(first.answers).toEqual(['200 1', '501 2']);
  expect(second.answers).toEqual(['506 1', '481 1', '481 1', '506 1']);
  expect(session.connection).toBe(first.connection);
});

test('4975-7.3-01: a session negotiated while its first request is on the way is still unknown to that request', () => {
  const world = new World();
  const line = world.connect();
  const text = request(
    'tid12345',
    'SEND',
    'msrp://chat.example:2855/late;tcp',
    PEER,
    [...ID, 'Content-Type: a/b'],
    'x',
  );
  line.says(text.slice(0, -10));
  const { session } = world.session('late');
  line.says(text.slice(-10));
  expect(line.answers).toEqual(['481 1']);
  line.says(ping(session.localUri, [], 'tid12346'));
  expect(line.answers).toEqual(['481 1', '200 1']);
});

test('4975-7.3-01, 4975-7.2-08: 481 is not told to who does not want to hear of failures; other refusals are', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const line = world.connect();
  const lines = [...ID, 'Failure-Report: no'];
  for (const method of ['SEND', 'NICKNAME', 'FILE_OFFSET']) {
    line.says(request('tid12345', method, 'msrp://chat.example:2855/none;tcp', PEER, lines));
  }
  expect(line.answers).toEqual([]);
  line.says(request('tid12346', 'FILE_OFFSET', session.localUri, PEER, lines));
  expect(line.answers).toEqual(['501 1']);
});

test('4975-7.2-07: a REPORT is answered by nothing, whatever is wrong with it', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const [line, other] = [world.connect(), world.connect()];
  line.says(ping(session.localUri));
  for (const to of [session.localUri, 'msrp://chat.example:2855/none;tcp', `${session.localUri} ${PEER}`]) {
    for (const lines of [[...ID, 'Status: 000 200'], ['Status: 000 200'], ID, [...ID, 'Status: x'], ['no colon']]) {
      line.says(request('tid12346', 'REPORT', to, PEER, lines));
      other.says(request('tid12346', 'REPORT', to, PEER, lines));
    }
  }
  expect([line.answers, other.answers]).toEqual([['200 1'], []]);
});

test.each([
  ['yes', 'hello', ['200 1'], ['481 1'], ['400 1']],
  ['partial', 'hello', [], ['481 1'], ['400 1']],
  ['no', 'hello', [], [], []],
])('4975-7.2-02: Failure-Report %s', (value, body, good, unknown, malformed) => {
  const lines = [...ID, `Failure-Report: ${value}`];
  for (const [to, more, expected] of [
    ['rm7K', [], good],
    ['none', [], unknown],
    ['rm7K', ['Byte-Range: 0-0/0'], malformed],
  ] as const) {
    const world = new World();
    world.session('rm7K');
    const line = world.connect();
    const uri = `msrp://chat.example:2855/${to};tcp`;
    line.says(request('tid12345', 'SEND', uri, PEER_VIA_RELAY, [...lines, ...more, 'Content-Type: text/plain'], body));
    expect(line.answers).toEqual(expected);
  }
});

test('4975-10-10: without any address nothing is sent, and an unbound connection is closed', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const line = world.connect();
  line.says('MSRP tid12345 SEND\r\nMessage-ID: mid12345\r\n-------tid12345$\r\n');
  expect([line.written, line.closed]).toEqual(['', 'unaddressable']);
  const bound = world.connect();
  bound.says(ping(session.localUri));
  bound.says(`MSRP tid12345 SEND\r\nTo-Path: \r\nFrom-Path: ${PEER}\r\nMessage-ID: mid12345\r\n-------tid12345$\r\n`);
  expect(bound.answers).toEqual(['200 1', '400 1']);
  expect(bound.closed).toBeUndefined();
});

test('a connection that closed itself handles nothing more of the same read', () => {
  const world = new World();
  const { session, handler } = world.session('rm7K');
  const line = world.connect();
  line.says(`MSRP tid12345 SEND\r\nMessage-ID: mid12345\r\n-------tid12345$\r\n${ping(session.localUri)}`);
  expect(line.closed).toBe('unaddressable');
  expect(handler.events).toEqual([]);
  expect(session.connection).toBeNull();
  expect(world.clock.pending).toBe(0);
});

test('4975-9-23: responses to nothing of ours are ignored', () => {
  const world = new World();
  const { session, handler } = world.session('rm7K');
  const line = world.connect();
  line.says(ping(session.localUri));
  const tid = session.ids.next();
  const { localUri } = session;
  const other = world.session('other');
  for (const text of [
    response('tid12345', '200 OK', localUri, PEER),
    response(`${tid}x`, '200 OK', localUri, PEER),
    response(tid, '200 OK', 'msrp://chat.example:2855/none;tcp', PEER),
    response(tid, '200 OK', other.session.localUri, PEER),
    response(tid, '20 OK', localUri, PEER),
    response(`${tid.slice(0, -1)}.`, '200 OK', localUri, PEER),
    `MSRP ${tid} 200 OK\r\nTo-Path: ${localUri}\r\n-------${tid}$\r\n`,
  ]) {
    line.says(text);
  }
  expect(handler.events.filter((event) => event.startsWith('response'))).toEqual([]);
  line.says(response(tid, '200 OK', localUri, PEER));
  expect(handler.events[handler.events.length - 1]).toBe('response 0 200');
});

test('property: the fast path for our 200s calls what the slow one would, however the stream is cut and what follows', () => {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 20 }).map((n) => ({ kind: 'ok' as const, n })) },
    { weight: 1, arbitrary: fc.nat({ max: 20 }).map((n) => ({ kind: 'status' as const, n })) },
    { weight: 1, arbitrary: fc.nat({ max: 20 }).map((n) => ({ kind: 'spelling' as const, n })) },
    { weight: 1, arbitrary: fc.nat({ max: 20 }).map((n) => ({ kind: 'other' as const, n })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('send', 'malformed', 'blank', 'flag', 'noise').map((kind) => ({ kind, n: 0 })),
    },
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 20 }), (pieces, cuts) => {
      const run = (cut: (bytes: Buffer) => Buffer[]): [string[], string[], string, CloseReason | undefined] => {
        const world = new World();
        const { session, handler } = world.session('rm7K');
        const second = world.session('other');
        const line = world.connect();
        line.says(ping(session.localUri) + ping(second.session.localUri));
        const tids = Array.from({ length: 21 }, () => session.ids.next());
        const others = Array.from({ length: 21 }, () => second.session.ids.next());
        const texts = pieces.map(({ kind, n }) => {
          if (kind === 'ok') return response(tids[n], '200 OK', session.localUri, PEER);
          if (kind === 'status') return response(tids[n], '413 Stop', session.localUri, PEER);
          if (kind === 'spelling') return response(tids[n], '200 OK', ` ${session.localUri}`, PEER);
          if (kind === 'other') return response(others[n], '200 OK', second.session.localUri, PEER);
          if (kind === 'flag') return response(tids[0], '200 OK', session.localUri, PEER).replace('$', '+');
          if (kind === 'send') return ping(session.localUri);
          if (kind === 'malformed') return ping(session.localUri, ['no colon']);
          return kind === 'blank' ? '\r\n' : `MSRP ${tids[0]} 200 OK\r\nTo-Path: x\ry`;
        });
        for (const bytes of cut(Buffer.from(texts.join(''), 'latin1'))) line.connection.receive(bytes);
        // Ids are random; what was answered is compared without them.
        return [handler.events, second.handler.events, line.written, line.closed];
      };
      // One octet at a time never reaches the fast path, which needs a whole frame in hand.
      const slow = run((bytes) => [...bytes].map((byte) => Buffer.from([byte])));
      const fast = run((bytes) => {
        const at = [...cuts.map((c) => c % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
        return at.map((to, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], to));
      });
      expect(fast).toEqual(slow);
    }),
    { numRuns: 300 },
  );
});

test('a session that ends at a response takes no more of the same read', () => {
  const world = new World();
  const { session, handler } = world.session('rm7K');
  const line = world.connect();
  line.says(ping(session.localUri));
  const tids = Array.from({ length: 4 }, () => session.ids.next());
  line.says(response(tids[0], '200 OK', session.localUri, PEER));
  handler.onResponse = () => {
    world.sessions.delete(session);
    line.connection.release(session);
  };
  line.says(
    tids
      .slice(1)
      .map((tid) => response(tid, '200 OK', session.localUri, PEER))
      .join(''),
  );
  expect(handler.events.filter((event) => event.startsWith('response'))).toHaveLength(2);
});

test('4976-6.1-01: a fresh connection without a valid request is closed after 30 s', () => {
  const world = new World();
  const line = world.connect();
  line.says(ping('msrp://chat.example:2855/none;tcp'));
  world.clock.advance(29_999);
  expect(line.closed).toBeUndefined();
  world.clock.advance(1);
  expect(line.closed).toBe('no-request');
  expect(world.clock.pending).toBe(0);
});

test('P-LIM-05: an unfinished frame without progress closes after 300 s, counted from its last octet', () => {
  const world = new World();
  const { session, handler } = world.session('rm7K');
  const line = world.connect();
  line.says(ping(session.localUri));
  line.says('MSRP tid123');
  world.clock.advance(299_000);
  line.says('46 SEND\r\n');
  world.clock.advance(299_999);
  expect(line.closed).toBeUndefined();
  world.clock.advance(1);
  expect(line.closed).toBe('stalled');
  expect(handler.events[handler.events.length - 1]).toBe('lost');
  expect(world.clock.pending).toBe(0);
});

test('P-LIM-05: a finished frame is not waited for', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const line = world.connect();
  const text = ping(session.localUri);
  line.says(text.slice(0, 20));
  line.says(text.slice(20));
  world.clock.advance(10_000_000);
  expect(line.closed).toBeUndefined();
  expect(world.clock.pending).toBe(0);
});

test('P-CON-02, 4975-5.4-10: the connection closes 5 s after its last session ended, unless another binds', () => {
  const world = new World();
  const [a, b] = [world.session('a'), world.session('b')];
  const line = world.connect();
  line.says(ping(a.session.localUri) + ping(b.session.localUri));
  line.connection.release(a.session);
  world.clock.advance(60_000);
  expect(line.closed).toBeUndefined();
  line.connection.release(b.session);
  world.clock.advance(4999);
  line.says(ping(a.session.localUri));
  world.clock.advance(60_000);
  expect(line.closed).toBeUndefined();
  line.connection.release(a.session);
  world.clock.advance(5000);
  expect(line.closed).toBe('idle');
  expect(world.clock.pending).toBe(0);
});

test('P-CON-02, 4976-5.4-01: a connection from a relay stays open for five minutes', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  session.remotePath = PEER_VIA_RELAY.split(' ');
  const line = world.connect();
  line.says(ping(session.localUri));
  line.connection.release(session);
  world.clock.advance(299_999);
  expect(line.closed).toBeUndefined();
  world.clock.advance(1);
  expect(line.closed).toBe('idle');
});

test('4975-5.4-08: with the connection all its sessions fail, and may bind anew', () => {
  const world = new World();
  const [a, b] = [world.session('a'), world.session('b')];
  const line = world.connect();
  line.says(ping(a.session.localUri) + ping(b.session.localUri));
  line.connection.streamClosed();
  expect([a, b].map(({ handler }) => handler.events[handler.events.length - 1])).toEqual(['lost', 'lost']);
  expect([a.session.connection, b.session.connection]).toEqual([null, null]);
  const again = world.connect();
  again.says(ping(a.session.localUri));
  expect(again.answers).toEqual(['200 1']);
});

test('the answer to the request that binds leaves before anything that binding leads to', () => {
  const world = new World();
  const { session, handler } = world.session('rm7K');
  const line = world.connect();
  handler.onBound = () => line.connection.write('MSRP what-waited\r\n');
  line.says(ping(session.localUri));
  expect(line.written).toMatch(/^MSRP \S+ 200 OK\r\n[^]*MSRP what-waited\r\n$/);
});

test('D8: the 200s of several sessions on one connection, alternating, are taken without being parsed', () => {
  const world = new World();
  const members = ['rm7K', 'rm8K', 'rm9K'].map((id) => world.session(id));
  const line = world.connect();
  line.says(members.map(({ session }) => ping(session.localUri)).join(''));
  const answers = (count: number): Buffer => {
    const texts = Array.from({ length: count }, () =>
      members.map(({ session }) => response(session.ids.next(), '200 OK', session.localUri, PEER)),
    );
    return Buffer.from(texts.flat().join(''), 'latin1');
  };
  // The first of each session is parsed and shows what the others look like.
  line.connection.receive(answers(1));
  const find = jest.spyOn(world.sessions, 'find');
  line.connection.receive(answers(50));
  expect(find).not.toHaveBeenCalled();
  expect(members.map(({ handler }) => handler.events.filter((e) => e.startsWith('response')).length)).toEqual([
    51, 51, 51,
  ]);
  // One that ended is asked for, and found no more.
  const [{ session: gone }] = members;
  world.sessions.delete(gone);
  line.connection.release(gone);
  line.connection.receive(answers(1));
  expect(find).toHaveBeenCalledTimes(1);
  expect(members.map(({ handler }) => handler.events.filter((e) => e.startsWith('response')).length)).toEqual([
    51, 52, 52,
  ]);
});

test('P-LIM-05: a head that trickles is closed after ten minutes', () => {
  const world = new World();
  const { session } = world.session('rm7K');
  const line = world.connect();
  line.says(ping(session.localUri));
  const head = `MSRP tid12345 SEND\r\nTo-Path: ${session.localUri}\r\n`;
  let said = 0;
  while (line.closed === undefined && said < head.length) {
    line.says(head[said++]);
    world.clock.advance(60_000);
  }
  expect([line.closed, said]).toEqual(['stalled', 10]);
  expect(world.clock.pending).toBe(0);
});

/** Minutes for which a body may come with so many octets a minute; 100 are for ever. */
function trickle(octets: number): number {
  const world = new World();
  const { session } = world.session('rm7K');
  const line = world.connect();
  const lines = ['Message-ID: mid12345', 'Content-Type: message/cpim', '', ''];
  const head = ['MSRP tid12345 SEND', `To-Path: ${session.localUri}`, `From-Path: ${PEER}`, ...lines].join('\r\n');
  line.says(ping(session.localUri) + head);
  let minutes = 0;
  for (; line.closed === undefined && minutes < 100; minutes++) {
    line.says('x'.repeat(octets));
    world.clock.advance(60_000);
  }
  return minutes;
}

test('P-LIM-05: a body of one octet a minute is closed after ten minutes, one of 1 KiB in ten minutes is not', () => {
  expect([trickle(1), trickle(100), trickle(120)]).toEqual([10, 10, 100]);
});

describe('4975-14.1-01: requests in a row for sessions there are not', () => {
  const nobody = ping('msrp://chat.example:2855/none;tcp');

  test('the 32nd on a connection without session closes it', () => {
    const line = new World().connect();
    for (let n = 0; n < 31; n++) line.says(nobody);
    expect(line.closed).toBeUndefined();
    line.says(nobody + nobody);
    expect(line.closed).toBe('no-session');
    expect(line.answers).toEqual(Array.from({ length: 32 }, () => '481 1'));
  });

  test('what a session takes begins the count anew, and each session bound there is good for 32', () => {
    const world = new World();
    const line = world.connect();
    const [one, two] = [world.session('one').session, world.session('two').session];
    line.says(ping(one.localUri) + ping(two.localUri));
    for (let n = 0; n < 63; n++) line.says(nobody);
    line.says(ping(one.localUri));
    for (let n = 0; n < 63; n++) line.says(nobody);
    expect(line.closed).toBeUndefined();
    line.says(nobody);
    expect(line.closed).toBe('no-session');
  });
});

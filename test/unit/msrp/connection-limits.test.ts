import { Connection, type ConnectionOptions, Session, type SessionHandler, Sessions } from '../../../lib/msrp/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { framesOf, request } from '../../support/msrp-frames.js';

const PEER = 'msrp://bob.example:9001/b6Tn;tcp';
const ID = ['Message-ID: mid12345'];

const ignore = (): void => {};

const fields = (count: number): string[] => Array.from({ length: count }, (_, i) => `X-Header-${i}: x`);

class Line {
  readonly sessions: Session[];
  readonly told: string[] = [];
  closed: string | undefined;
  #written = '';
  readonly connection: Connection;

  constructor(count: number, options: Partial<ConnectionOptions>) {
    const known = new Sessions();
    this.sessions = Array.from({ length: count }, (_, i) => {
      const session: Session = new Session(
        `msrp://chat.example:2855/s${i};tcp`,
        [PEER],
        this.#handler(() => session),
      );
      known.add(session);
      return session;
    });
    const output = {
      write: (frame: string) => void (this.#written += frame),
      close: (reason: string) => void (this.closed = reason),
      bound: () => void this.told.push('bound'),
      crowded: (status: number) => void this.told.push(`crowded ${status}`),
    };
    this.connection = new Connection(output, known, { clock: new ManualClock(), ...options });
  }

  #handler(session: () => Session): SessionHandler {
    const end: SessionHandler['end'] = (received) => session().respond(received, 200);
    return {
      bound: ignore,
      head: ignore,
      body: ignore,
      settle: ignore,
      end,
      abandon: ignore,
      response: ignore,
      lost: ignore,
    };
  }

  get answers(): number[] {
    return framesOf(Buffer.from(this.#written, 'latin1')).map(({ message }) =>
      message.kind === 'response' ? message.status : 0,
    );
  }

  pings(session: number, lines: string[] = []): void {
    this.connection.receive(
      Buffer.from(request('tid12345', 'SEND', this.sessions[session].localUri, PEER, [...ID, ...lines]), 'latin1'),
    );
  }
}

test('maxSessionsPerConnection: a further one is refused with 403; those there are go on, and one that ends makes room', () => {
  const line = new Line(4, { maxSessions: 2 });
  for (const session of [0, 1, 2, 3, 0, 1]) line.pings(session);
  expect(line.answers).toEqual([200, 200, 403, 403, 200, 200]);
  expect(line.told).toEqual(['bound', 'crowded 403', 'crowded 403']);
  expect([line.connection.full, line.sessions[2].connection, line.closed]).toEqual([true, null, undefined]);
  line.connection.release(line.sessions[0]);
  line.pings(3);
  expect(line.answers.at(-1)).toBe(200);
});

test('maxSessionsPerConnection: a thousand sessions of a relay by default', () => {
  const line = new Line(1001, {});
  for (let i = 0; i <= 1000; i++) line.pings(i);
  expect(line.answers.filter((status) => status === 200)).toHaveLength(1000);
  expect(line.answers.at(-1)).toBe(403);
});

test('maxHeaderLines: a frame with as many is read, one with more closes the connection', () => {
  // To-Path, From-Path and Message-ID are three.
  const line = new Line(1, { limits: { headerLines: 10 } });
  line.pings(0, fields(7));
  expect([line.answers, line.closed]).toEqual([[200], undefined]);
  line.pings(0, fields(8));
  expect([line.answers, line.closed]).toEqual([[200], 'too-many-headers']);
});

import { FrameBudget, LIMITS } from '../../../../plugin/drachtio/frame-budget.js';
import type { ControlSocket } from '../../../../plugin/drachtio/srf-types.js';
import { silent } from '../../../../lib/util/log.js';
import { ManualClock } from '../../../support/manual-clock.js';

function setUp() {
  const written: string[] = [];
  const socket = {
    destroyed: false as boolean,
    write: (frame: string): boolean => {
      written.push(frame.slice(frame.indexOf('#') + 1, frame.indexOf('|')));
      return true;
    },
    cork: (): void => {},
    uncork: (): void => {},
    destroy: (): void => {
      socket.destroyed = true;
    },
  } satisfies ControlSocket;
  const clock = new ManualClock();
  const refused: string[] = [];
  const waiting = { octets: 0 };
  const budget = new FrameBudget(socket, { clock, log: silent, waiting, refused: (id) => void refused.push(id) });
  const send = (id: string, size: number): void => {
    const payload = `${id}|sip||d\r\n`.padEnd(size, 'x');
    socket.write(`${payload.length}#${payload}`);
  };
  return { socket, written, refused, waiting, clock, budget, send };
}

const BIG = LIMITS.small + 1;

describe('DRA-G1: frames to drachtio-server', () => {
  test('small ones follow each other', () => {
    const { written, send } = setUp();
    for (const id of ['a', 'b', 'c']) send(id, 3_000);
    expect(written).toEqual(['a', 'b', 'c']);
  });

  test('after a large one everything waits for its echo, in order', () => {
    const { written, send, budget } = setUp();
    send('a', 100);
    send('big', BIG);
    send('b', 100);
    send('big2', BIG);
    send('c', 100);
    expect(written).toEqual(['a', 'big']);
    budget.received('m1|response|b|OK');
    budget.received('m2|sip|network|big');
    expect(written).toEqual(['a', 'big']);
    budget.received('m3|response|big|OK|application|');
    expect(written).toEqual(['a', 'big', 'b', 'big2']);
    budget.received('m4|response|big2|NOK|no such dialog');
    expect(written).toEqual(['a', 'big', 'b', 'big2', 'c']);
  });

  test('an echo that does not come is not waited for longer than its time', () => {
    const { written, send, clock } = setUp();
    send('big', BIG);
    send('a', 100);
    clock.advance(LIMITS.echo - 1);
    expect(written).toEqual(['big']);
    clock.advance(1);
    expect(written).toEqual(['big', 'a']);
    expect(clock.pending).toBe(0);
  });

  test('one beyond 12,000 octets is not written', () => {
    const { written, refused, send } = setUp();
    send('huge', LIMITS.largest + 1);
    // drachtio-srf notes the id after it has written.
    expect(refused).toEqual([]);
    send('a', 100);
    expect(written).toEqual(['a']);
    return Promise.resolve().then(() => expect(refused).toEqual(['huge']));
  });

  test('a connection that is gone leaves nothing waiting', () => {
    const { send, budget, clock, waiting } = setUp();
    send('big', BIG);
    send('a', 100);
    expect(waiting.octets).toBeGreaterThan(100);
    budget.close();
    expect([clock.pending, waiting.octets]).toEqual([0, 0]);
  });

  test('what waits is bounded', () => {
    const { socket, send, clock } = setUp();
    send('big', BIG);
    for (let size = 0; size <= LIMITS.waiting; size += 10_000) send('x', 10_000);
    expect(socket.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

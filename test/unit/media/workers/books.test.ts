import { Questions } from '../../../../lib/media/workers/questions.js';
import { SettledRooms } from '../../../../lib/media/workers/settled-rooms.js';
import { sharesOf } from '../../../../lib/media/workers/share.js';
import { Verdicts } from '../../../../lib/media/workers/verdicts.js';
import { WorkerStats } from '../../../../lib/media/workers/worker-stats.js';
import { ManualClock } from '../../../support/manual-clock.js';

const at = (port: number, host = '127.0.0.1'): { host: string; port: number } => ({ host, port });

describe('what each worker gets', () => {
  const msrp = {
    listen: at(2855),
    tls: { listen: at(2856) },
    ws: { listen: at(2857), advertise: at(443, 'chat.example') },
    maxSpoolBytes: 900,
  };

  test('listeners so many ports above those of the one before, and its part of what all share', () => {
    const shares = sharesOf(msrp, 3, 10);
    expect(shares.map((share) => share.msrp.listen.port)).toEqual([2855, 2865, 2875]);
    expect(shares[2].msrp).toMatchObject({
      tls: { listen: at(2876) },
      ws: { listen: at(2877), advertise: at(463, 'chat.example') },
      maxSpoolBytes: 300,
    });
    expect(shares.map((share) => share.msrp.maxConnections)).toEqual([3334, 3334, 3334]);
    // Nothing that a thread could not be given.
    expect(() => structuredClone(sharesOf({ ...msrp, resolve: async () => [] }, 2, 10))).not.toThrow();
  });

  test('a port that is to be free stays so, whatever the step', () => {
    expect(sharesOf({ listen: at(0) }, 2, 10).map((share) => share.msrp.listen.port)).toEqual([0, 0]);
  });

  test.each([
    ['two listeners at one port', msrp, 1, /worker 1 would listen at port 2856/],
    ['a port that does not exist', { listen: at(65_530) }, 10, /worker 1 would listen at port 65540/],
  ])('%s: CHAT_ERR_OPTION', (_what, options, step, message) => {
    expect(() => sharesOf(options, 2, step)).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_OPTION', message: expect.stringMatching(message) }),
    );
  });
});

const taken = (run: () => void): { is: 'taken'; run: () => void } => ({ is: 'taken', run });

describe('what verdicts have to call', () => {
  test('is called once, and settles what its sender asked before', () => {
    const verdicts = new Verdicts();
    const calls: number[] = [];
    for (const question of [1, 2, 3])
      verdicts.keep(
        'ana#1',
        question,
        taken(() => void calls.push(question)),
      );
    verdicts.keep(
      'ben#1',
      4,
      taken(() => void calls.push(4)),
    );
    verdicts.take('ana#1', 2)?.run?.();
    expect(verdicts.take('ana#1', 2)).toBeUndefined();
    expect(verdicts.take('ana#1', 1)).toBeUndefined();
    verdicts.take('ana#1', 3)?.run?.();
    expect(calls).toEqual([2, 3]);
    expect(verdicts.size).toBe(1);
  });

  test('is forgotten with the endpoint, and not kept where there is nothing to call', () => {
    const verdicts = new Verdicts();
    verdicts.keep(
      'ana#1',
      1,
      taken(() => {}),
    );
    verdicts.forget('ana#1');
    expect(verdicts.keep('ana#1', 2, { is: 'passed' })).toEqual({ is: 'passed', tellsRefusal: false });
    expect(verdicts.keep('ana#1', 3, { is: 'refused', status: 403 })).toEqual({ is: 'refused', status: 403 });
    expect(verdicts.size).toBe(0);
  });

  test('never grows beyond what may wait for one sender', () => {
    const verdicts = new Verdicts();
    for (let question = 0; question < 3000; question++)
      verdicts.keep(
        'ana#1',
        question,
        taken(() => {}),
      );
    expect(verdicts.size).toBe(1024);
    expect(verdicts.take('ana#1', 2999)).toBeDefined();
  });
});

describe('questions', () => {
  test('are answered by number, once', async () => {
    const questions = new Questions<string>(new ManualClock());
    const numbers: number[] = [];
    const answers = [1, 2].map(() => questions.ask((number) => void numbers.push(number)));
    questions.answer(numbers[1], 'second');
    questions.answer(numbers[1], 'again');
    questions.answer(numbers[0], 'first');
    questions.answer(77, 'nobody asked');
    expect(await Promise.all(answers)).toEqual(['first', 'second']);
    expect(questions.size).toBe(0);
  });

  test('that nobody answers are forgotten when others are asked', () => {
    const clock = new ManualClock();
    const questions = new Questions<string>(clock);
    for (let i = 0; i < 100; i++) void questions.ask(() => {});
    clock.advance(30_000);
    void questions.ask(() => {});
    expect(questions.size).toBe(1);
  });
});

function rooms(): { settled: SettledRooms; asked: string[]; answer: (...settled: boolean[]) => void } {
  const asked: string[] = [];
  const settled = new SettledRooms((room) => {
    asked.push(room);
    return [1, 2];
  });
  const answer = (...answers: boolean[]): void => {
    for (const [index, each] of answers.entries()) settled.answered(index + 1, 'r', each);
  };
  return { settled, asked, answer };
}

describe('BYE-09 settled rooms', () => {
  test('are those of which all say so in two rounds, one after the other', () => {
    const { settled, asked, answer } = rooms();
    const looks: boolean[] = [];
    const look = (...answers: boolean[]): void => {
      looks.push(settled.isSettled('r'));
      answer(...answers);
    };
    look(true, true);
    look(true, false);
    look(true, true);
    look(true);
    look();
    settled.answered(2, 'r', true);
    look();
    expect(looks).toEqual([false, false, false, false, false, true]);
    expect(asked).toHaveLength(4);
  });

  test('who ended is not waited for; a room that is forgotten begins anew', () => {
    const { settled, answer } = rooms();
    for (const _round of [1, 2]) {
      settled.isSettled('r');
      answer(true);
      settled.left(2);
    }
    expect(settled.isSettled('r')).toBe(true);
    settled.forget('r');
    expect(settled.isSettled('r')).toBe(false);
  });
});

test('figures of workers are summed, counters also of those that ended', () => {
  const stats = new WorkerStats(2);
  const of = (connections: number, marks: number): Parameters<WorkerStats['report']>[1] => ({
    ...stats.sum,
    connections,
    congestion: { marks, dropped: 0, ended: 0, notices: 0 },
  });
  const [first, second] = [of(3, 1), of(4, 2)];
  stats.report(0, first);
  stats.report(1, second);
  expect(stats.sum).toMatchObject({ connections: 7, congestion: { marks: 3 } });
  stats.lost(0);
  expect(stats.sum).toMatchObject({ connections: 4, congestion: { marks: 3 } });
});

import { cpim } from '../../support/caller.js';
import { Crowd, type Reader } from '../support/crowd.js';
import type { Fault } from '../support/fault.js';
import { knock } from '../support/knock.js';
import { ROOM, scene, witnessed } from '../support/network.js';

const BOUND = 256;
const STOPPED = 50;
const SENDERS = 60;
/** One of so many senders only begins messages. */
const UNFINISHED = 6;
/** Messages that one sender has under way at once. */
const AT_ONCE = 4;
const LARGE = 'x'.repeat(1_048_576);
const SMALL = 'x'.repeat(200);
/** Milliseconds, at most: until all that is refused has been refused. */
const POURING = 15_000;

/** Pours until it is told to stop; counts what is answered. */
class Pour {
  readonly answers = new Map<number, number>();
  #over = false;
  #opened = 0;
  readonly #done: Promise<unknown>;

  constructor(senders: readonly Reader[]) {
    this.#done = Promise.all(
      senders.flatMap((sender, n) => Array.from({ length: AT_ONCE }, () => this.#send(sender, n))),
    );
  }

  /** Resolves when everything is answered. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.#done;
  }

  async #send(sender: Reader, index: number): Promise<void> {
    const body = cpim(Crowd.uri(index), ROOM, index % 2 === 0 ? LARGE : SMALL);
    if (index % UNFINISHED === 0) {
      // This one begins messages, and never ends them.
      sender.send({
        tid: `open${String(++this.#opened).padStart(8, '0')}`,
        range: `1-${body.length}/*`,
        body,
        flag: '+',
      });
      return;
    }
    while (!this.#over) {
      const status = await sender.say(body);
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      if (status === 0) return;
    }
  }
}

/** How often each status was answered. */
const told = (answers: ReadonlyMap<number, number>): string =>
  [...answers].map(([status, times]) => `${times} × ${status}`).join(', ');

export const memoryBound: Fault = {
  name: `--max-memory ${BOUND}M: ${STOPPED} readers stop, ${SENDERS} senders pour`,
  run: () =>
    scene(
      ['--max-memory', `${BOUND}M`, '--limit', 'maxSpoolBytes=0'],
      async ({ server, through, metric, memory, peak }) => {
        const crowd = await Crowd.gather(ROOM, server.sip, SENDERS + STOPPED);
        const before = await memory();
        const joins = new Map<number, number>();
        let answers = '';
        try {
          const senders = crowd.readers.slice(0, SENDERS);
          const readers = crowd.readers.slice(SENDERS);
          const delays = await through(async () => {
            for (const { socket } of readers) socket.pause();
            const pour = new Pour(senders);
            const began = performance.now();
            let worst = 0;
            const isTold = (): boolean => worst > 0 && joins.has(503) && pour.answers.has(413);
            for (let index = 1000; performance.now() - began < POURING && !isTold(); index++) {
              const level = await metric('chatroom_overload');
              worst = Math.max(worst, level);
              const status = await knock(server.sip.port, index);
              joins.set(status, (joins.get(status) ?? 0) + 1);
            }
            await pour.stop();
            answers = `messages ${told(pour.answers)}; joins ${told(joins)}`;
            expect(pour.answers.get(0)).toBeUndefined();
            for (const { socket } of readers) socket.resume();
            await witnessed(async () => (await metric('chatroom_overload')) === 0);
          });
          expect(await peak()).toBeLessThan(BOUND);
          // It may come back once: what readers now answer is to be read as well.
          await witnessed(async () => (await knock(server.sip.port, 0)) === 200);
          await witnessed(async () => (await metric('chatroom_congested_endpoints')) === 0);
          return {
            notices:
              'who joins: 503; who sends: 413; who stopped: how many messages it missed; `chatroom_overload`, the log',
            lost: 'what is refused, and copies for those who stopped',
            delays,
            figures: [
              `memory ${Math.round(before)} → ${Math.round(await peak())} MiB at most`,
              `${await metric('chatroom_overloads_total')} times overload`,
              answers,
            ],
          };
        } finally {
          crowd.disperse();
        }
      },
      { room: 'sip:calm@localhost', patient: true },
    ),
};

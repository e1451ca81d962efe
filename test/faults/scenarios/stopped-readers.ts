import { join } from 'node:path';
import { cpim } from '../../support/caller.js';
import { Crowd, type Reader } from '../support/crowd.js';
import type { Fault } from '../support/fault.js';
import { ROOM, scene, witnessed } from '../support/network.js';

const READERS = 1000;
const STOPPED = 300;
/** Octets that may wait for one reader: the system takes some megabytes for each before any wait here. */
const MAX_PENDING = 262_144;
/**
 * Who answers nothing for 30 s is taken for gone (4975-7.1.1-17), and here it takes longer, on slow machines, until the last is
 * full: some gigabytes.
 */
const SLOW_TIME = { env: { NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'slow-time.cjs')}` } };
const LIMITS = [`maxPendingBytes=${MAX_PENDING}`, 'messagesPerSecond=off', 'bytesPerSecond=off', 'joinsPerSecond=off'];
/** Messages on their way at once. */
const AT_ONCE = 8;
const TEXT = 'x'.repeat(16_384);

/** What came to a reader: the numbers of the messages, all messages, and how many it was told it had missed. */
class Account {
  readonly numbers: number[] = [];
  messages = 0;
  missed = 0;

  constructor(reader: Reader) {
    reader.heard = (body) => {
      const missed = /(\d+) messages? (?:was|were) not delivered/.exec(body)?.[1];
      if (missed !== undefined) {
        this.missed += Number(missed);
        return;
      }
      this.messages++;
      const number = /no (\d+) x/.exec(body)?.[1];
      if (number !== undefined) this.numbers.push(Number(number));
    };
  }
}

export const stoppedReaders: Fault = {
  name: `${STOPPED} of ${READERS} readers stop reading`,
  run: () =>
    scene(
      LIMITS.flatMap((limit) => ['--limit', limit]),
      async ({ server, through, metric, memory }) => {
        const crowd = await Crowd.gather(ROOM, server.sip, READERS + 1);
        try {
          const [speaker, ...readers] = crowd.readers;
          const accounts = readers.map((reader) => new Account(reader));
          const stopped = readers.slice(0, STOPPED);
          const before = await memory();
          let most = before;
          let said = 0;
          const speak = async (): Promise<void> =>
            expect(await speaker.say(cpim(Crowd.uri(0), ROOM, `no ${++said} ${TEXT}`))).toBe(200);
          const delays = await through(async () => {
            for (const { socket } of stopped) socket.pause();
            while ((await metric('chatroom_congested_endpoints')) < STOPPED) {
              await Promise.all(Array.from({ length: AT_ONCE }, speak));
            }
            most = await memory();
            // Not only what waits already: these they miss.
            for (let n = 0; n < 10; n++) await speak();
            for (const { socket } of stopped) socket.resume();
            await witnessed(() => accounts.every(({ messages, missed }) => messages + missed >= said));
          });
          await witnessed(async () => (await metric('chatroom_congested_endpoints')) === 0);
          const all = Array.from({ length: said }, (_, n) => n + 1);
          const { messages } = accounts[STOPPED];
          for (const account of accounts.slice(STOPPED)) {
            expect(account).toEqual({ numbers: all, messages, missed: 0 });
          }
          for (const account of accounts.slice(0, STOPPED)) {
            expect(account.missed).toBeGreaterThan(0);
            expect(account.numbers).toEqual([...new Set(account.numbers)].toSorted((a, b) => a - b));
          }
          await witnessed(() => accounts.every((account) => account.messages + account.missed === messages));
          const missed = accounts.reduce((sum, account) => sum + account.missed, 0) / STOPPED;
          return {
            notices: 'the room: `congested`; who stopped, once it reads again: a message says how many it missed',
            lost: 'copies for those who stopped, beyond what may wait; each is counted to them',
            delays,
            figures: [
              `${said} messages of 16 KiB, ${Math.round(missed)} missed by each that stopped`,
              `memory ${Math.round(before)} → ${Math.round(most)} → ${Math.round(await memory())} MiB`,
            ],
          };
        } finally {
          crowd.disperse();
        }
      },
      SLOW_TIME,
    ),
};

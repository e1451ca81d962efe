import * as fc from 'fast-check';
import { MemorySpool } from '../../support/memory-spool.js';
import { octets } from '../../support/outbox-world.js';
import { isRequest, messagesOf } from '../../support/msrp-frames.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, ROOM } from '../../support/switch-world.js';

/** A chunk of the message under way: what was said of it, and how it goes on. */
class Speaker {
  readonly #line: StageLine;
  readonly #body: string;
  #at = 0;
  #id = '';
  #tail = '';

  constructor(line: StageLine, body: string) {
    this.#line = line;
    this.#body = body;
  }

  get done(): boolean {
    return this.#at === this.#body.length && this.#id === '';
  }

  /** Says so many octets, then ends the chunk when told to, the message when it is over. */
  say(count: number, cut: boolean): void {
    if (this.done || this.#line.stream.paused) return;
    if (this.#id === '') {
      const range = `${this.#at + 1}-*/*`;
      const [before, after] = this.#line.frameOf('|', { id: 'large123', range }).split('|');
      this.#id = 'open';
      this.#tail = after;
      this.#line.says(before);
    }
    const piece = this.#body.slice(this.#at, this.#at + count);
    this.#at += piece.length;
    this.#line.says(piece);
    const over = this.#at === this.#body.length;
    if (!over && !cut) return;
    this.#line.says(over ? this.#tail : this.#tail.replace(/\$\r\n$/, '+\r\n'));
    this.#id = '';
  }
}

test('property: however a message is cut and read, every recipient gets the same octets, or a clean #', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('say' as const), n: fc.nat({ max: 9000 }), cut: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom('full', 'drain'), n: fc.nat({ max: 3 }), cut: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom('turn', 'disk', 'small'), n: fc.nat(), cut: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('stop', 'wait'), n: fc.nat({ max: 3 }), cut: fc.boolean() }),
    },
  );
  const rooms = fc.constantFrom(undefined, 1e9, 150_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      rooms,
      fc.constantFrom(20_000, 60_000),
      async (steps, room, window) => {
        const spool = new MemorySpool();
        if (room !== undefined) spool.room = room;
        const options = { window, maxPendingBytes: 80_000, spool: room === undefined ? undefined : spool };
        const stage = new Stage({}, options);
        const alice = stage.join('alice#1');
        const lines = ['bob#1', 'carol#1', 'dave#1'].map((id) => stage.join(id));
        lines.push(stage.join('blink#1', { delivery: 'whole' }));
        const body = cpim('alice', ROOM, octets(250_000).toString('latin1'));
        const speaker = new Speaker(alice, body);
        const stopped = new Set<StageLine>();
        const act = async ({ kind, n, cut }: { kind: string; n: number; cut: boolean }): Promise<void> => {
          const line = lines[n % lines.length];
          if (kind === 'say') speaker.say(n + 1, cut);
          else if (kind === 'full') line.stream.full = true;
          else if (kind === 'drain') line.stream.drain();
          else if (kind === 'disk') spool.work();
          else if (kind === 'small') line.send(cpim(line.id.replace('#1', ''), ROOM, `small ${n}`));
          else if (kind === 'wait') stage.clock.advance(1000);
          else if (kind === 'stop' && line.id !== 'bob#1') {
            stopped.add(line);
            stage.chat.removeEndpoint(line.id);
          } else await turn();
        };
        for (const s of steps) await act(s);
        for (let rounds = 0; rounds < 100; rounds++) {
          speaker.say(9000, false);
          stage.clock.advance(100);
          for (const line of lines) line.stream.drain();
          await turn();
          spool.work();
        }
        expect(speaker.done).toBe(true);
        for (const line of lines) {
          const sends = line.frames.filter(isRequest).filter(({ message }) => message.method === 'SEND');
          const got = messagesOf(sends).map((message) => message.toString('latin1'));
          // Every frame parses; a large message comes once, whole, or not at all.
          expect(got.filter((message) => message.length > 100_000).every((message) => message === body)).toBe(true);
          const large = got.filter((message) => message === body).length;
          const aborts = sends.filter(({ end }) => end.flag === '#').length;
          expect(large + aborts).toBeLessThanOrEqual(1);
          if (line.id === 'blink#1' && !stopped.has(line)) expect(aborts).toBe(0);
          // With room enough nobody loses it who stayed.
          if (room === 1e9 && !stopped.has(line)) expect(large).toBe(1);
        }
        for (const { id } of lines) stage.chat.removeEndpoint(id);
        stage.chat.removeEndpoint('alice#1');
        spool.work();
        expect([stage.chat.held, spool.unclosed]).toEqual([0, 0]);
        expect(stage.close()).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

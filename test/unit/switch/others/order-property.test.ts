import * as fc from 'fast-check';
import { ClusterStage, NOTHING_LEFT } from '../../../support/cluster-stage.js';
import { type StageLine, turn } from '../../../support/switch-stage.js';
import { cpim, ROOM } from '../../../support/switch-world.js';

const NODES = 3;
/** Who is where; Ben has a device at each switch. */
const HOMES: [id: string, node: number][] = [
  ['ann#1', 0],
  ['ben#1', 0],
  ['ben#2', 1],
  ['ben#3', 2],
  ['cid#1', 1],
  ['dee#1', 2],
];

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('say' as const),
      sender: fc.nat({ max: HOMES.length - 1 }),
      to: fc.constantFrom(ROOM, ROOM, 'sip:ben@example.org', 'sip:dee@example.org'),
      length: fc.constantFrom(0, 100, 9000),
      /** Its second half comes with the next step of its sender. */
      halves: fc.boolean(),
    }),
  },
  // Some of what waits between two switches arrives.
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('deliver' as const),
      which: fc.nat(),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.constant({ does: 'turn' as const }),
);

interface Said {
  sender: string;
  to: string;
  text: string;
  /** One SEND, of few octets: these keep their order; a larger one may be overtaken while it is written. */
  small: boolean;
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly stage = new ClusterStage(NODES);
  readonly lines = new Map<string, StageLine>(HOMES.map(([id, node]) => [id, this.stage.join(node, id)]));
  readonly said: Said[] = [];
  readonly #halves = new Map<string, () => void>();

  async take(action: Step): Promise<void> {
    if (action.does === 'turn') return turn();
    if (action.does === 'say') return this.#say(action);
    const { ready } = this.stage.network;
    if (ready.length > 0) this.stage.network.deliver(ready[action.which % ready.length], action.count);
  }

  async finish(): Promise<void> {
    for (const half of this.#halves.values()) half();
    await this.stage.settle();
  }

  #say({ sender: index, to, length, halves }: Extract<Step, { does: 'say' }>): void {
    const [sender] = HOMES[index];
    const line = this.lines.get(sender)!;
    this.#halves.get(sender)?.();
    this.#halves.delete(sender);
    const text = cpim(sender.split('#')[0], to, `${this.said.length} ${'x'.repeat(length)}`);
    this.said.push({ sender, to, text, small: !halves && length < 9000 });
    if (!halves) return line.send(text);
    const id = `half${this.said.length}`;
    const middle = text.length >> 1;
    line.send(text.slice(0, middle), { id, range: `1-${middle}/${text.length}`, flag: '+' });
    this.#halves.set(sender, () =>
      line.send(text.slice(middle), { id, range: `${middle + 1}-${text.length}/${text.length}` }),
    );
  }
}

test('property: whatever is said at whichever switch, and however it travels, everybody it is for gets it once, and what one says in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const world = new World();
      for (const action of steps) await world.take(action);
      await world.finish();
      for (const [id] of HOMES) {
        const line = world.lines.get(id)!;
        const participant = id.split('#')[0];
        const isFor = ({ sender, to }: Said): boolean =>
          to === ROOM ? sender !== id : to === `sip:${participant}@example.org`;
        const expected = world.said.filter(isFor);
        expect(line.messages.toSorted()).toEqual(expected.map(({ text }) => text).toSorted());
        // 7701-6.1-19.
        for (const [sender] of HOMES) {
          const inOrder = expected.filter((said) => said.sender === sender && said.small).map(({ text }) => text);
          expect(line.messages.filter((text) => inOrder.includes(text))).toEqual(inOrder);
        }
        expect(line.statuses.every((status) => status === 200)).toBe(true);
      }
      for (const line of world.lines.values()) line.answer('200 OK');
      expect(world.stage.close()).toEqual(NOTHING_LEFT);
    }),
    { numRuns: 120 },
  );
});

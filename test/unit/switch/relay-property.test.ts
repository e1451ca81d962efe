import * as fc from 'fast-check';
import type { Delivery } from '../../../lib/focus-switch.js';
import { isRequest, messagesOf, type ParsedFrame, request } from '../../support/msrp-frames.js';
import { Stage, type StageLine, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, localUri, peerUri, ROOM } from '../../support/switch-world.js';

const SENDERS = ['ann#1', 'ben#1', 'cid#1'];

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets).toString('latin1')),
  fc.constantFrom('-------', '\r\n-------own9t1000$\r\n', '\r\n', 'MSRP abcd SEND\r\n', '\0', '-'.repeat(3000)),
);

const message = fc.record({
  sender: fc.nat({ max: SENDERS.length - 1 }),
  content: fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  /** Where it is cut into chunks, in thousandths of its length. */
  cuts: fc.array(fc.nat({ max: 999 }), { maxLength: 4 }),
  to: fc.constantFrom(ROOM, 'sip:reader@example.org'),
  total: fc.boolean(),
  success: fc.boolean(),
  failure: fc.constantFrom('yes', 'no', 'partial'),
});

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

interface Chunk {
  /** Place among the chunks of all messages. */
  order: number;
  message: number;
  sender: number;
  frame: string;
}

interface Sent {
  id: string;
  sender: string;
  text: string;
  isPrivate: boolean;
  success: boolean;
  /** Chunks that are answered 200. */
  answered: number;
}

interface World {
  stage: Stage;
  shared: StageLine;
  readers: StageLine[];
}

/** Three senders on one connection, and readers on others. */
function world(): World {
  const stage = new Stage();
  const shared = stage.join(SENDERS[0]);
  for (const id of SENDERS.slice(1)) {
    stage.chat.addEndpoint(endpoint(id));
    const session = stage.sessions.find([localUri(id)]);
    if (session) shared.driver.connection.bind(session);
  }
  const reader = (id: string, delivery: Delivery): StageLine => stage.join(id, { delivery });
  return {
    stage,
    shared,
    readers: [reader('reader#1', 'stream'), reader('reader#2', 'whole'), reader('watch#1', 'stream')],
  };
}

/** The chunks of one message: its own octets, in the places it is cut at. */
function chunksOf(spec: Message, index: number): [Sent, string[]] {
  const sender = SENDERS[spec.sender];
  const text = cpim(sender.split('#')[0], spec.to, spec.content);
  const ends = [
    ...spec.cuts.map((cut) => Math.floor((text.length * cut) / 1000)).filter((end) => end > 0),
    text.length,
  ];
  const places = [...new Set(ends)].toSorted((a, b) => a - b);
  const id = `property-${index}`;
  const reports = [`Failure-Report: ${spec.failure}`, ...(spec.success ? ['Success-Report: yes'] : [])];
  const frames = places.map((end, place) => {
    const start = place === 0 ? 0 : places[place - 1];
    const range = `${start + 1}-${end}/${spec.total ? text.length : '*'}`;
    const flag = end === text.length ? '$' : '+';
    const lines = [`Message-ID: ${id}`, `Byte-Range: ${range}`, ...reports, 'Content-Type: message/cpim'];
    const tid = `own${index}t${1000 + place}`;
    return request(tid, 'SEND', localUri(sender), peerUri(sender), lines, text.slice(start, end), flag);
  });
  const answered = spec.failure === 'yes' ? frames.length : 0;
  return [{ id, sender, text, isPrivate: spec.to !== ROOM, success: spec.success, answered }, frames];
}

const of = (frames: readonly ParsedFrame[], id: string): ParsedFrame[] =>
  frames.filter(({ message: { toPath } }) => toPath[0] === peerUri(id));

const textsOf = (frames: readonly ParsedFrame[]): string[] => messagesOf(frames).map((body) => body.toString('latin1'));

test('property: chunks of any messages of sessions that share a connection, in any reads, reach everybody as they were', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      fc.array(fc.nat({ max: 999 }), { maxLength: 12 }),
      async (specs, orders, cuts) => {
        const here = world();
        const sent: Sent[] = [];
        const chunks: Chunk[] = [];
        for (const [index, spec] of specs.entries()) {
          const [known, frames] = chunksOf(spec, index);
          sent.push(known);
          for (const frame of frames) {
            // Chunks of one message keep their order, but those of others come between (4975-7.1.1-14).
            const order = orders[chunks.length % Math.max(1, orders.length)] ?? 0;
            chunks.push({ order, message: index, sender: spec.sender, frame });
          }
        }
        const octets = interleaved(chunks);
        const ends = [...cuts.map((cut) => Math.floor((octets.length * cut) / 1000)), octets.length];
        let at = 0;
        for (const end of ends.toSorted((a, b) => a - b)) {
          here.shared.says(octets.slice(at, end));
          at = end;
          if (end % 2 === 0) await turn();
        }
        await turn();
        check(here, sent);
        for (const line of [here.shared, ...here.readers]) line.answer('200 OK');
        expect(here.stage.close()).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

/** All chunks in one stream: by `order`, but those of one message as they follow each other. */
function interleaved(chunks: readonly Chunk[]): string {
  const places = chunks.toSorted((a, b) => a.order - b.order);
  const queues = new Map<number, Chunk[]>();
  for (const chunk of chunks) queues.set(chunk.message, [...(queues.get(chunk.message) ?? []), chunk]);
  return places.map(({ message: index }) => queues.get(index)?.shift()?.frame ?? '').join('');
}

function check({ shared, readers }: World, sent: readonly Sent[]): void {
  const isSeenBy =
    (id: string) =>
    (known: Sent): boolean =>
      known.sender !== id && (!known.isPrivate || id.startsWith('reader#'));
  for (const id of SENDERS) {
    const frames = of(shared.frames, id);
    // 7701-6.1-06, 7701-6.1-13: the same octets, once, at everybody they are for.
    expect(textsOf(frames).toSorted()).toEqual(
      sent
        .filter(isSeenBy(id))
        .map(({ text }) => text)
        .toSorted(),
    );
    const own = sent.filter(({ sender }) => sender === id);
    // 4975-7.2-02: "yes" is answered chunk by chunk, "no" and "partial" are not when all is well.
    const statuses = frames.flatMap(({ message: head }) => (head.kind === 'response' ? [head.status] : []));
    expect(statuses).toEqual(own.flatMap(({ answered }) => Array.from({ length: answered }, () => 200)));
    // 4975-7.1.3-02: one REPORT a message, about all of it.
    const reports = frames
      .filter(isRequest)
      .flatMap(({ message: head }) =>
        head.method === 'REPORT'
          ? [`${head.messageId} ${head.status?.code} ${head.byteRange?.start}-${head.byteRange?.end}`]
          : [],
      );
    const wanted = own.filter(({ success }) => success).map((known) => `${known.id} 200 1-${known.text.length}`);
    expect(reports.toSorted()).toEqual(wanted.toSorted());
  }
  for (const reader of readers) {
    const expected = sent.filter(isSeenBy(reader.id)).map(({ text }) => text);
    expect(textsOf(reader.frames).toSorted()).toEqual(expected.toSorted());
  }
  // P-OUT-01: one SEND a message.
  const whole = readers[1].frames.filter(isRequest);
  expect(whole.map(({ end }) => end.flag).join('')).toBe('$'.repeat(whole.length));
}

/** Messages in chunks, one sentence a chunk (RFC 4975 §5.1). */
import type { Actor } from '../actor.js';
import { wrapped } from '../contents.js';
import type { Sentence } from '../script.js';
import { form, type Slots } from '../sentence.js';
import type { Stage } from '../stage.js';
import { expectStatus } from './status.js';

/** Sends the octets behind those sent so far. */
async function chunk(stage: Stage, slots: Slots, octets: string, flag: '+' | '$' | '#'): Promise<void> {
  const actor = stage.actor(slots.must('actor'));
  const name = slots.must('name');
  const sent = actor.chunked.get(name) ?? 0;
  actor.chunked.set(name, sent + Buffer.byteLength(octets));
  stage.awaits('a response');
  const options = { messageId: messageId(actor, name), range: `${sent + 1}-*/*`, flag };
  expectStatus(slots.get('status'), (await actor.exchange(octets, options)).what);
}

const messageId = ({ name }: Actor, message: string): string => `${name}-${message}`;

const textOf = (stage: Stage, slots: Slots): string => stage.text(slots.must('text'), stage.actor(slots.must('actor')));

export const CHUNKS: readonly Sentence[] = [
  {
    form: form('<actor> begins <name:word> with <text>[ to <to:target>][ -> <status>]'),
    run: (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const target = slots.get('to');
      const to = target === undefined ? actor.room : stage.uri(target);
      return chunk(stage, slots, wrapped({ from: actor.knownAs, to, text: textOf(stage, slots) }), '+');
    },
  },
  {
    form: form('<actor> continues <name:word> with <text>[ -> <status>]'),
    run: (stage, slots) => chunk(stage, slots, textOf(stage, slots), '+'),
  },
  {
    form: form('<actor> ends <name:word> with <text>[ -> <status>]'),
    run: (stage, slots) => chunk(stage, slots, textOf(stage, slots), '$'),
  },
  {
    form: form('<actor> aborts <name:word>[ -> <status>]'),
    run: (stage, slots) => chunk(stage, slots, '', '#'),
  },
];

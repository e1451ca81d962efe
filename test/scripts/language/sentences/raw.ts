/** Frames and CPIM octet by octet, where they matter. */
import type { Actor } from '../actor.js';
import { Deviation } from '../error.js';
import { described } from '../inbox.js';
import type { Sentence } from '../script.js';
import { form, type Slots } from '../sentence.js';
import type { Stage } from '../stage.js';
import { matches, shown } from '../text.js';
import { expectStatus } from './status.js';

/** The block with CRLF as line ends. */
const octetsOf = (stage: Stage, slots: Slots, speaker: Actor): string =>
  Buffer.from(stage.filled(slots.block.join('\r\n'), speaker)).toString('latin1');

export const RAW: readonly Sentence[] = [
  {
    form: form('<actor> sends CPIM[ of type <type:word>][ -> <status>]:'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      stage.awaits('a response');
      const body = Buffer.from(octetsOf(stage, slots, actor), 'latin1').toString('utf8');
      const response = await actor.exchange(body, { contentType: slots.get('type') ?? 'message/cpim' });
      expectStatus(slots.get('status'), response.what);
    },
  },
  {
    form: form('<actor> sends[ -> <status>]:'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      actor.lastId = actor.nextId();
      const status = slots.get('status');
      const response = status === undefined ? undefined : actor.inbox.response(actor.lastId);
      actor.session.write(`${octetsOf(stage, slots, actor)}\r\n`);
      stage.awaits('a response');
      if (status === 'nothing') {
        actor.inbox.forget(actor.lastId);
        await actor.fence();
        actor.inbox.mustBeEmpty();
      } else if (response) expectStatus(status, (await response).what);
    },
  },
  {
    form: form('<actor> gets:'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const expected = `${octetsOf(stage, slots, actor)}\r\n`;
      stage.awaits(shown(expected));
      const { frame } = await actor.inbox.next();
      if (!matches(expected, frame.raw)) throw new Deviation(shown(expected), shown(frame.raw));
    },
  },
  {
    form: form('<actor> receives CPIM:'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const expected = octetsOf(stage, slots, actor);
      stage.awaits(shown(expected));
      const item = await actor.inbox.next();
      if (item.kind !== 'message' || !matches(expected, item.body)) {
        throw new Deviation(shown(expected), item.kind === 'message' ? shown(item.body) : described(item));
      }
    },
  },
];

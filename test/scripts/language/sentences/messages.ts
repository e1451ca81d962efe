/** Messages in one piece: to the room, to one participant, isComposing and IMDN; and what comes of them. */
import type { Actor } from '../actor.js';
import { COMPOSING, composing, delivered, DISPOSITION, letterOf, TEXT, wrapped } from '../contents.js';
import { Deviation } from '../error.js';
import { described } from '../inbox.js';
import type { Sentence } from '../script.js';
import { form, type Slots } from '../sentence.js';
import type { Stage } from '../stage.js';
import { matches, QUOTED, shown, unquote } from '../text.js';
import { expectStatus } from './status.js';

/** What somebody says. */
interface Saying {
  text: string;
  type?: string;
}

/** `MSRP "Success-Report: yes" and CPIM "NS: my <urn:x>"` */
function headersIn(stage: Stage, actor: Actor, text: string, level: 'MSRP' | 'CPIM'): string[] {
  const headers = [...text.matchAll(new RegExp(`(MSRP|CPIM) (${QUOTED})`, 'g'))];
  if (headers.length === 0) throw new Error(`write with MSRP "Name: value", or CPIM, instead of ${text}`);
  return headers.filter(([, where]) => where === level).map(([, , quoted]) => stage.text(quoted, actor));
}

async function say(stage: Stage, slots: Slots, { text, type }: Saying): Promise<void> {
  const actor = stage.actor(slots.must('actor'));
  const extra = slots.get('extra');
  const target = slots.get('to');
  const body = wrapped({
    from: slots.get('from') ?? actor.knownAs,
    to: target === undefined ? actor.room : stage.uri(target),
    extra: extra === undefined ? [] : headersIn(stage, actor, extra, 'CPIM'),
    type,
    text,
  });
  const options = { extra: extra === undefined ? [] : headersIn(stage, actor, extra, 'MSRP') };
  const status = slots.get('status');
  stage.awaits('a response');
  if (status !== 'nothing') {
    expectStatus(status, (await actor.exchange(body, options)).what);
    return;
  }
  const tid = actor.nextId();
  actor.session.send(body, { ...options, tid });
  await actor.fence();
  const answer = actor.inbox.items.find(({ frame }) => frame.tid === tid);
  if (answer) throw new Deviation('no response', described(answer));
}

const quotedSaying = (stage: Stage, slots: Slots): Saying => ({
  text: stage.text(slots.must('text'), stage.actor(slots.must('actor'))),
  type: slots.get('type') ?? TEXT,
});

/** @returns the content of the next message, which has to be one of that sender, to the room or to the actor alone */
async function receive(
  stage: Stage,
  actor: Actor,
  { expected, from, isPrivate, aborted }: { expected: string; from?: string; isPrivate: boolean; aborted?: boolean },
): Promise<{ type: string; text: string; got: string }> {
  const whole = `${expected}${from === undefined ? '' : ` from ${stage.uri(from)}`}`;
  stage.awaits(`${whole} to ${actor.name}`);
  const item = await actor.inbox.next();
  const got = described(item);
  const { type, text, from: sender, to } = letterOf(item.body);
  const isExpected =
    item.kind === (aborted ? 'aborted' : 'message') &&
    item.frame.headers.get('content-type')?.toLowerCase() === 'message/cpim' &&
    (from === undefined || sender === stage.uri(from)) &&
    to.length === 1 &&
    (isPrivate ? to[0] === actor.knownAs : stage.isRoom(to[0]));
  if (!isExpected) throw new Deviation(`${isPrivate ? 'privately ' : ''}${whole}`, got);
  return { type, text, got };
}

async function receives(stage: Stage, slots: Slots): Promise<void> {
  const what = slots.must('what');
  const [from, isPrivate] = [slots.get('from'), slots.get('privately') !== undefined];
  for (const actor of stage.named(slots.must('actors'))) {
    const expected = what.startsWith('"') ? shown(stage.text(what, actor)) : what;
    const { type, text, got } = await receive(stage, actor, { expected, from, isPrivate });
    const wanted = slots.get('type');
    const holds =
      what === 'composing'
        ? type === COMPOSING && text.includes('<state>active</state>')
        : what === 'delivery notification'
          ? type === DISPOSITION && text.includes('<delivered/>')
          : matches(stage.text(what, actor), text) &&
            (wanted === undefined ? type.startsWith('text/') : type === wanted);
    if (!holds) throw new Deviation(expected, got);
  }
}

export const MESSAGES: readonly Sentence[] = [
  {
    form: form(
      '<actor> (says|whispers to <to:target>)[ as <from:uri>] <text>[ of type <type:word>][ with <extra:rest>][ -> <status>]',
    ),
    run: (stage, slots) => say(stage, slots, quotedSaying(stage, slots)),
  },
  {
    form: form('<actor> (says|whispers to <to:target>) a message of <size:number> octets[ -> <status>]'),
    run: (stage, slots) => say(stage, slots, { text: 'x'.repeat(slots.number('size')) }),
  },
  {
    form: form('<actor> says <count:number> messages of <size:number> octets'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const text = 'x'.repeat(slots.number('size'));
      const body = wrapped({ from: actor.knownAs, to: actor.room, text });
      stage.awaits('a response to every message');
      const sent = Array.from({ length: slots.number('count') }, () => actor.exchange(body));
      for (const response of sent) expectStatus(undefined, (await response).what);
    },
  },
  {
    form: form('<actor> composes[ to <to:target>][ -> <status>]'),
    run: (stage, slots) => say(stage, slots, { text: composing(), type: COMPOSING }),
  },
  {
    form: form('<actor> notifies <to:target> of delivery[ naming <uri>][ -> <status>]'),
    run: (stage, slots) => {
      const about = slots.get('uri') ?? stage.actor(slots.must('actor')).knownAs;
      return say(stage, slots, { text: delivered('m1', about), type: DISPOSITION });
    },
  },
  {
    form: form('<actors> (receives|receive) nothing'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        stage.awaits(`${actor.name} connected`);
        await actor.fence();
        actor.inbox.mustBeEmpty();
      }
    },
  },
  {
    form: form(
      '<actors> (receives|receive)[ <privately:privately>] <what:what>[ of type <type:word>][ from <from:target>]',
    ),
    run: receives,
  },
  {
    form: form('<actors> (receives|receive) a message of <size:number> octets from <from:target>'),
    run: async (stage, slots) => {
      const expected = `${slots.must('size')} octets`;
      for (const actor of stage.named(slots.must('actors'))) {
        const { text } = await receive(stage, actor, { expected, from: slots.get('from'), isPrivate: false });
        if (text !== 'x'.repeat(slots.number('size'))) throw new Deviation(expected, `${text.length} characters`);
      }
    },
  },
  {
    form: form('<actors> (receives|receive) <count:number> messages from <from:target>'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        for (let n = 1; n <= slots.number('count'); n++) {
          await receive(stage, actor, { expected: `message ${n}`, from: slots.get('from'), isPrivate: false });
        }
      }
    },
  },
  {
    form: form('<actor> receives fewer than <count:number> messages from <from:target>'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      stage.awaits('messages and then something else');
      let count = 0;
      for (;;) {
        const { body } = await actor.inbox.peek();
        if (letterOf(body).from !== stage.uri(slots.must('from'))) break;
        await actor.inbox.next();
        count++;
      }
      if (count >= slots.number('count')) throw new Deviation(`fewer than ${slots.must('count')}`, String(count));
    },
  },
  {
    form: form('<actors> (receives|receive) an aborted message from <from:target>'),
    run: async (stage, slots) => {
      const expected = 'an aborted message';
      for (const actor of stage.named(slots.must('actors'))) {
        await receive(stage, actor, { expected, from: slots.get('from'), isPrivate: false, aborted: true });
      }
    },
  },
  {
    form: form('<actors> (is|are) told[ <privately:privately>] <text>'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        const pattern = stage.filled(unquote(slots.must('text')), actor);
        const isPrivate = slots.get('privately') !== undefined;
        const { text, got } = await receive(stage, actor, { expected: shown(pattern), from: actor.room, isPrivate });
        if (!matches(pattern, text)) throw new Deviation(shown(pattern), got);
      }
    },
  },
  {
    form: form('<actor> gets report <status>'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const expected = `REPORT 000 ${slots.must('status')}`;
      stage.awaits(expected);
      const got = described(await actor.inbox.next());
      if (!got.startsWith(expected)) throw new Deviation(expected, got);
    },
  },
  {
    form: form('<actor> answers <status> to the next message'),
    run: (stage, slots) => {
      const { session } = stage.actor(slots.must('actor'));
      session.automatic = false;
      session.intercept = (frame) => {
        if (/^\d/.test(frame.what) || frame.what === 'REPORT') return false;
        session.answer(frame, slots.must('status'));
        session.automatic = true;
        session.intercept = undefined;
        return true;
      };
    },
  },
];

/** Calls: joining, leaving, re-INVITE, and the connection of the MSRP session. */
import type { Actor } from '../actor.js';
import { clause } from '../clauses.js';
import { Deviation } from '../error.js';
import type { Sentence } from '../script.js';
import { form, type Slots } from '../sentence.js';
import type { Stage } from '../stage.js';
import { atCommas, matches } from '../text.js';
import { expectStatus } from './status.js';

/** INVITE; then, unless refused, the MSRP connection. */
async function join(stage: Stage, slots: Slots, connects: boolean): Promise<void> {
  const room = slots.get('uri') ?? stage.room(slots.must('room'));
  for (const actor of stage.named(slots.must('actors'))) {
    stage.awaits('a response to the INVITE');
    const { status, reason } = await actor.call(room);
    expectStatus(slots.get('status'), status, reason);
    if (status !== 200 || !connects) continue;
    stage.awaits('a response to the first SEND');
    expectStatus(undefined, (await actor.connect()).what);
  }
}

/** Header lines and lines of the SDP. */
function linesOf({ response }: Actor): string[] {
  if (!response) throw new Deviation('a response', 'none so far');
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  return [`${response.status} ${response.reason}`, ...headers, ...response.body.toString().split('\r\n')];
}

async function reinvite(stage: Stage, slots: Slots): Promise<void> {
  const actor = stage.actor(slots.must('actor'));
  for (const text of atCommas(slots.get('clauses') ?? '')) {
    const client = clause(actor.client, text);
    if (!client) throw new Error(`no client is described by ${JSON.stringify(text)}`);
    actor.client = client;
  }
  stage.awaits('a response to the re-INVITE');
  const { status, reason } = await actor.reinvite();
  expectStatus(slots.get('status'), status, reason);
}

export const JOINING: readonly Sentence[] = [
  {
    form: form('<actors> (joins|join) <room>[ as <uri>][ -> <status>]'),
    run: (stage, slots) => join(stage, slots, true),
  },
  {
    form: form('<actors> (calls|call) <room>[ as <uri>][ -> <status>]'),
    run: (stage, slots) => join(stage, slots, false),
  },
  {
    form: form('<actor> connects[ -> <status>]'),
    run: async (stage, slots) => {
      stage.awaits('a response to the first SEND');
      expectStatus(slots.get('status'), (await stage.actor(slots.must('actor')).connect()).what);
    },
  },
  {
    form: form('<actors> (leaves|leave)'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        await stage.finish(actor);
        stage.awaits('a response to the BYE');
        const { status, reason } = await actor.bye();
        expectStatus(undefined, status, reason);
      }
    },
  },
  {
    form: form("<actor>'s connection breaks"),
    run: async (stage, slots) => {
      const { session } = stage.actor(slots.must('actor'));
      stage.awaits('the end of the connection', () => 'an open one');
      // The other end closes it when it has noticed.
      session.socket?.end();
      await session.disconnected();
      await stage.turns();
    },
  },
  {
    form: form("<actor>'s connection is closed"),
    run: (stage, slots) => {
      stage.awaits('the end of the connection', () => 'an open one');
      return stage.actor(slots.must('actor')).session.disconnected();
    },
  },
  {
    form: form('<actor> reconnects'),
    run: async (stage, slots) => {
      stage.awaits('a new session');
      expectStatus(undefined, (await stage.actor(slots.must('actor')).reconnect()).what);
    },
  },
  { form: form('<actor> re-INVITEs[, <clauses:rest>][ -> <status>]'), run: reinvite },
  {
    form: form("<actor>'s answer has <text>"),
    run: (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const pattern = stage.text(slots.must('text'), actor);
      const lines = linesOf(actor);
      if (!lines.some((line) => matches(pattern, line))) throw new Deviation(pattern, lines.join('\n            '));
    },
  },
  {
    form: form("<actor>'s answer lacks <text>"),
    run: (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const pattern = stage.text(slots.must('text'), actor);
      const line = linesOf(actor).find((other) => matches(pattern, other));
      if (line !== undefined) throw new Deviation(`no ${pattern}`, line);
    },
  },
  {
    form: form('<actors> (gets|get) BYE[ with <text>]'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        stage.awaits(`BYE to ${actor.name}`);
        const { method, headers } = await actor.signalling.request('requests');
        if (method !== 'BYE') throw new Deviation('BYE', method);
        actor.ended();
        const text = slots.get('text');
        if (text === undefined) continue;
        const pattern = stage.text(text, actor);
        const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
        if (!lines.some((line) => matches(pattern, line))) throw new Deviation(pattern, lines.join('\n            '));
      }
    },
  },
  {
    form: form('<actors> (gets|get) re-INVITE with <line:rest>'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        const line = slots.must('line');
        stage.awaits(`re-INVITE with ${line} to ${actor.name}`);
        const { body } = await actor.signalling.request('offers');
        const lines = body.toString().split('\r\n');
        if (!lines.includes(line))
          throw new Deviation(line, lines.filter((other) => other !== '').join('\n            '));
      }
    },
  },
];

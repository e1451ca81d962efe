/** Who sees whom: the conference event package (RFC 4575) over SUBSCRIBE and NOTIFY. */
import type { Actor } from '../actor.js';
import { headerOf } from '../clauses.js';
import { Deviation } from '../error.js';
import type { Seen } from '../roster-view.js';
import type { Sentence } from '../script.js';
import { form, type Slots } from '../sentence.js';
import type { Stage } from '../stage.js';
import { atCommas, matches, QUOTED, unquote } from '../text.js';
import { expectStatus } from './status.js';

/** `Bob as "Robert" nicknamed "Foxy" on 2 devices moderating` */
const ENTRY = new RegExp(
  String.raw`^(\S+?)(?: as (${QUOTED}))?(?: nicknamed (${QUOTED}))?(?: on (\d+) devices)?( moderating)?( listening)?(?: being (\S+))?$`,
);

/** What a user of the roster has to be. */
interface Entry {
  uri: string;
  fits(user: Seen): boolean;
}

function entriesOf(stage: Stage, text: string): Entry[] {
  return atCommas(text.replace(/ and (?=[A-Z]\w*$)/, ', ')).map((part) => {
    const [, target, name, nickname, devices, moderating, listening, being] = ENTRY.exec(part) ?? [];
    if (target === undefined)
      throw new Error(`write Name [as "…"] [nicknamed "…"] [on N devices] [moderating] … instead of ${part}`);
    return {
      uri: stage.uri(target),
      fits: (user) =>
        (name === undefined || user.name === unquote(name)) &&
        // 7701-7.4-02: the nickname is the name shown, too.
        (nickname === undefined
          ? user.nickname === undefined
          : user.nickname === unquote(nickname) && user.name === user.nickname) &&
        (devices === undefined || user.devices.size === Number(devices)) &&
        (moderating !== undefined) === user.roles.includes('moderator') &&
        (being === undefined || user.others.includes(being)) &&
        (listening === undefined || [...user.devices.values()].every(({ media }) => media === 'recvonly')),
    };
  });
}

const isExactly = ({ signalling: { roster } }: Actor, entries: readonly Entry[]): boolean =>
  roster.present.length === entries.length &&
  entries.every((entry) => {
    const user = roster.present.find(({ uri }) => uri === entry.uri);
    return user !== undefined && entry.fits(user);
  });

/** Waits for a document after which it holds. */
function until(stage: Stage, { signalling }: Actor, expected: string, holds: () => boolean): Promise<void> {
  return stage.until(expected, holds, () => String(signalling.roster));
}

/** A document that was asked for: what changed before is in it. */
async function refresh(stage: Stage, actor: Actor): Promise<void> {
  const { signalling } = actor;
  const { documents } = signalling.roster;
  stage.awaits('a NOTIFY to the refresh');
  const heard = signalling.heard();
  const { status, reason } = await actor.subscribe(actor.room);
  expectStatus(undefined, status, reason);
  await heard;
  while (signalling.roster.documents <= documents) await signalling.heard();
}

async function watch(stage: Stage, slots: Slots): Promise<void> {
  for (const actor of stage.named(slots.must('actors'))) {
    const text = slots.get('headers') ?? '';
    const headers = [...text.matchAll(new RegExp(QUOTED, 'g'))].map(([quoted]) => headerOf(stage.text(quoted, actor)));
    stage.awaits('a response to the SUBSCRIBE');
    const { status, reason } = await actor.subscribe(stage.room(slots.must('room')), headers);
    expectStatus(slots.get('status'), status, reason);
    if (status > 299) continue;
    await until(stage, actor, 'a NOTIFY', () => actor.signalling.roster.documents > 0);
  }
}

export const ROSTER: readonly Sentence[] = [
  { form: form('<actors> (watches|watch) <room>[ with <headers:rest>][ -> <status>]'), run: watch },
  {
    form: form('<actors> (watches|watch) in the call'),
    run: async (stage, slots) => {
      for (const actor of stage.named(slots.must('actors'))) {
        stage.awaits('a response to the SUBSCRIBE');
        const { status, reason } = await actor.subscribeInCall();
        expectStatus(undefined, status, reason);
        await until(stage, actor, 'a NOTIFY', () => actor.signalling.roster.documents > 0);
      }
    },
  },
  {
    form: form('<actor> stops watching <room>'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      stage.awaits('a response to the SUBSCRIBE');
      const { status, reason } = await actor.subscribe(stage.room(slots.must('room')), [['Expires', '0']]);
      expectStatus(undefined, status, reason);
    },
  },
  {
    form: form("<actor>'s watch ends with <reason:word>"),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const { roster } = actor.signalling;
      await until(stage, actor, 'the end of the subscription', () => roster.ended !== undefined);
      if (roster.ended !== slots.must('reason')) throw new Deviation(slots.must('reason'), roster.ended ?? '');
    },
  },
  {
    form: form('<actors> (sees|see) <room> (with|as) <fact:word> <text>'),
    run: async (stage, slots) => {
      const [fact, pattern] = [slots.must('fact'), stage.text(slots.must('text'))];
      for (const actor of stage.named(slots.must('actors'))) {
        const { facts } = actor.signalling.roster;
        const holds = (): boolean => matches(pattern, facts.get(fact) ?? '');
        await stage.until(`${fact} ${pattern}`, holds, () => `${fact} ${facts.get(fact)}`);
      }
    },
  },
  {
    form: form('<actors> no longer (sees|see) <target>'),
    run: async (stage, slots) => {
      const uri = stage.uri(slots.must('target'));
      for (const actor of stage.named(slots.must('actors'))) {
        await until(stage, actor, `no ${uri}`, () => !actor.signalling.roster.present.some((user) => user.uri === uri));
      }
    },
  },
  {
    form: form('<actors> still (sees|see) <entries:rest>'),
    run: async (stage, slots) => {
      const entries = entriesOf(stage, slots.must('entries'));
      for (const actor of stage.named(slots.must('actors'))) {
        await refresh(stage, actor);
        if (!isExactly(actor, entries)) throw new Deviation(slots.must('entries'), String(actor.signalling.roster));
      }
    },
  },
  {
    form: form('<actor> gets a <state:word> document'),
    run: (stage, slots) => {
      const { state } = stage.actor(slots.must('actor')).signalling.roster;
      if (state !== slots.must('state')) throw new Deviation(slots.must('state'), state);
    },
  },
  {
    form: form('<actor> got <count:number> documents'),
    run: async (stage, slots) => {
      const { roster } = stage.actor(slots.must('actor')).signalling;
      const count = slots.number('count');
      const got = (): string => String(roster.documents);
      await stage.until(slots.must('count'), () => roster.documents >= count, got);
      if (roster.documents > count) throw new Deviation(slots.must('count'), got());
    },
  },
  {
    form: form("<actor>'s documents say <text>"),
    run: (stage, slots) => {
      const { roster } = stage.actor(slots.must('actor')).signalling;
      const text = stage.text(slots.must('text'));
      if (!roster.text.includes(text)) throw new Deviation(text, roster.text);
    },
  },
  {
    form: form("<actor>'s documents say nothing of <text>"),
    run: (stage, slots) => {
      const { roster } = stage.actor(slots.must('actor')).signalling;
      const text = stage.text(slots.must('text'));
      if (roster.text.includes(text)) throw new Deviation(`nothing of ${text}`, roster.text);
    },
  },
  {
    form: form('the server has <count:number> subscriptions'),
    run: (stage, slots) => {
      const { subscriptions } = stage.server.server;
      const count = slots.number('count');
      return stage.until(
        `${count} subscriptions`,
        () => subscriptions.size === count,
        () => String(subscriptions.size),
      );
    },
  },
  {
    form: form('<actor> answers <status> to the next NOTIFY'),
    run: (stage, slots) => {
      stage.actor(slots.must('actor')).signalling.nextAnswer = slots.number('status');
    },
  },
  {
    form: form('<actors> (sees|see) <entries:rest>'),
    run: async (stage, slots) => {
      const entries = entriesOf(stage, slots.must('entries'));
      for (const actor of stage.named(slots.must('actors'))) {
        await until(stage, actor, slots.must('entries'), () => isExactly(actor, entries));
      }
    },
  },
];

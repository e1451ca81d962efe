/**
 * Participants for tests of a room: real SIP and MSRP from Node, and a way to await what they see without sleeping.
 *
 *     const alice = await joinRoom('sip:lobby@localhost', { uri: 'sip:alice@localhost', nick: 'Alice' });
 *     const bob = await joinRoom('sip:lobby@localhost', { uri: 'sip:bob@localhost' });
 *     await alice.participant.send('hello');
 *     const [message] = await bob.events.next('message', ({ text }) => text === 'hello');
 */
import { systemClock, type Clock } from '../util/clock.js';
import { ChatroomsError } from '../util/errors.js';
import { createParticipant, type ParticipantSettings } from './index.js';
import type { ChatParticipant } from './participant.js';
import type { JoinOptions, ParticipantEvents } from './participant-types.js';

export * from './index.js';

type Name = keyof ParticipantEvents;

const NAMES: readonly Name[] = [
  'message',
  'incoming',
  'roster',
  'join',
  'leave',
  'nickname',
  'report',
  'composing',
  'disposition',
  'rosterUnavailable',
  'ended',
  'closed',
];

/** Events of one name that nobody has asked for yet; older ones are forgotten. */
const MAX_KEPT = 10_000;

/** Events that a message of an error tells of. */
const MAX_NAMED = 5;

const unknownEvent = (name: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_USAGE', `There is no event ${name}; there are ${NAMES.join(', ')}.`);

/** What tells one event from another: the text of a message, else who it is about. */
function inWords([first]: readonly unknown[]): string {
  if (typeof first !== 'object' || first === null) return JSON.stringify(first) ?? 'one';
  const fields = ['text', 'nickname', 'uri', 'state', 'status', 'reason', 'count'];
  const told = fields.map((field): unknown => Reflect.get(first, field)).find((value) => value !== undefined);
  return JSON.stringify(told) ?? 'one';
}

interface Waiter {
  name: Name;
  /** Looks at what is kept; whether it found what it waits for. */
  look(): boolean;
}

/** Everything a participant sees, kept from the moment of construction until it is asked for: no event is missed. */
export class EventLog {
  readonly #clock: Clock;
  readonly #kept = new Map<Name, unknown[][]>();
  readonly #waiters = new Set<Waiter>();

  /** @param clock whose time `next` waits; the machine's without it */
  constructor(participant: ChatParticipant, clock: Clock = systemClock) {
    this.#clock = clock;
    for (const name of NAMES) {
      participant.on(name, (...args: unknown[]) => this.#add(name, args));
    }
  }

  /**
   * The next event `name` that `accept`s, whether it already came or is still to come. It and those of its name before it
   * are then spent. Resolves to the event's arguments: `const [message] = await events.next('message')`.
   * @param timeout milliseconds. @defaultValue 30000
   * @throws ChatroomsError `CHAT_ERR_TEST_TIMEOUT`, naming what came instead; `CHAT_ERR_USAGE` for an event there is not
   */
  next<K extends keyof ParticipantEvents>(
    name: K,
    accept: (...args: ParticipantEvents[K]) => boolean = () => true,
    timeout = 30_000,
  ): Promise<ParticipantEvents[K]> {
    return new Promise((resolve, reject) => {
      if (!NAMES.includes(name)) throw unknownEvent(name);
      const look = (): boolean => {
        const kept = this.#kept.get(name) ?? [];
        const index = kept.findIndex((args) => accept(...(args as ParticipantEvents[K])));
        const found = kept[index];
        if (found === undefined) return false;
        kept.splice(0, index + 1);
        timer.cancel();
        this.#waiters.delete(waiter);
        resolve(found as ParticipantEvents[K]);
        return true;
      };
      const waiter: Waiter = { name, look };
      const timer = this.#clock.after(timeout, () => {
        this.#waiters.delete(waiter);
        const text = `no ${name} event of that kind within ${timeout} ms; instead came ${this.#cameInstead(name)}`;
        reject(new ChatroomsError('CHAT_ERR_TEST_TIMEOUT', text));
      });
      if (!look()) this.#waiters.add(waiter);
    });
  }

  /** What came and was not asked for. */
  pending<K extends keyof ParticipantEvents>(name: K): ParticipantEvents[K][] {
    return [...((this.#kept.get(name) ?? []) as ParticipantEvents[K][])];
  }

  /** The last of its name, in words; or, when there are none, what else there is. */
  #cameInstead(name: Name): string {
    const kept = this.pending(name);
    const last = kept.slice(-MAX_NAMED).map(inWords);
    if (last.length > 0)
      return `${kept.length === last.length ? '' : `${kept.length}, the last of them `}${last.join(', ')}`;
    const others = [...this.#kept]
      .filter(([, { length }]) => length > 0)
      .map(([each, { length }]) => `${length} ${each}`);
    return others.length > 0 ? `none, but ${others.join(', ')}` : 'nothing at all';
  }

  #add(name: Name, args: unknown[]): void {
    const kept = this.#kept.get(name) ?? [];
    this.#kept.set(name, kept);
    kept.push(args);
    if (kept.length > MAX_KEPT) kept.shift();
    for (const waiter of this.#waiters) if (waiter.name === name && waiter.look()) return;
  }
}

/** A participant and all he saw since he began to join. */
export interface TestParticipant {
  /** To be told what to do: `send`, `setNickname`, `leave`. */
  participant: ChatParticipant;
  /** To be asked what he saw. */
  events: EventLog;
}

/** A participant that has joined; see `ChatParticipant.join` for what it throws. */
export async function joinRoom(room: string, settings: ParticipantSettings & JoinOptions): Promise<TestParticipant> {
  const participant = createParticipant(settings);
  const events = new EventLog(participant);
  const { nick, displayName } = settings;
  await participant.join(room, {
    ...(nick === undefined ? {} : { nick }),
    ...(displayName === undefined ? {} : { displayName }),
  });
  return { participant, events };
}

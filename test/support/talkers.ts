/** People who talk all the time, and notice what they miss. */
import { createParticipant } from '../../lib/client/index.js';
import type { ChatParticipant } from '../../lib/client/participant.js';

export interface TalkersOptions {
  /** URI. */
  room: string;
  count: number;
  proxy: { host: string; port: number };
}

class Talker {
  readonly participant: ChatParticipant;
  /** What went wrong with him, in words. */
  readonly troubles: string[] = [];
  sent = 0;
  /** By who said it: the number of the last message. */
  readonly heard = new Map<string, number>();
  readonly #look: () => void;

  constructor(uri: string, proxy: TalkersOptions['proxy'], look: () => void) {
    this.participant = createParticipant({ uri, proxy });
    this.#look = look;
    this.participant.on(
      'ended',
      ({ kind, reason }) => void this.troubles.push(`${uri} ended: ${kind} ${reason ?? ''}`),
    );
    this.participant.on('message', ({ text }) => this.#hear(text ?? ''));
  }

  async say(name: string): Promise<void> {
    const { status } = await this.participant.send(`${name} ${++this.sent}`);
    if (status !== 200) this.troubles.push(`${name} ${this.sent} was answered ${status}`);
  }

  /** Each message of each other, once, and in order. */
  #hear(text: string): void {
    const [, name, number] = /^(\w+) (\d+)$/.exec(text) ?? [];
    if (name === undefined) return;
    const last = this.heard.get(name);
    // Who comes in later does not know what was said before.
    if (last !== undefined && Number(number) !== last + 1) this.troubles.push(`after ${name} ${last} came ${text}`);
    this.heard.set(name, Number(number));
    this.#look();
  }
}

/** Of so many in a row one begins; each other says something when his neighbour was heard, so that all talk in turn. */
const ROW = 5;

/** All of one room. */
export class Talkers {
  readonly #talkers = new Map<string, Talker>();
  readonly #looks = new Set<() => void>();
  #talking: Promise<unknown> = Promise.resolve();
  #stopped = false;

  static async join({ room, count, proxy }: TalkersOptions): Promise<Talkers> {
    const talkers = new Talkers();
    const names = Array.from({ length: count }, (_, index) => `t${index}`);
    for (const name of names) {
      const talker = new Talker(`sip:${name}@localhost`, proxy, () => talkers.#look());
      talkers.#talkers.set(name, talker);
      await talker.participant.join(room);
    }
    return talkers;
  }

  get troubles(): string[] {
    return [...this.#talkers.values()].flatMap(({ troubles }) => troubles);
  }

  /** Messages sent. */
  get sent(): number {
    return [...this.#talkers.values()].reduce((sum, { sent }) => sum + sent, 0);
  }

  begin(): void {
    const names = [...this.#talkers.keys()];
    const loops = names.map((name, index) => {
      const ahead = index % ROW === 0 ? 0 : 1;
      return this.#talk(name, names[(index + 1) % names.length], ahead);
    });
    this.#talking = Promise.all(loops);
  }

  /** Resolves when all have heard everything that was said. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#look();
    await this.#talking;
    const all = [...this.#talkers];
    const told = ([name, { sent }]: [string, Talker]): boolean =>
      all.every(([other, { heard }]) => other === name || heard.get(name) === sent);
    await this.#until(() => all.every(told));
  }

  async leave(): Promise<void> {
    await Promise.all([...this.#talkers.values()].map(({ participant }) => participant.leave()));
  }

  async #talk(name: string, neighbour: string, ahead: number): Promise<void> {
    const talker = this.#talkers.get(name);
    if (!talker) return;
    const mayTalk = (): boolean => this.#stopped || (talker.heard.get(neighbour) ?? 0) >= talker.sent + ahead;
    for (;;) {
      await this.#until(mayTalk);
      if (this.#stopped) return;
      await talker.say(name);
    }
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}

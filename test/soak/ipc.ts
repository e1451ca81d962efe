/** What the runner and its two processes say to each other. */
import type { ChildProcess } from 'node:child_process';
import type { Census, Health } from './census.js';
import type { Tally } from './load/ledger.js';

export interface ServerStart {
  speed: number;
  rooms: number;
  /** Where the INVITEs of rooms go. */
  outboundProxy: string;
}

export interface LoadStart {
  seed: number;
  /** Percent of datagrams and of writes. */
  faults: number;
  speed: number;
  rooms: number;
  agents: number;
}

export interface Addresses {
  sip: { host: string; port: number };
}

/** To the server. */
export type ServerQuestion = { ask: 'start'; options: ServerStart } | { ask: 'census' };
/** From the server. */
export type ServerNews =
  | { news: 'listening'; addresses: Addresses }
  | { news: 'census'; census: Census }
  | { news: 'health'; health: Health }
  | { news: 'finding'; text: string };

/** To the load; `users` sets how many there are from now on, `stop` lets all of them end, `close` their sockets too. */
export type LoadQuestion =
  | { ask: 'start'; options: LoadStart }
  | { ask: 'server'; addresses: Addresses }
  | { ask: 'users'; count: number }
  | { ask: 'stop' }
  | { ask: 'close' }
  | { ask: 'tally' };
/** From the load. */
export type LoadNews =
  | { news: 'ready'; outboundProxy: string }
  | { news: 'tally'; tally: Tally; users: number; busy: number }
  | { news: 'stopped' }
  | { news: 'finding'; text: string };

/** Of this process, to the runner. */
export function tell(message: ServerNews | LoadNews): void {
  process.send?.(message);
}

/** A child process, with what it says by kind. */
export class Peer<Question extends object, News extends { news: string }> {
  readonly #waiting: { kind: string; take: (news: News) => void; fail: (error: Error) => void }[] = [];
  #gone: Error | undefined;

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly other: (news: News) => void,
  ) {
    child.on('message', (news: News) => {
      const at = this.#waiting.findIndex(({ kind }) => kind === news.news);
      if (at === -1) this.other(news);
      else this.#waiting.splice(at, 1)[0]?.take(news);
    });
    child.on('exit', (code, signal) => {
      this.#gone = new Error(`the ${name} process ended with ${code ?? signal}`);
      for (const { fail } of this.#waiting.splice(0)) fail(this.#gone);
    });
  }

  /** Undefined while it runs. */
  get gone(): Error | undefined {
    return this.#gone;
  }

  say(question: Question): void {
    if (!this.#gone) this.child.send(question);
  }

  /** Asks, and resolves with the next news of that kind; rejects when the process ends. */
  ask<Kind extends News['news']>(question: Question, kind: Kind): Promise<Extract<News, { news: Kind }>> {
    if (this.#gone) return Promise.reject(this.#gone);
    const answer = new Promise<News>((take, fail) => {
      this.#waiting.push({ kind, take, fail });
    });
    this.say(question);
    return answer as Promise<Extract<News, { news: Kind }>>;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

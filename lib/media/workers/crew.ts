/** The worker threads: started, connected with each other, and started anew when one ends. */
import { MessageChannel } from 'node:worker_threads';
import type { NodeId } from '../../cluster/bus.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Logger } from '../../util/log.js';
import type { Listening, MsrpLimits } from '../options.js';
import { GatheredPort } from './gathered-port.js';
import type { StartThread, Thread } from './thread.js';
import type { PlainError, ToFocus } from './to-focus.js';
import type { Share, ToWorker, WorkerStart } from './to-worker.js';

/** Milliseconds before one that ended is started anew, at first and at most: each time twice as long. */
const BACKOFF = 100;
const MAX_BACKOFF = 30_000;
/** One that lived for so many ms begins with the shortest again. */
const STABLE = 60_000;
/** Milliseconds for one that is to end. */
const PATIENCE = 3_000;

export interface CrewOptions {
  clock: Clock;
  log: Logger;
  shares: readonly Share[];
  startThread: StartThread;
  /** What all begin with. */
  common: () => Pick<WorkerStart, 'gate' | 'traced' | 'certificate'>;
  /** What one that begins has to know; it is connected with the others then. */
  briefing: () => Iterable<ToWorker>;
  /** A worker says something. */
  receive: (worker: Member, message: ToFocus) => void;
  /** Its thread ended, and everything in it. */
  lost: (worker: Member) => void;
}

/** One worker, as long as its thread lives. */
export interface Member {
  readonly index: number;
  readonly node: NodeId;
  readonly port: GatheredPort<ToWorker, ToFocus>;
  /** Where it listens; undefined before it does. */
  readonly listening: Listening | undefined;
}

interface Hand extends Member {
  listening: Listening | undefined;
  thread: Thread;
  since: number;
}

/** The place of one worker, whichever thread has it. */
interface Post {
  share: Share;
  hand: Hand | undefined;
  backoff: number;
  timer: Timer | undefined;
  /** Who waits for it to listen. */
  opened: ((result: Listening | PlainError) => void) | undefined;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #posts: Post[];
  #nodes = 0;
  #closing: (() => void) | undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#posts = options.shares.map((share) => ({
      share,
      hand: undefined,
      backoff: BACKOFF,
      timer: undefined,
      opened: undefined,
    }));
  }

  /** Those whose thread lives. */
  get members(): readonly Member[] {
    return this.#posts.flatMap(({ hand }) => hand ?? []);
  }

  /** Indexes of those that listen. */
  get listening(): readonly number[] {
    return this.#posts.flatMap(({ hand }) => (hand?.listening ? [hand.index] : []));
  }

  member(index: number): Member | undefined {
    return this.#posts[index].hand;
  }

  /** Starts all; rejects with the first error of one that cannot listen. */
  async start(): Promise<Listening[]> {
    const opened = this.#posts.map(async (post, index) => {
      const result = await new Promise<Listening | PlainError>((resolve) => {
        post.opened = resolve;
        this.#start(index);
      });
      if (!('message' in result)) return result;
      throw Object.assign(new Error(result.message), result);
    });
    return Promise.all(opened);
  }

  /** Says it to all but one. */
  broadcast(message: ToWorker, except?: NodeId): void {
    for (const { hand } of this.#posts) if (hand && hand.node !== except) hand.port.post(message);
  }

  /** Each goes on with another share, but for where it listens; and so does who takes its place. */
  adjust(shares: readonly Share[]): void {
    for (const [index, post] of this.#posts.entries()) {
      const limits = limitsOf(shares[index].msrp);
      post.share = { msrp: { ...post.share.msrp, ...limits } };
      post.hand?.port.post({ is: 'adjust', limits });
    }
  }

  /** Lets all flush and end, and ends those that do not. */
  async close(): Promise<void> {
    for (const { timer } of this.#posts) timer?.cancel();
    if (this.members.length === 0) return;
    const timer = this.#options.clock.after(PATIENCE, () => {
      for (const { hand } of this.#posts) hand?.thread.terminate();
    });
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.broadcast({ is: 'close' });
    });
    timer.cancel();
  }

  #start(index: number): void {
    const { clock, startThread, common, briefing } = this.#options;
    const post = this.#posts[index];
    const node = ++this.#nodes;
    const { port1: ours, port2: port } = new MessageChannel();
    const gathered = new GatheredPort<ToWorker, ToFocus>(ours, 'now', (messages) => {
      for (const message of messages) this.#receive(hand, message);
    });
    const thread = startThread(
      { node, port, share: post.share, ...common() },
      {
        failed: (error) => {
          const { message, stack } = error as Error;
          this.#options.log.error({ worker: index, error: stack ?? message }, 'worker failed');
        },
        ended: () => this.#ended(hand),
      },
    );
    const hand: Hand = { index, node, port: gathered, listening: undefined, thread, since: clock.now() };
    for (const other of this.members) this.#connect(hand, other);
    post.hand = hand;
    for (const message of briefing()) gathered.post(message);
  }

  #connect(one: Member, other: Member): void {
    const { port1, port2 } = new MessageChannel();
    one.port.post({ is: 'peer', node: other.node, port: port1 }, 0, port1);
    other.port.post({ is: 'peer', node: one.node, port: port2 }, 0, port2);
  }

  #receive(hand: Hand, message: ToFocus): void {
    const post = this.#posts[hand.index];
    // Said before it ended, and read after.
    if (post.hand !== hand) return;
    if (message.is === 'listening') {
      hand.listening = message.listening;
      post.share = { ...post.share, msrp: settledPorts(post.share.msrp, message.listening) };
      post.opened?.(message.listening);
      post.opened = undefined;
    } else if (message.is === 'notListening') {
      const { error } = message;
      if (!post.opened) this.#options.log.error({ worker: hand.index, ...error }, 'worker cannot listen');
      post.opened?.(error);
      post.opened = undefined;
      hand.port.post({ is: 'close' });
    } else this.#options.receive(hand, message);
  }

  #ended(hand: Hand): void {
    const { clock, log, lost } = this.#options;
    const post = this.#posts[hand.index];
    post.hand = undefined;
    if (this.#closing) {
      if (this.members.length === 0) this.#closing();
      return;
    }
    lost(hand);
    // It ended before it listened for the first time: there is nothing to be restored.
    if (post.opened) {
      post.opened({
        message: 'the worker ended',
        code: undefined,
        listener: undefined,
        address: undefined,
        port: undefined,
      });
      return;
    }
    if (clock.now() - hand.since > STABLE) post.backoff = BACKOFF;
    log.error({ worker: hand.index, again: post.backoff }, 'worker ended');
    post.timer = clock.after(post.backoff, () => this.#start(hand.index));
    post.backoff = Math.min(post.backoff * 2, MAX_BACKOFF);
  }
}

/** Peers know these ports: the next thread takes the same. */
function settledPorts(msrp: Share['msrp'], { tcp, tls, ws, wss, behindWs }: Listening): Share['msrp'] {
  return {
    ...msrp,
    listen: tcp,
    tls: msrp.tls && tls && { ...msrp.tls, listen: tls },
    ws: msrp.ws && ws && { ...msrp.ws, listen: ws },
    wss: msrp.wss && wss && { ...msrp.wss, listen: wss },
    behindWs: msrp.behindWs && behindWs && { ...msrp.behindWs, listen: behindWs },
  };
}

function limitsOf(msrp: Share['msrp']): MsrpLimits {
  const {
    listen: _listen,
    advertise: _advertise,
    tls: _tls,
    ws: _ws,
    wss: _wss,
    behindWs: _behindWs,
    ...others
  } = msrp;
  const { bindSource: _bindSource, sessionMatch: _sessionMatch, cema: _cema, ...limits } = others;
  return limits;
}

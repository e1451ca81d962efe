import type {
  BoundOver,
  Decision,
  Gate,
  HeldMessage,
  LossReason,
  RefusedRequest,
  SeenMessage,
  SwitchEvents,
  SwitchLimit,
  Verdict,
} from '../../focus-switch.js';
import type { Clock } from '../../util/clock.js';
import { alone } from './octets.js';
import { Questions } from './questions.js';
import type { PlainVerdict } from './to-worker.js';
import type { ToFocus } from './to-focus.js';

/** Milliseconds between two reports of who spoke; the first one goes at once. */
const SPOKE_INTERVAL = 200;

/** Octets of what is only watched that may be on their way; beyond, messages are told of without their content. */
const MAX_WATCHED = 16_777_216;
/** What a message counts beside its content. */
const HEAD = 512;

export interface FocusProxyOptions {
  clock: Clock;
  /** @param octets what it counts among those on their way */
  post: (message: ToFocus, octets?: number) => void;
  /** Octets on their way. */
  inFlight: () => number;
  gate: { everywhere: boolean } | null;
  traced: boolean;
  /** An endpoint went beyond a limit. */
  limited: (endpoint: string, limit: SwitchLimit, status: number | null) => void;
  /** How manieth session of an endpoint this is. */
  epochOf: (endpoint: string) => number;
}

/** The focus as the switch of a worker sees it: what it is asked and told goes to its thread. */
export class FocusProxy implements SwitchEvents {
  gate: Gate | undefined;
  readonly decided: ((decision: Decision) => void) | undefined;
  /** Somebody watches the messages of all rooms. */
  watching = false;
  readonly #options: FocusProxyOptions;
  readonly #statuses: Questions<number>;
  readonly #verdicts: Questions<PlainVerdict>;
  /** By endpoint: the order is that in which they spoke last. */
  readonly #spoken = new Set<string>();
  #resting = false;

  constructor(options: FocusProxyOptions) {
    const { clock, post, gate, traced } = options;
    this.#options = options;
    this.#statuses = new Questions(clock);
    this.#verdicts = new Questions(clock);
    this.gate = gate ? { everywhere: gate.everywhere, ask: (message) => this.#ask(message) } : undefined;
    this.decided = traced ? (decision) => post({ is: 'decided', decision }) : undefined;
  }

  /** Who is asked about messages wants to see those of every room now, or does no more. */
  gateEverywhere(everywhere: boolean): void {
    this.gate = this.gate && { ...this.gate, everywhere };
  }

  nickname(endpoint: string, nickname: string): Promise<number> {
    return this.#statuses.ask((question) => this.#options.post({ is: 'nickname', question, endpoint, nickname }));
  }

  knock(endpoint: string, text: string): Promise<number> {
    return this.#statuses.ask((question) => this.#options.post({ is: 'knock', question, endpoint, text }));
  }

  /** The focus wants to know who spoke last, not how often. */
  spoke(endpoint: string): void {
    this.#spoken.delete(endpoint);
    this.#spoken.add(endpoint);
    if (!this.#resting) this.#tellSpoken();
  }

  sessionBound(endpoint: string, over: BoundOver | undefined): void {
    this.#options.post({ is: 'sessionBound', endpoint, over });
  }

  sessionLost(endpoint: string, reason: LossReason): void {
    this.#options.post({ is: 'sessionLost', endpoint, epoch: this.#options.epochOf(endpoint), reason });
  }

  congested(endpoint: string, congested: boolean, pendingBytes: number): void {
    const epoch = this.#options.epochOf(endpoint);
    this.#options.post({ is: 'congested', endpoint, epoch, congested, pendingBytes });
  }

  limited(endpoint: string, limit: SwitchLimit, status: number | null): void {
    this.#options.limited(endpoint, limit, status);
  }

  refused(endpoint: string, request: RefusedRequest): void {
    this.#options.post({ is: 'refusal', endpoint, request });
  }

  /** The focus answered a NICKNAME or a knock. */
  answered(question: number, status: number): void {
    this.#statuses.answer(question, status);
  }

  /** What was said about a held message; what the focus' side has to call then is called there. */
  judged(question: number, verdict: PlainVerdict): void {
    this.#verdicts.answer(question, verdict);
  }

  #callable(question: number, endpoint: string, verdict: PlainVerdict): Verdict {
    const { post } = this.#options;
    if (verdict.is === 'refused') return verdict;
    if (verdict.is === 'taken') return { is: 'taken', run: () => post({ is: 'taken', question, endpoint }) };
    const { instead, tellsRefusal } = verdict;
    const refused = (status: number): void => post({ is: 'refused', question, endpoint, status });
    return { is: 'passed', instead, ...(tellsRefusal && { refused }) };
  }

  async #ask(held: HeldMessage): Promise<Verdict> {
    const { endpoint, envelope, content } = held;
    const message: HeldMessage = {
      ...held,
      envelope: { ...envelope, headerBytes: alone(envelope.headerBytes) as Buffer },
      content: content && (alone(content) as Buffer),
    };
    let number = 0;
    const verdict = await this.#verdicts.ask((question) => {
      number = question;
      this.#options.post({ is: 'held', question, message });
    });
    return this.#callable(number, endpoint, verdict);
  }

  /** It must not block, nor grow without bound where the focus' thread is behind. */
  message(seen: SeenMessage): void {
    const { post, inFlight } = this.#options;
    const octets = seen.body?.length ?? 0;
    const body = inFlight() + octets > MAX_WATCHED || seen.body === null ? null : (alone(seen.body) as Buffer);
    post({ is: 'message', message: { ...seen, body } }, HEAD + (body?.length ?? 0));
  }

  #tellSpoken(): void {
    const endpoints = [...this.#spoken];
    this.#spoken.clear();
    this.#resting = endpoints.length > 0;
    if (!this.#resting) return;
    this.#options.post({ is: 'spoke', endpoints });
    this.#options.clock.after(SPOKE_INTERVAL, () => this.#tellSpoken());
  }
}

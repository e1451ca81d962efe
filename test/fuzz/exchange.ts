/** What one connection carried both ways, and the rules between the two. */
import { type FatalError, type FrameEnd, type Message, Parser, type Request } from '../../lib/msrp/index.js';
import { must } from './target.js';

interface Asked {
  tid: string;
  /** RFC 4975 §7.2 wants an answer. */
  mandatory: boolean;
}

/** Calls of the sink that one octet may cause on the average. */
const CALLS_PER_OCTET = 3;

export class Exchange {
  /** Requests of the side under test that nobody has answered yet. */
  unanswered: Request[] = [];
  readonly #asked: Asked[] = [];
  readonly #answers: string[] = [];
  readonly #input: Parser;
  readonly #output: Parser;
  /** The request that is arriving: it may be refused before its end. */
  #arriving: Message | undefined;
  #octets = 0;
  #calls = 0;
  /** What was wrong with what was written; not thrown there, where it would look like an error of the writer. */
  #broken: string | undefined;

  constructor() {
    this.#input = this.#reader(
      (message, end) => this.#noteAsked(message, end),
      () => undefined,
      (head) => {
        this.#calls++;
        if (head) this.#arriving = head;
      },
    );
    this.#output = this.#reader(
      (message, end) => this.#noteWritten(message, end),
      (error) => this.#noteBroken(`wrote what is no MSRP: ${error}`),
    );
  }

  /** Octets that arrive at the side under test. */
  arrived(octets: Buffer): void {
    this.#octets += octets.length;
    this.#input.receive(octets);
    must(this.#calls <= CALLS_PER_OCTET * this.#octets, () => `${this.#calls} steps for ${this.#octets} octets`);
  }

  /** Octets that it wrote. */
  wrote(octets: Buffer): void {
    this.#output.receive(octets);
  }

  /**
   * Every answer belongs to a request, in their order, and none to a REPORT.
   * @param whole the connection is still open: then every request that has to be answered was, and no frame is cut off
   */
  check(whole: boolean): void {
    must(this.#broken === undefined, () => this.#broken ?? '');
    // Ids may repeat and some requests need no answer, so there can be several ways to assign; one has to exist.
    let positions = new Set([0]);
    if (this.#arriving?.kind === 'request') this.#asked.push({ tid: this.#arriving.tid, mandatory: false });
    for (const tid of this.#answers) {
      const after = new Set<number>();
      for (const position of positions)
        this.#follow(position, whole, (asked, next) => asked.tid === tid && after.add(next));
      must(
        after.size > 0,
        () => `${tid} was answered twice, out of order or never asked, or the one before was not answered`,
      );
      positions = after;
    }
    const open = [...positions].map((position) => this.#asked.slice(position).find(({ mandatory }) => mandatory)?.tid);
    must(!whole || open.includes(undefined), () => `${open[0]} was not answered`);
    if (whole) must(this.#output.pending === 0, () => `${this.#output.pending} octets of an unfinished frame`);
  }

  #noteAsked(message: Message, end: FrameEnd): void {
    this.#arriving = undefined;
    // 4975-7.2-07: a REPORT is never answered; 4975-9-22: nor is a response.
    if (message.kind === 'response' || message.method === 'REPORT') return;
    // 4975-7.2-02, 4975-7.2-08: with another Failure-Report it depends on the outcome.
    const always = message.failureReport === 'yes';
    this.#asked.push({ tid: message.tid, mandatory: always && end.errors.length === 0 });
  }

  #noteWritten(message: Message, end: FrameEnd): void {
    if (end.errors.length > 0) this.#noteBroken(`wrote a malformed frame, ${end.errors.join(' ')}: ${message.tid}`);
    if (message.kind === 'response') this.#answers.push(message.tid);
    else if (message.method !== 'REPORT') this.unanswered.push(message);
  }

  #noteBroken(what: string): void {
    this.#broken ??= what;
  }

  /** What may be answered next when all before `position` is settled. */
  #follow(position: number, whole: boolean, found: (asked: Asked, next: number) => unknown): void {
    for (let at = position; at < this.#asked.length; at++) {
      const asked = this.#asked[at];
      const taken = found(asked, at + 1);
      if (whole ? asked.mandatory : taken) return;
    }
  }

  #reader(
    end: (message: Message, end: FrameEnd) => void,
    fatal: (error: FatalError) => void = () => undefined,
    step: (head?: Message) => void = () => undefined,
  ): Parser {
    let head: Message | undefined;
    return new Parser({
      head: (message) => {
        step(message);
        head = message;
      },
      body: () => step(),
      end: (frameEnd) => {
        step();
        if (head) end(head, frameEnd);
      },
      fatal,
    });
  }
}

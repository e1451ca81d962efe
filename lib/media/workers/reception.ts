import type { HeldMessage, SessionUsage, SwitchEvents, Verdict } from '../../focus-switch.js';
import { msrpReceived, msrpSent } from '../../util/channels.js';
import type { LimitReport } from '../../util/limit-reports.js';
import type { Logger } from '../../util/log.js';
import type { Member } from './crew.js';
import type { Directory } from './directory.js';
import { asBuffer } from './octets.js';
import type { SettledRooms } from './settled-rooms.js';
import type { ToFocus } from './to-focus.js';
import type { Verdicts } from './verdicts.js';

const REFUSED: Verdict = { is: 'refused', status: 403 };

export interface ReceptionOptions {
  log: Logger;
  directory: Directory;
  settled: SettledRooms;
  verdicts: Verdicts;
  events: () => SwitchEvents;
  /** Told of what went beyond the limits of connections. */
  limited: (report: LimitReport, times: number) => void;
  /** How late it is. */
  delay: (worker: Member, delay: number) => void;
  /** Octets of its objects and buffers. */
  memory: (worker: Member, octets: number) => void;
  /** What a session did that it had. */
  usage: (worker: Member, endpoint: string, usage: SessionUsage | null) => void;
  /** The figures of a worker. */
  stats: (worker: Member, stats: Extract<ToFocus, { is: 'stats' }>['stats']) => void;
}

/** What workers ask and tell, for the focus. */
export class Reception {
  readonly #options: ReceptionOptions;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** A mistake of ours, or of a program that is told, costs this message: what the worker said behind it is heard. */
  receive(worker: Member, message: ToFocus): void {
    try {
      this.#take(worker, message);
    } catch (error) {
      this.#options.log.error({ worker: worker.index, said: message.is, error }, 'what a worker said failed');
    }
  }

  #take(worker: Member, message: ToFocus): void {
    const events = this.#options.events();
    switch (message.is) {
      case 'nickname':
        return this.#answer(worker, message.question, events.nickname(message.endpoint, message.nickname));
      case 'knock':
        return this.#answer(worker, message.question, events.knock?.(message.endpoint, message.text) ?? 403);
      case 'held':
        return this.#ask(worker, message.question, message.message);
      case 'taken':
        return this.#options.verdicts.take(message.endpoint, message.question)?.run?.();
      case 'refused':
        return this.#options.verdicts.take(message.endpoint, message.question)?.refused?.(message.status);
      case 'spoke':
        for (const endpoint of message.endpoints) events.spoke?.(endpoint);
        return;
      case 'message': {
        const { body, ...seen } = message.message;
        return events.message?.({ ...seen, body: body && asBuffer(body) });
      }
      case 'decided':
        return events.decided?.(message.decision);
      case 'octets':
        return (message.direction === 'in' ? msrpReceived : msrpSent).publish(message.told);
      case 'settled':
        return this.#options.settled.answered(worker.node, message.room, message.settled);
      case 'delay':
        return this.#options.delay(worker, message.delay);
      case 'memory':
        return this.#options.memory(worker, message.octets);
      case 'stats':
        return this.#options.stats(worker, message.stats);
      case 'usage':
        return this.#options.usage(worker, message.endpoint, message.usage);
      case 'log':
        return this.#options.log[message.level]({ worker: worker.index, ...message.fields }, message.message);
      case 'sessionBound':
        if (this.#isAt(worker, message.endpoint)) events.sessionBound(message.endpoint, message.over);
        return;
      case 'sessionLost':
        if (this.#isAt(worker, message.endpoint, message.epoch)) events.sessionLost(message.endpoint, message.reason);
        return;
      case 'limited': {
        const { endpoint, limit, status, times } = message;
        if (this.#isAt(worker, endpoint)) events.limited?.(endpoint, limit, status, times);
        return;
      }
      case 'refusal':
        if (this.#isAt(worker, message.endpoint)) events.refused?.(message.endpoint, message.request);
        return;
      case 'crowded':
        return this.#options.limited(message.report, message.times);
      case 'congested': {
        const { endpoint, epoch, congested, pendingBytes } = message;
        if (this.#isAt(worker, endpoint, epoch)) events.congested?.(endpoint, congested, pendingBytes);
      }
    }
  }

  /** It was not removed nor brought elsewhere, nor given another session, while this was said. */
  #isAt({ node }: Member, endpoint: string, epoch?: number): boolean {
    const resident = this.#options.directory.residents.get(endpoint);
    return resident?.node === node && (epoch === undefined || epoch >= resident.epoch);
  }

  #answer(worker: Member, question: number, status: number | Promise<number>): void {
    const answer = (known: number): void => worker.port.post({ is: 'answer', question, status: known });
    if (typeof status === 'number') answer(status);
    else status.then(answer, () => answer(408));
  }

  #ask(worker: Member, question: number, held: HeldMessage): void {
    const { endpoint, envelope, content } = held;
    const { headerBytes } = envelope;
    const message: HeldMessage = {
      ...held,
      envelope: { ...envelope, headerBytes: asBuffer(headerBytes) },
      content: content && asBuffer(content),
    };
    const settle = (verdict: Verdict): void => {
      // Nobody waits any more where it was asked.
      if (!this.#isAt(worker, endpoint)) return;
      worker.port.post({ is: 'verdict', question, verdict: this.#options.verdicts.keep(endpoint, question, verdict) });
    };
    try {
      const verdict = this.#options.events().gate?.ask(message) ?? REFUSED;
      if (verdict instanceof Promise) verdict.then(settle, () => settle(REFUSED));
      else settle(verdict);
    } catch {
      settle(REFUSED);
    }
  }
}

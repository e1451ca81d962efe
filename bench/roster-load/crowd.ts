import { setTimeout as sleep } from 'node:timers/promises';
import { header, headers, type SipMessage, writeSip } from '../harness/sip-message.js';
import { NO_TRAFFIC, type Pace, type SipLink, type Traffic } from './commands.js';
import { Participant } from './participant.js';
import { type SipLine, sipLine } from './sip-line.js';

const TOLD_TIMEOUT_MS = 30_000;
/** Without a NOTIFY for so long nothing more is to come. */
const QUIET_MS = 300;
/** Whose documents are read with the client library. */
const SAMPLE = 20;

/** All participants of one room. */
export class Crowd {
  readonly #room: string;
  readonly #participants: Participant[] = [];
  readonly #byCallId = new Map<string, Participant>();
  #line!: SipLine;
  #joined = 0;
  #traffic: Traffic = { ...NO_TRAFFIC };
  #lastNotify = 0;
  #told: (() => void) | undefined;
  #failure: Error | undefined;

  private constructor(room: string) {
    this.#room = room;
  }

  static async connect(room: string, link: SipLink, port: number): Promise<Crowd> {
    const crowd = new Crowd(room);
    crowd.#line = await sipLine(link, port, (message, reply) => crowd.#receive(message, reply));
    return crowd;
  }

  /** So many more, one after another; returns once all know of the last one. */
  join(count: number, subscribe: boolean, pace: Pace): Promise<Traffic> {
    return this.#oneByOne(count, pace, async () => {
      const participant = new Participant(this.#room, this.#joined, this.#line);
      this.#byCallId.set(participant.callId, participant);
      await participant.join();
      this.#participants.push(participant);
      this.#joined += 1;
      if (subscribe) await participant.subscribe();
    });
  }

  /** All but `stay`, one after another; returns once those who stay know of it. */
  leave(stay: number, pace: Pace): Promise<Traffic> {
    return this.#oneByOne(Math.max(0, this.#participants.length - stay), pace, async () => {
      const participant = this.#participants.shift();
      await participant?.leave();
    });
  }

  /** Throws when somebody who watches knows less or more than is true. */
  check(full: number): void {
    const uris = new Set(this.#participants.map(({ uri }) => uri));
    const watching = this.#participants.filter(({ watches }) => watches);
    const step = Math.max(1, Math.floor(watching.length / SAMPLE));
    for (const [index, { uri, knowledge }] of watching.entries()) {
      if (knowledge.count !== uris.size) throw new Error(`${uri} knows of ${knowledge.count}, not of ${uris.size}`);
      const known = index % step === 0 ? knowledge.read() : knowledge.skim();
      if (uris.size > full) continue;
      const missing = [...uris].find((one) => !known.has(one));
      if (missing !== undefined) throw new Error(`${uri} does not know of ${missing}`);
      if (known.size !== uris.size) throw new Error(`${uri} knows somebody who is not there`);
    }
  }

  close(): void {
    this.#line.close();
  }

  async #oneByOne(count: number, { everyMs, told }: Pace, one: () => Promise<void>): Promise<Traffic> {
    this.#traffic = { ...NO_TRAFFIC };
    const start = performance.now();
    for (let i = 0; i < count; i += 1) {
      const due = start + i * everyMs;
      if (performance.now() < due) await sleep(due - performance.now());
      await one();
      if (told) await this.#everybodyTold();
      if (this.#failure) throw this.#failure;
    }
    const seconds = (performance.now() - start) / 1000;
    await this.#everybodyTold();
    while (performance.now() < this.#lastNotify + QUIET_MS) await sleep(QUIET_MS / 10);
    if (this.#failure) throw this.#failure;
    return { ...this.#traffic, seconds };
  }

  /** All who watch know how many are there. */
  #allKnow(): boolean {
    const { length } = this.#participants;
    return this.#participants.every(({ watches, knowledge }) => !watches || knowledge.count === length);
  }

  #everybodyTold(): Promise<void> {
    if (this.#allKnow()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not everybody was told in time')), TOLD_TIMEOUT_MS);
      this.#told = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #receive(message: SipMessage, reply: (text: string) => void): void {
    const [method = ''] = message.startLine.split(' ', 1);
    const participant = this.#byCallId.get(header(message, 'call-id'));
    if (method === 'SIP/2.0') return participant?.response(message);
    if (method === 'ACK') return;
    reply(ok(message));
    if (method === 'NOTIFY' && participant) this.#notified(participant, message);
  }

  #notified(participant: Participant, message: SipMessage): void {
    const traffic = this.#traffic;
    traffic.octets += message.octets;
    this.#lastNotify = performance.now();
    try {
      const full = participant.notified(message);
      if (full === null) {
        traffic.repeated += 1;
        return;
      }
      traffic.notifies += 1;
      traffic.bodyOctets += message.body.length;
      if (full) traffic.fullNotifies += 1;
    } catch (error) {
      this.#failure ??= new Error(`NOTIFY to ${participant.uri}: ${(error as Error).message}`);
    }
    if (this.#told && this.#allKnow()) {
      this.#told();
      this.#told = undefined;
    }
  }
}

const ok = (request: SipMessage): string =>
  writeSip([
    'SIP/2.0 200 OK',
    ...headers(request, 'via').map((via) => `Via: ${via}`),
    `From: ${header(request, 'from')}`,
    `To: ${header(request, 'to')}`,
    `Call-ID: ${header(request, 'call-id')}`,
    `CSeq: ${header(request, 'cseq')}`,
  ]);

import { type Stream, streamsOf } from '../../lib/sdp/index.js';
import type { Clock, Timer } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import type { HostPort } from '../sip/host-port.js';
import { type Arguments, Ng, type NgOutcome } from './ng.js';

/**
 * What it can do with more than two parties: `mix` gives each one stream with all the others in it (26.1 and later),
 * `forward` one stream for each of the others, `nothing` also while it does not answer.
 */
export type Ability = 'mix' | 'forward' | 'nothing';

/** Milliseconds between two probes of one that does not answer, or cannot do what is wanted: doubled each time. */
const FIRST_PROBE_AGAIN = 1_000;
const LAST_PROBE_AGAIN = 60_000;

export interface RtpEngineOptions {
  address: HostPort;
  /** `forward` with one that cannot mix. */
  sfu: boolean;
  clock: Clock;
  log: Logger;
}

/** A description of its own for one m-line, or why there is none. */
export type StreamOutcome = { is: 'stream'; stream: Stream } | Exclude<NgOutcome, { is: 'reply' }>;

/** One party of a call at rtpengine. */
export interface PartyId {
  readonly call: string;
  readonly tag: string;
}

/** The commands of rtpengine that are used here, and whether it is there to take them. */
export class RtpEngine {
  readonly #options: RtpEngineOptions;
  readonly #ng: Ng;
  #ability: Ability = 'nothing';
  #probing = false;
  #pause = FIRST_PROBE_AGAIN;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: RtpEngineOptions) {
    this.#options = options;
    this.#ng = new Ng(options);
  }

  get ability(): Ability {
    return this.#ability;
  }

  /** Resolves when it answered, or did not in time; then it is asked again by and by. */
  start(): Promise<void> {
    return this.#probe();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#ng.close();
  }

  /**
   * A party comes, or comes with another description. The answer has one codec: the first one offered that rtpengine
   * knows.
   *
   * @param sdp with one m-line
   */
  publish({ call, tag }: PartyId, sdp: string, ability: Ability): Promise<StreamOutcome> {
    const party = { 'call-id': call, 'from-tag': tag, sdp };
    // What mixes is its audio player, one for each party; the flag `mix` means something else.
    return this.#stream('publish', {
      ...party,
      ...(ability === 'mix' && { 'audio player': 'always', flags: ['bidirectional'] }),
    });
  }

  /** Lets a party hear some others, and them hear it. */
  mesh({ call, tag }: PartyId, others: readonly string[]): Promise<NgOutcome> {
    return this.#request('mesh', { calls: [call], tags: [{ from: tag, to: others }], flags: ['bidirectional'] });
  }

  /** Ends what `mesh` made between two; deleting one party instead would end the mix of all. */
  separate({ call, tag }: PartyId, other: string): Promise<NgOutcome> {
    const flags = ['directional', 'bidirectional'];
    return this.#request('unsubscribe', { 'call-id': call, 'from-tag': tag, 'to-tag': other, flags });
  }

  /** Offers the stream of `publisher` to somebody, who is the party `tag` by that. */
  subscribe({ call, tag }: PartyId, publisher: string): Promise<StreamOutcome> {
    return this.#stream('subscribe request', { 'call-id': call, 'to-tag': tag, 'from-tags': [publisher] });
  }

  /** @param sdp with one m-line */
  subscribed({ call, tag }: PartyId, sdp: string): Promise<NgOutcome> {
    const flags = ['allow transcoding'];
    return this.#request('subscribe answer', { 'call-id': call, 'to-tag': tag, sdp, flags });
  }

  unsubscribe({ call, tag }: PartyId): Promise<NgOutcome> {
    return this.#request('unsubscribe', { 'call-id': call, 'to-tag': tag });
  }

  /** The others hear silence, or the party again. `block media` instead would stop the mix. */
  silence({ call, tag }: PartyId, silent: boolean): Promise<NgOutcome> {
    const command = silent ? 'silence media' : 'unsilence media';
    return this.#request(command, { 'call-id': call, 'from-tag': tag, flags: ['directional'] });
  }

  /** Ends all parties of a call. `fast`: without statistics, which of twenty parties would not fit into a datagram. */
  delete(call: string): Promise<NgOutcome> {
    return this.#request('delete', { 'call-id': call, 'delete-delay': 0, flags: ['fast'] });
  }

  async #stream(command: string, args: Arguments): Promise<StreamOutcome> {
    const outcome = await this.#request(command, args);
    if (outcome.is !== 'reply') return outcome;
    const { sdp } = outcome.reply;
    const stream = typeof sdp === 'string' ? streamIn(sdp) : null;
    return stream ? { is: 'stream', stream } : { is: 'refused', reason: 'its SDP cannot be used' };
  }

  async #request(command: string, args: Arguments): Promise<NgOutcome> {
    const outcome = await this.#ng.request(command, args);
    if (outcome.is !== 'reply')
      this.#options.log.warn({ command, ...outcome }, 'rtpengine did not do what it was asked');
    // Until it answers a probe nobody waits for it any more.
    if (outcome.is === 'silent') this.#unavailable();
    return outcome;
  }

  #unavailable(): void {
    this.#ability = 'nothing';
    if (!this.#probing && !this.#timer) this.#probeLater();
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(this.#pause, () => {
      this.#timer = undefined;
      void this.#probe();
    });
    this.#pause = Math.min(this.#pause * 2, LAST_PROBE_AGAIN);
  }

  /** Versions before 26.1 know no `mesh`; what is wrong with one that says nothing else is not looked at. */
  async #probe(): Promise<void> {
    this.#probing = true;
    const outcome = await this.#ng.request('mesh');
    this.#probing = false;
    if (this.#closed) return;
    const { log, sfu } = this.#options;
    const before = this.#ability;
    this.#ability = abilityOf(outcome, sfu);
    if (this.#ability === 'nothing') {
      if (this.#pause === FIRST_PROBE_AGAIN) {
        const why = outcome.is === 'silent' ? outcome.reason : 'it cannot mix, which takes version 26.1';
        log.warn({ why }, 'no audio: rtpengine is of no use');
      }
      return this.#probeLater();
    }
    this.#pause = FIRST_PROBE_AGAIN;
    if (this.#ability !== before) log.info({ ability: this.#ability }, 'rtpengine is there');
  }
}

function abilityOf(outcome: NgOutcome, sfu: boolean): Ability {
  if (outcome.is === 'silent') return 'nothing';
  const unknown = outcome.is === 'refused' && /unrecogni[sz]ed command/i.test(outcome.reason);
  if (!unknown) return 'mix';
  return sfu ? 'forward' : 'nothing';
}

/** Null for one with none, and for what is no SDP. */
function streamIn(sdp: string): Stream | null {
  try {
    return streamsOf(sdp)[0] ?? null;
  } catch (error) {
    if (error instanceof ChatroomsError) return null;
    throw error;
  }
}

import { newSessionId } from '../../lib/msrp/index.js';
import type { Stream } from '../../lib/sdp/index.js';
import type { Party, RoomCall } from './room-call.js';
import type { RtpEngine } from './rtpengine.js';

/** Parties of one such call: each has as many m-lines as there are others. */
export const MAX_FORWARDED = 8;

/** A call in which each party sends one stream and gets one of each other (`sfu`), for an rtpengine that cannot mix. */
export class ForwardedCall implements RoomCall {
  readonly id = newSessionId();
  readonly #engine: RtpEngine;
  readonly #parties = new Set<Party>();
  readonly #joining = new Set<Party>();

  constructor(engine: RtpEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#parties.size + this.#joining.size;
  }

  async join(party: Party, sdp: string): Promise<Stream | null> {
    if (this.size >= MAX_FORWARDED) return null;
    this.#joining.add(party);
    return this.#enter(party, sdp);
  }

  async #enter(party: Party, sdp: string): Promise<Stream | null> {
    const published = await this.#publish(party, sdp);
    if (!this.#joining.delete(party) || !published) return null;
    for (const other of this.#parties) {
      other.came(party.tag);
      party.came(other.tag);
    }
    this.#parties.add(party);
    if (party.muted) this.muted(party);
    return published;
  }

  async update(party: Party, sdp: string): Promise<Stream | null> {
    if (!this.#parties.has(party)) return this.join(party, sdp);
    // As in MixedCall: to publish would hide that rtpengine has lost the call.
    const there = await this.#engine.silence({ call: this.id, tag: party.tag }, party.muted);
    if (!this.#parties.has(party)) return null;
    if (there.is === 'refused') {
      this.#lose(party);
      return this.#enter(party, sdp);
    }
    const published = await this.#publish(party, sdp);
    if (!this.#parties.has(party)) return null;
    if (!published) this.leave(party);
    return published;
  }

  leave(party: Party): void {
    this.#joining.delete(party);
    if (!this.#parties.delete(party)) return;
    for (const other of this.#parties) other.left(party.tag);
  }

  muted(party: Party): void {
    if (this.#parties.has(party)) void this.#engine.silence({ call: this.id, tag: party.tag }, party.muted);
  }

  /** rtpengine was restarted. */
  #lose(but: Party): void {
    const lost = [...this.#parties];
    this.#parties.clear();
    this.#joining.add(but);
    for (const party of lost) {
      for (const other of lost) if (other !== party) party.left(other.tag);
      if (party !== but) party.lost();
    }
  }

  async #publish(party: Party, sdp: string): Promise<Stream | null> {
    const outcome = await this.#engine.publish({ call: this.id, tag: party.tag }, sdp, 'forward');
    return outcome.is === 'stream' ? outcome.stream : null;
  }
}

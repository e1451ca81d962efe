import { newSessionId } from '../../lib/msrp/index.js';
import type { Stream } from '../../lib/sdp/index.js';
import type { Party, RoomCall } from './room-call.js';
import type { RtpEngine } from './rtpengine.js';

/** Parties of one mix: each has a player at rtpengine, which all the others are connected to. */
const MAX_PARTIES = 64;

/** A call in which each party has one stream both ways, with all the others in it. */
export class MixedCall implements RoomCall {
  readonly id = newSessionId();
  readonly #engine: RtpEngine;
  /** Whose description rtpengine has answered. */
  readonly #parties = new Set<Party>();
  /** Their description is being answered. */
  readonly #joining = new Set<Party>();

  constructor(engine: RtpEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#parties.size + this.#joining.size;
  }

  async join(party: Party, sdp: string): Promise<Stream | null> {
    if (this.size >= MAX_PARTIES) return null;
    this.#joining.add(party);
    return this.#enter(party, sdp);
  }

  async #enter(party: Party, sdp: string): Promise<Stream | null> {
    const published = await this.#engine.publish(this.#id(party), sdp, 'mix');
    // It may have left meanwhile.
    if (!this.#joining.delete(party) || published.is !== 'stream') return null;
    const others = [...this.#parties];
    // Whoever comes while we wait for `mesh` connects to this one.
    this.#parties.add(party);
    if (party.muted) this.muted(party);
    if (others.length === 0) return published.stream;
    const meshed = await this.#engine.mesh(
      this.#id(party),
      others.map(({ tag }) => tag),
    );
    if (!this.#parties.has(party)) return null;
    if (meshed.is === 'reply') return published.stream;
    // One that was restarted knows the newcomer, and none of the others.
    if (meshed.is === 'refused' && !(await this.#knows(others[0]))) {
      this.#lose(others);
      if (this.#parties.has(party)) return published.stream;
    }
    this.leave(party);
    return null;
  }

  async update(party: Party, sdp: string): Promise<Stream | null> {
    if (!this.#parties.has(party)) return this.join(party, sdp);
    // To publish would make the call anew, with nobody else in it, if rtpengine had lost it; this tells.
    const known = await this.#knows(party);
    if (!this.#parties.has(party)) return null;
    if (!known) {
      this.#parties.delete(party);
      this.#joining.add(party);
      this.#lose([...this.#parties]);
      return this.#enter(party, sdp);
    }
    const published = await this.#engine.publish(this.#id(party), sdp, 'mix');
    if (!this.#parties.has(party)) return null;
    if (published.is === 'stream') return published.stream;
    this.leave(party);
    return null;
  }

  leave(party: Party): void {
    this.#joining.delete(party);
    if (!this.#parties.delete(party)) return;
    // Once the last one has left, the call is deleted as a whole; so is it when all leave together.
    queueMicrotask(() => {
      for (const { tag } of this.#parties) void this.#engine.separate(this.#id(party), tag);
    });
  }

  muted(party: Party): void {
    if (this.#parties.has(party)) void this.#engine.silence(this.#id(party), party.muted);
  }

  /** False when it says that it does not. Asked by a command that changes nothing. */
  async #knows(party: Party): Promise<boolean> {
    const { is } = await this.#engine.silence(this.#id(party), party.muted);
    return is !== 'refused';
  }

  #lose(parties: readonly Party[]): void {
    for (const party of parties) {
      if (this.#parties.delete(party)) party.lost();
    }
  }

  #id({ tag }: Party): { call: string; tag: string } {
    return { call: this.id, tag };
  }
}

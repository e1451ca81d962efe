import { cpimUriKey } from '../../lib/cpim/index.js';
import type { Clock } from '../../lib/util/clock.js';
import type { Logger } from '../../lib/util/log.js';
import { hostPort } from '../sip/host-port.js';
import type { AudioOptions } from '../options/options.js';
import { ForwardedCall } from './forwarded-call.js';
import { AudioLeg, type LegOwner } from './leg.js';
import { MixedCall } from './mixed-call.js';
import type { RoomCall } from './room-call.js';
import { RtpEngine } from './rtpengine.js';

/**
 * The audio beside the chat of all rooms (SDP-13): a call at rtpengine for each room in which somebody has some. A failure
 * of it never fails the chat.
 */
export class Audio {
  readonly #log: Logger;
  readonly #engine: RtpEngine;
  /** By the comparison form of their room's URI. */
  readonly #calls = new Map<string, RoomCall>();
  readonly #legs = new Map<string, Set<AudioLeg>>();
  readonly #deletions = new Set<Promise<unknown>>();

  /** @throws ChatroomsError `CHAT_ERR_OPTION` */
  constructor({ rtpengine, sfu = false }: AudioOptions, { clock, log }: { clock: Clock; log: Logger }) {
    this.#log = log;
    this.#engine = new RtpEngine({ address: hostPort(rtpengine, 'audio.rtpengine'), sfu, clock, log });
  }

  /** Resolves when rtpengine answered or, within a second, did not; then it is asked again by and by. */
  start(): Promise<void> {
    return this.#engine.start();
  }

  /** The rooms were closed; resolves when rtpengine has heard of it, or did not answer. */
  async close(): Promise<void> {
    await Promise.all(this.#deletions);
    this.#engine.close();
  }

  /** For one INVITE dialog. @param uri of the room */
  leg(uri: string, owner: LegOwner): AudioLeg {
    const room = keyOf(uri);
    const legs = this.#legs.get(room) ?? new Set();
    this.#legs.set(room, legs);
    const leg = new AudioLeg({
      engine: this.#engine,
      owner: this.#guarded(owner),
      call: () => this.#call(room),
      left: (call) => this.#left(room, call),
      ended: () => {
        legs.delete(leg);
        if (legs.size === 0 && this.#legs.get(room) === legs) this.#legs.delete(room);
      },
    });
    legs.add(leg);
    return leg;
  }

  /** The others hear silence of an endpoint, or hear it again; also when its audio begins only later. */
  mute(room: string, endpoint: string, muted: boolean): void {
    for (const leg of this.#legs.get(keyOf(room)) ?? []) if (leg.endpoint === endpoint) leg.mute(muted, 'program');
  }

  /** It is told things when rtpengine has answered, and there nobody else would catch what it throws. */
  #guarded(owner: LegOwner): LegOwner {
    const guarded = (tell: () => void): void => {
      try {
        tell();
      } catch (error) {
        this.#log.error({ error }, 'owner of audio failed');
      }
    };
    return {
      get endpoint() {
        return owner.endpoint;
      },
      audio: (status) => guarded(() => owner.audio(status)),
      changed: () => guarded(() => owner.changed()),
    };
  }

  #call(room: string): RoomCall | null {
    const known = this.#calls.get(room);
    if (known) return known;
    const { ability } = this.#engine;
    if (ability === 'nothing') return null;
    const call = ability === 'mix' ? new MixedCall(this.#engine) : new ForwardedCall(this.#engine);
    this.#calls.set(room, call);
    return call;
  }

  /** The last party takes the call with it, as there is no mix left to disturb. */
  #left(room: string, call: RoomCall): void {
    if (call.size > 0 || this.#calls.get(room) !== call) return;
    this.#calls.delete(room);
    const deletion = this.#engine.delete(call.id).finally(() => this.#deletions.delete(deletion));
    this.#deletions.add(deletion);
  }
}

const keyOf = (uri: string): string => cpimUriKey(uri) ?? uri;

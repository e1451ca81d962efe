/** What MSRP connections of a worker carry, for those who look on from the focus' thread. */
import type { NodeId } from '../../cluster/bus.js';
import { listenTo, msrpReceived, msrpSent, type MsrpOctets } from '../../util/channels.js';
import type { Clock } from '../../util/clock.js';
import type { ToFocus } from './to-focus.js';

/** Octets on their way; beyond, some are not told of. */
const MAX_TAPPED = 8_388_608;
/** What a read or a write counts beside its octets. */
const HEAD = 256;

export interface OctetTapOptions {
  clock: Clock;
  node: NodeId;
  post: (message: ToFocus, octets: number) => void;
  /** Octets on their way. */
  inFlight: () => number;
}

export class OctetTap {
  readonly #options: OctetTapOptions;
  #stops: (() => void)[] = [];
  /** Not told of since the last that was. */
  #missed = 0;

  constructor(options: OctetTapOptions) {
    this.#options = options;
  }

  /** Octets that it may have on their way at the moment. */
  get limit(): number {
    return this.#stops.length > 0 ? MAX_TAPPED : 0;
  }

  /** Begins or ends to tell. */
  open(on: boolean): void {
    for (const stop of this.#stops) stop();
    // Those who looked on before are told nothing more; whoever begins has missed nothing.
    this.#missed = 0;
    this.#stops = on
      ? [
          listenTo(msrpReceived, (octets) => this.#tell('in', octets)),
          listenTo(msrpSent, (octets) => this.#tell('out', octets)),
        ]
      : [];
  }

  #tell(direction: 'in' | 'out', { wire, pieces }: MsrpOctets): void {
    const { clock, node, post, inFlight } = this.#options;
    const octets = pieces.reduce((sum, { length }) => sum + length, 0);
    if (inFlight() + octets > MAX_TAPPED) {
      this.#missed++;
      return;
    }
    // A buffer of its own: the reader's is used again, and would be cloned whole.
    const whole = new Uint8Array(octets);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    const told: MsrpOctets = {
      wire: { ...wire, id: `${node}.${wire.id}` },
      pieces: [whole],
      at: clock.date().getTime(),
      missed: this.#missed,
    };
    this.#missed = 0;
    post({ is: 'octets', direction, told }, HEAD + octets);
  }
}

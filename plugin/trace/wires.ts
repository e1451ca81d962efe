import { type Message, parseMsrpUri } from '../../lib/msrp/index.js';
import type { MsrpOctets, Wire } from '../../lib/util/channels.js';
import { type Frame, FrameCutter, type Holding } from './frame-cutter.js';
import type { Known } from './legs.js';
import { MAX_MESSAGE } from './packets.js';
import type { Direction } from './pcapng.js';

/** Octets of frames under way that are held at most, of all connections. */
const MAX_HELD = 16_777_216;
/** Connections of which it is known where frames begin. */
const MAX_WIRES = 20_000;

export interface WiresOptions {
  /** Whose our end of a session is, by its session-id. */
  known: (session: string) => Known;
  frame: (frame: Frame, from: { wire: Wire; direction: Direction; session: string | null; known: Known }) => void;
}

/** One connection, both ways. */
interface Both {
  in: FrameCutter;
  out: FrameCutter;
  /** When something came last: the number of that. */
  heard: number;
}

/** The streams of all MSRP connections, cut into those frames that are, or may be, to be recorded. */
export class Wires {
  readonly #options: WiresOptions;
  readonly #holding: Holding = { octets: 0, limit: MAX_HELD };
  /** By wire, the oldest first. */
  readonly #cutters = new Map<string, Both>();
  #heard = 0;

  constructor(options: WiresOptions) {
    this.#options = options;
  }

  receive(direction: Direction, { wire, pieces, missed = 0 }: MsrpOctets): void {
    // Which of them lost something is not known.
    if (missed > 0) {
      this.#cutters.clear();
      this.#holding.octets = 0;
    }
    let both = this.#cutters.get(wire.id);
    if (!both) {
      both = this.#both(wire);
      this.#cutters.set(wire.id, both);
      if (this.#cutters.size > MAX_WIRES) this.#forgetOldest();
    }
    both.heard = ++this.#heard;
    for (const piece of pieces) both[direction].receive(piece);
    if (this.#holding.octets >= this.#holding.limit) this.#loseSilent();
  }

  #forgetOldest(): void {
    for (const [id, both] of this.#cutters) {
      lose(both);
      this.#cutters.delete(id);
      return;
    }
  }

  /** Nobody tells when a connection ends: what it left behind must not keep out what others send. */
  #loseSilent(): void {
    let silent: Both | undefined;
    for (const both of this.#cutters.values()) {
      const isHolding = both.in.held + both.out.held > 0;
      if (isHolding && (silent === undefined || both.heard < silent.heard)) silent = both;
    }
    if (silent) lose(silent);
  }

  #both(wire: Wire): Both {
    const { known, frame } = this.#options;
    let last: Known;
    const cutter = (direction: Direction): FrameCutter => {
      const whose = (message: Message): { session: string | null; known: Known } => {
        const session = ownSession(message, direction);
        // What nobody can read belongs to those it stands between.
        if (session !== null) last = known(session);
        return { session, known: last };
      };
      return new FrameCutter({
        maxFrame: MAX_MESSAGE,
        holding: this.#holding,
        wants: (message) => whose(message).known?.wanted !== false,
        frame: (cut) => frame(cut, { wire, direction, ...whose(cut.message) }),
      });
    };
    return { in: cutter('in'), out: cutter('out'), heard: 0 };
  }
}

/** What it holds is given back. */
function lose(both: Both): void {
  both.in.lose();
  both.out.lose();
}

/** Session-id of our end; null where it cannot be read. It alone, as gateways write other hosts (`sessmatch`). */
function ownSession({ toPath, fromPath }: Message, direction: Direction): string | null {
  const [own] = direction === 'in' ? toPath : fromPath;
  return own === undefined ? null : sessionId(own);
}

export const sessionId = (uri: string): string | null => parseMsrpUri(uri)?.sessionId ?? null;

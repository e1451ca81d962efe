import type { Timer } from '../../lib/util/clock.js';
import type { Face } from '../face.js';
import type { DialogMedia } from './dialog-media.js';

/** Milliseconds for the answer to an offer in a dialog: without ACK, or response to a re-INVITE, it has ended by then. */
export const ANSWER_PATIENCE = 40_000;

/** The session that our last offer would make, from the moment it is sent until what becomes of it is known. */
export class OfferedSession {
  readonly #face: Pick<Face, 'chat' | 'clock'>;
  readonly #media: DialogMedia;
  #uri: string | undefined;
  #takeBack: () => void = () => {};
  #timer: Timer | undefined;

  constructor(face: Pick<Face, 'chat' | 'clock'>, media: DialogMedia) {
    this.#face = face;
    this.#media = media;
  }

  /**
   * 8122-6.2-02: from now on the peer may come. An offer about the session there is announces none.
   *
   * @param patience milliseconds; undefined for as long as the call rings
   */
  announce(offer: string, patience?: number): void {
    const { chat, clock } = this.#face;
    const uri = this.#media.newSession(offer);
    if (uri === undefined) return;
    // The same one in an INVITE that is sent once more: who came for it waits on.
    if (uri !== this.#uri) {
      this.withdraw();
      this.#uri = uri;
      this.#takeBack = chat.announce(uri);
    }
    this.#timer?.cancel();
    this.#timer = patience === undefined ? undefined : clock.after(patience, () => this.withdraw());
  }

  /** It is there, or will not be. Idempotent. */
  withdraw(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#uri = undefined;
    const takeBack = this.#takeBack;
    this.#takeBack = () => {};
    takeBack();
  }
}

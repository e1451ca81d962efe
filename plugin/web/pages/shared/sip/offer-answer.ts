import type { BodyAndContentType, SessionDescriptionHandler } from 'sip.js';

/** Who knows the media of a call. */
export interface Media {
  /** Our offer. */
  offer(): string | undefined;
  /** @returns our answer; undefined refuses with 488 */
  answer(offer: string): string | undefined;
  /** The answer to what `offer` said. */
  answered(sdp: string): void;
}

/**
 * The offers and answers of one call as SIP.js asks for them. There is no RTCPeerConnection: what they say is text that
 * others write and read.
 */
export class OfferAnswer implements SessionDescriptionHandler {
  readonly #media: Media;
  /** Ours, unanswered. */
  #offered = false;
  #asked: string | undefined;

  constructor(media: Media) {
    this.#media = media;
  }

  async getDescription(): Promise<BodyAndContentType> {
    const asked = this.#asked;
    this.#asked = undefined;
    this.#offered = asked === undefined;
    const body = asked === undefined ? this.#media.offer() : this.#media.answer(asked);
    if (body === undefined) {
      this.#offered = false;
      throw new Error('the offer is not acceptable');
    }
    return { body, contentType: 'application/sdp' };
  }

  async setDescription(sdp: string): Promise<void> {
    if (this.#offered) {
      this.#offered = false;
      this.#media.answered(sdp);
    } else {
      this.#asked = sdp;
    }
  }

  async rollbackDescription(): Promise<void> {
    this.#offered = false;
    this.#asked = undefined;
  }

  hasDescription(contentType: string): boolean {
    return contentType.split(';', 1)[0]?.trim().toLowerCase() === 'application/sdp';
  }

  sendDtmf(): boolean {
    return false;
  }

  close(): void {
    this.#offered = false;
    this.#asked = undefined;
  }
}

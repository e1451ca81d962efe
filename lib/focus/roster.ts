import { type ConferenceDocument, formatDocument } from '../conference-event/index.js';
import { CHAT_LABEL } from './endpoint.js';
import type { Participant } from './participant.js';
import type { RoomConfig } from './policy.js';

export interface RosterOptions {
  /** Room URI. */
  uri: string;
  /** Name of the room. */
  title: () => string;
  config: () => Readonly<RoomConfig>;
  maxParticipants: () => number;
  /** Those who are there, in the order in which they came. */
  participants: ReadonlyMap<string, Participant>;
  /** Octets of the largest document. */
  maxSize: () => number;
}

/**
 * Who is here, versioned, as others see it. There is one full document per version, shared by all subscribers: its
 * version is that of the room, so a subscriber that was told of several changes at once sees it grow by more than 1,
 * which a full document may do (4575-4.6-01).
 */
export class Roster {
  readonly #options: RosterOptions;
  #version = 0;
  #text: string | null = null;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  /** Something that others see changed. */
  changed(): void {
    this.#version++;
    this.#text = null;
  }

  /** The document of this version. */
  text(): string {
    this.#text ??= this.#write();
    return this.#text;
  }

  /**
   * Description, state and users (4575-5.2-01, 4575-5.3-01).
   *
   * @param limit participants listed; the user-count stays true (SUB-11)
   */
  document(limit = Number.POSITIVE_INFINITY): ConferenceDocument {
    const { uri, participants } = this.#options;
    const config = this.#options.config();
    const list = [];
    for (const participant of participants.values()) {
      if (list.length >= limit) break;
      list.push(participant.user());
    }
    return {
      entity: uri,
      state: 'full',
      version: this.#version,
      description: {
        displayText: this.#options.title(),
        subject: config.subject === '' ? undefined : config.subject,
        confUris: [{ uri, purpose: 'participation' }],
        serviceUris: [{ uri, purpose: 'event' }],
        maximumUserCount: this.#options.maxParticipants(),
        availableMedia: [{ label: CHAT_LABEL, type: 'message', status: 'sendrecv' }],
      },
      conferenceState: { userCount: participants.size, active: true, locked: config.locked },
      users: { state: 'full', list },
    };
  }

  /** SUB-11: beyond the size that the way of a NOTIFY carries, list fewer users. */
  #write(): string {
    const { participants } = this.#options;
    const maxSize = this.#options.maxSize();
    let text = formatDocument(this.document());
    let limit = participants.size;
    for (let size = Buffer.byteLength(text); size > maxSize && limit > 0; size = Buffer.byteLength(text)) {
      limit = Math.min(limit - 1, Math.floor((limit * maxSize) / size));
      text = formatDocument(this.document(limit));
    }
    return text;
  }
}

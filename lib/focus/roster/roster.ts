import type { ConferenceDocument, DisconnectionMethod, Endpoint, User } from '../../conference-event/index.js';
import { AUDIO_LABEL, CHAT_LABEL } from '../endpoint.js';
import type { Participant } from '../participant.js';
import type { RoomConfig } from '../policy.js';
import { Speakers } from './speakers.js';
import type { Sight } from '../types.js';

export interface RosterOptions {
  /** Room URI. */
  uri: string;
  /** Name of the room. */
  title: () => string;
  config: () => Readonly<RoomConfig>;
  maxParticipants: () => number;
  /** Those who are there, in the order in which they came. */
  participants: ReadonlyMap<string, Participant>;
  /** Those to whom an INVITE of the room is on its way. */
  invitees: { readonly size: number; users(sight: Sight): User[] };
}

/** How somebody left. */
export interface Departure {
  /** The roster entry of before. */
  shown: User;
  /** Entity of the endpoint that was the last one. */
  endpoint: string;
  /** Undefined for who is only away. */
  method: DisconnectionMethod | undefined;
  /** As a Reason header says it. */
  reason: string | undefined;
  /** Who removed him, as others know him. */
  by: string | undefined;
  at: Date;
}

/** Below this part of `roster.full` a room that told less tells everything again. */
const FULL_AGAIN = 0.9;

/** Departures remembered; with more than that nobody looks at each. */
const MAX_DEPARTED = 200;

/**
 * Who is here, versioned, as others see it: one immutable document per version and sight, shared by all subscribers. In it
 * who did not change is the same object as before, so that what changed between two of them is found by identity.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #speakers = new Speakers();
  /** Those who left a moment ago, by their entity. */
  readonly #departed = new Map<string, User>();
  /** Those whom the room invited in vain a moment ago, by their entity. */
  readonly #unreached = new Map<string, User>();
  readonly #documents = new Map<Sight, ConferenceDocument>();
  /** Ids of the endpoints that have audio. */
  readonly #audible = new Set<string>();
  #version = 0;
  #summary = false;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  /** There are more participants than everybody is told of: `roster.full` of the room. */
  get summary(): boolean {
    return this.#summary;
  }

  /** Those who left a moment ago, with how they did. */
  get departed(): ReadonlyMap<string, User> {
    return this.#departed;
  }

  /** Those who were invited in vain a moment ago: told of also to who did not hear that they were invited (INV-17). */
  get unreached(): ReadonlyMap<string, User> {
    return this.#unreached;
  }

  /** Something that others see changed. */
  changed(): void {
    this.#version++;
    this.#documents.clear();
    const { full } = this.#options.config().roster;
    const size = this.#options.participants.size + this.#options.invitees.size;
    this.#summary = this.#summary ? size > full * FULL_AGAIN : size > full;
  }

  /** Whether an endpoint has audio beside the chat. */
  audio(endpoint: string, audible: boolean): void {
    if (audible) this.#audible.add(endpoint);
    else this.#audible.delete(endpoint);
  }

  /** The participant wrote to everybody; true when others see that. */
  spoke(participant: Participant): boolean {
    const changed = this.#speakers.spoke(participant, this.#options.config().roster.speakers);
    return changed && this.#summary;
  }

  /**
   * Somebody was here until now: shown to those who are told of changes, until `forgetDeparted` (4575-5.7-02).
   */
  left(participant: Participant, { shown, endpoint, method, reason, by, at }: Departure): void {
    this.#speakers.delete(participant);
    const departed: Endpoint = {
      entity: endpoint,
      state: 'full',
      status: 'disconnected',
      disconnectionMethod: method,
      // DOC-23.
      disconnectionInfo: { when: at, reason, by },
    };
    remember(this.#departed, { ...shown, associatedAors: undefined, endpoints: [departed] });
  }

  /** An INVITE of the room came to nothing: shown as who left is. */
  unreachable(user: User): void {
    this.#departed.delete(user.entity);
    remember(this.#unreached, user);
  }

  /** Somebody is here (again), or invited. */
  came(uri: string): void {
    this.#departed.delete(uri);
    this.#unreached.delete(uri);
  }

  forgetDeparted(): void {
    this.#departed.clear();
    this.#unreached.clear();
  }

  /** Description, state and users (4575-5.2-01, 4575-5.3-01) of this version. */
  document(sight: Sight = 'others'): ConferenceDocument {
    const known = this.#documents.get(sight);
    if (known) return known;
    const document = this.#document(sight);
    this.#documents.set(sight, document);
    return document;
  }

  #document(sight: Sight): ConferenceDocument {
    const { uri, participants } = this.#options;
    const config = this.#options.config();
    return {
      entity: uri,
      state: 'full',
      version: this.#version,
      description: {
        displayText: this.#options.title(),
        subject: config.subject === '' ? undefined : config.subject,
        // DOC-05.
        confUris: [{ uri, purpose: 'participation' }],
        serviceUris: [{ uri, purpose: 'event' }],
        maximumUserCount: this.#options.maxParticipants(),
        availableMedia: [
          { label: CHAT_LABEL, type: 'message', status: 'sendrecv' },
          ...(this.#audible.size > 0 ? [{ label: AUDIO_LABEL, type: 'audio', status: 'sendrecv' as const }] : []),
        ],
      },
      // SUB-11, RFC 4575 §5.5.1: true, however many are listed.
      conferenceState: { userCount: participants.size, active: true, locked: config.locked },
      users: { state: 'full', list: this.#users(sight) },
    };
  }

  /** Moderators first: where a document has no room for all, they are in it. */
  #listed(): Participant[] {
    const moderators: Participant[] = [];
    const others: Participant[] = [];
    for (const participant of this.#options.participants.values()) {
      (participant.moderator ? moderators : others).push(participant);
    }
    if (!this.#summary) return [...moderators, ...others];
    return [...moderators, ...this.#speakers.latest().filter((speaker) => !speaker.moderator)];
  }

  #users(sight: Sight): User[] {
    const users = this.#listed().map((participant) => participant.user(sight));
    // One that does not list everybody who is there lists nobody who may come.
    if (this.#options.invitees.size > 0 && !this.#summary) users.push(...this.#options.invitees.users(sight));
    return users;
  }
}

function remember(users: Map<string, User>, user: User): void {
  users.set(user.entity, user);
  const [oldest] = users.keys();
  if (users.size > MAX_DEPARTED && oldest !== undefined) users.delete(oldest);
}

import { cpimUriKey } from '../../lib/cpim/index.js';
import type { SeatTrace } from '../../lib/util/channels.js';
import { Recent } from '../../lib/util/recent.js';

/** What is to be recorded; all of it has to be true of a leg. Without any, everything. */
export interface Wanted {
  /** Room URI. */
  room?: string | undefined;
  /** Authenticated URI. */
  participant?: string | undefined;
  /** Its id. */
  endpoint?: string | undefined;
}

/** A leg as far as it is known: at first there is no endpoint, then no session. */
export type Leg = Pick<SeatTrace, 'room' | 'participant' | 'callId'> & Partial<SeatTrace>;

/** Whether a Call-ID or a session is to be recorded; undefined when nothing is known of it yet. */
export type Known = { wanted: true; leg: Leg | null } | { wanted: false } | undefined;

/** Legs remembered, of those that ended too. */
const REMEMBERED = 50_000;
const OTHER: NonNullable<Known> = { wanted: false };

/** Which Call-IDs and MSRP sessions belong to what is to be recorded. */
export class Legs {
  readonly #wanted: { room: string | null; participant: string | null; endpoint: string | null };
  readonly #calls = new Recent<NonNullable<Known>>(REMEMBERED);
  readonly #sessions = new Recent<NonNullable<Known>>(REMEMBERED);

  constructor({ room, participant, endpoint }: Wanted) {
    this.#wanted = { room: keyOf(room), participant: keyOf(participant), endpoint: endpoint ?? null };
  }

  /** Nothing is left out. */
  get all(): boolean {
    const { room, participant, endpoint } = this.#wanted;
    return room === null && participant === null && endpoint === null;
  }

  /** Returns whether it is to be recorded. */
  add(leg: Leg): boolean {
    const wanted = this.#wants(leg);
    // Of an endpoint that has no id yet it is not known; and what was wanted once remains so, as with another room by REFER.
    if (wanted !== undefined && this.#calls.get(leg.callId)?.wanted !== true) {
      this.#calls.set(leg.callId, wanted ? { wanted, leg } : OTHER);
    } else if (wanted) this.#calls.set(leg.callId, { wanted, leg });
    if (wanted !== undefined && typeof leg.session === 'string') {
      this.#sessions.set(leg.session, wanted ? { wanted, leg } : OTHER);
    }
    return wanted === true;
  }

  /** A call of which no leg is known, and that is wanted by what its messages say. */
  addCall(callId: string): void {
    this.#calls.set(callId, { wanted: true, leg: null });
  }

  call(callId: string): Known {
    return this.#calls.get(callId) ?? this.#unknown;
  }

  /** @param session our MSRP URI */
  session(session: string): Known {
    return this.#sessions.get(session) ?? this.#unknown;
  }

  /** By what a SIP message says alone: it names the room, and nothing else matters. */
  names(uris: readonly (string | undefined)[]): boolean {
    const { room, participant, endpoint } = this.#wanted;
    if (room === null || participant !== null || endpoint !== null) return false;
    return uris.some((uri) => uri !== undefined && cpimUriKey(uri) === room);
  }

  get #unknown(): Known {
    return this.all ? { wanted: true, leg: null } : undefined;
  }

  #wants({ room, participant, endpoint }: Leg): boolean | undefined {
    const { room: ofRoom, participant: ofPerson, endpoint: ofEndpoint } = this.#wanted;
    if (ofRoom !== null && cpimUriKey(room) !== ofRoom) return false;
    if (ofPerson !== null && cpimUriKey(participant) !== ofPerson) return false;
    if (ofEndpoint === null || endpoint === ofEndpoint) return true;
    return endpoint === undefined ? undefined : false;
  }
}

const keyOf = (uri: string | undefined): string | null => (uri === undefined ? null : (cpimUriKey(uri) ?? uri));

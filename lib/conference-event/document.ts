/** The conference-info document (RFC 4575 §5) as values. All of them are immutable: a change is a new object. */

/** Body type of the conference event package (4575-3-01). */
export const CONFERENCE_INFO_TYPE = 'application/conference-info+xml';

/** Body types of RFC 6502: the whole state, and for those who accept it what changed of it (6502-4.1-01). */
export const XCON_TYPE = 'application/xcon-conference-info+xml';
export const XCON_DIFF_TYPE = 'application/xcon-conference-info-diff+xml';

/** `full` replaces what the subscriber has, `partial` is merged into it by key, `deleted` removes (RFC 4575 §4). */
export type ElementState = 'full' | 'partial' | 'deleted';

export interface ConferenceDocument {
  /** Room URI exactly as in Contact, without parameters. */
  readonly entity: string;
  readonly state: ElementState;
  /** Per subscription; grows by exactly 1 for each partial document (4575-4.3-01). */
  readonly version: number;
  readonly description?: ConferenceDescription;
  readonly host?: HostInfo;
  readonly conferenceState?: ConferenceState;
  readonly users?: Users;
}

/** `<conference-description>` (RFC 4575 §5.3). */
export interface ConferenceDescription {
  readonly displayText?: string;
  readonly subject?: string;
  readonly freeText?: string;
  /** Single words. */
  readonly keywords?: readonly string[];
  readonly confUris?: readonly UriEntry[];
  readonly serviceUris?: readonly UriEntry[];
  readonly maximumUserCount?: number;
  readonly availableMedia?: readonly AvailableMedium[];
}

export interface UriEntry {
  readonly uri: string;
  readonly displayText?: string;
  /** `participation`, `event`, `web-page`, … */
  readonly purpose?: string;
}

export interface AvailableMedium {
  /** The same label names it in each endpoint's media. */
  readonly label: string;
  readonly displayText?: string;
  /** `message` for a chat. */
  readonly type: string;
  readonly status?: MediaStatus;
}

/** `<host-info>` (RFC 4575 §5.4). */
export interface HostInfo {
  readonly displayText?: string;
  readonly webPage?: string;
  readonly uris?: readonly UriEntry[];
}

/** `<conference-state>` (RFC 4575 §5.5). */
export interface ConferenceState {
  readonly userCount?: number;
  readonly active?: boolean;
  readonly locked?: boolean;
}

export interface Users {
  readonly state: ElementState;
  readonly list: readonly User[];
}

/** `<user>` (RFC 4575 §5.6): one participant. */
export interface User {
  /** Usable as CPIM To; unique in the document; under `.invalid` when the identity is hidden (4575-5.6-01, -02). */
  readonly entity: string;
  readonly state: ElementState;
  readonly displayText?: string;
  /** Written as `xcon:nickname` (7701-7.4-01, A-22). */
  readonly nickname?: string;
  readonly associatedAors?: readonly UriEntry[];
  readonly roles?: readonly string[];
  readonly endpoints?: readonly Endpoint[];
  /** What others may know of the user; only the XCON documents tell (RFC 6501 §4.6.5.1). Default: as the entity shows. */
  readonly anonymity?: Anonymity;
  /** Mark of the subscriber's own entry for profile `rcs` (DOC-20); makes the document invalid against the schema. */
  readonly yourOwn?: boolean;
}

/** RFC 6501 §4.6.5.1: nobody knows who it is; only who has the permission; nobody knows that it is there. */
export type Anonymity = 'private' | 'semi-private' | 'hidden';

export type EndpointStatus =
  | 'pending'
  | 'dialing-out'
  | 'dialing-in'
  | 'alerting'
  | 'on-hold'
  | 'connected'
  | 'muted-via-focus'
  | 'disconnecting'
  | 'disconnected';

export type JoiningMethod = 'dialed-in' | 'dialed-out' | 'focus-owner';

export type DisconnectionMethod = 'departed' | 'booted' | 'failed' | 'busy';

export type MediaStatus = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** `<endpoint>` (RFC 4575 §5.7): one device of a participant. */
export interface Endpoint {
  /** Unique under its user and stable; no Contact or GRUU of a hidden user (4575-5.6-02). */
  readonly entity: string;
  readonly state: ElementState;
  readonly displayText?: string;
  /** By whom it was invited. */
  readonly referred?: Execution;
  readonly status?: EndpointStatus;
  readonly joiningMethod?: JoiningMethod;
  readonly joiningInfo?: Execution;
  readonly disconnectionMethod?: DisconnectionMethod;
  readonly disconnectionInfo?: Execution;
  readonly media?: readonly EndpointMedia[];
}

/** When, why and by whom something was done to an endpoint. */
export interface Execution {
  readonly when?: Date;
  /** For a SIP cause the text of a Reason header (RFC 3326). */
  readonly reason?: string;
  readonly by?: string;
}

/** `<media>` of an endpoint; status as the participant sees it. */
export interface EndpointMedia {
  readonly id: string;
  readonly type?: string;
  readonly label?: string;
  readonly srcId?: string;
  readonly status?: MediaStatus;
}

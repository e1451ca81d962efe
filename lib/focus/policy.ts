/** What a room permits (RFC 7701 §4.1) and how it presents itself. */
import type { Confirm, RoomRules } from '../focus-switch.js';

/** Who is told what about those in a room (RFC 4575). */
export interface RosterPolicy {
  /**
   * Participants above which everybody is told how many there are, who moderates and who spoke last, instead of who is
   * there. @defaultValue 500
   */
  full: number;
  /** How many of those who spoke last. @defaultValue 20 */
  speakers: number;
  /**
   * `partial`: after the first document only what changed (RFC 4575 §4.4); `full`: always everything, for clients that keep
   * no state; `auto`: everything to those known to keep none and where it is small, else what changed. @defaultValue `'auto'`
   */
  notify: 'auto' | 'full' | 'partial';
  /** Least milliseconds between two NOTIFYs about changes to one subscriber (4575-3.9-01). @defaultValue 1000 */
  interval: number;
  /**
   * Who may subscribe: who would be let in (4575-3.5-01), only who is in or belongs to the room, or anyone.
   * @defaultValue `'joiners'`; `'participants'` for rooms that the factory made with profile `rcs`
   */
  watch: 'joiners' | 'participants' | 'anyone';
}

/** How copies go to those in a room. */
export interface FanoutPolicy {
  /**
   * What recipients answer to copies of small messages to everybody (7701-6.3-04): `always`, each; `partial`, only what
   * failed; `never`, none. In the last two one copy in ten seconds is still confirmed, so that who is gone is found out.
   * @defaultValue `'always'`
   */
  confirm: Confirm;
}

/** Configuration of one room; all of it can change while the room runs. */
export interface RoomConfig {
  /** Shown as the room's name; null takes the user part of its URI. @defaultValue `null` */
  title: string | null;
  /** Shown as what is talked about; empty for none. @defaultValue `''` */
  subject: string;
  /** Further names under which it is called (PBX-02): user parts in its domain, like `'8000'`, or URIs. @defaultValue none */
  aliases: readonly string[];
  /** URIs of those who own it: they moderate, may do to moderators what these do to others, and make owners. @defaultValue none */
  owners: readonly string[];
  /** URIs of those who moderate it. Where there are neither, who brings the room into being by joining does. @defaultValue none */
  moderators: readonly string[];
  /** What somebody is who is on neither list; a `visitor` reads, and writes once a moderator lets him. @defaultValue `'participant'` */
  newcomers: 'participant' | 'visitor';
  /** Nobody but owners may join, not even with another device (403, JOIN-05). @defaultValue `false` */
  locked: boolean;
  /** Who may join, beside those who moderate or were invited: URIs, `*@domain`, `sip:+34*` (PBX-03); empty for everybody. @defaultValue none */
  allow: readonly string[];
  /** Who may not, whatever else says so; a pattern of many does not mean those who moderate. @defaultValue none */
  deny: readonly string[];
  /** Only who was invited, is named by `allow` or moderates may join. @defaultValue `false` */
  inviteOnly: boolean;
  /** What who joins by calling has to know (JOIN-15); null for nothing. @defaultValue `null` */
  password: string | null;
  /**
   * Who calls without a password is asked for it in a message of the room, and hears and sees nothing of it until he has
   * answered; `false`: he is refused with 403 at once. @defaultValue `true`
   */
  passwordPrompt: boolean;
  /**
   * Milliseconds in which who was kicked may not come back, unless a moderator has him invited (REF-14); 0 for none.
   * With `membership` he may not until he is invited again. @defaultValue 600000
   */
  kickBan: number;
  /**
   * What happens when who came first, or a moderator, leaves and nobody is there who moderates (BYE-10): nothing; who has
   * been there longest becomes moderator; or the room ends. @defaultValue `'keep'`
   */
  onCreatorLeave: 'keep' | 'promote' | 'close';
  /** Who may have the room invite others (REF-09). @defaultValue `'participants'` */
  invite: 'participants' | 'moderators' | 'nobody';
  /** Milliseconds an invited one may let it ring (INV-13). @defaultValue 90000 */
  ringTimeout: number;
  /** Invitations tell who else is invited (RFC 5366 §5.2, INV-11). @defaultValue `false`; `true` with profile `rcs` */
  tellInvited: boolean;
  /**
   * Who was let in or invited belongs to the room until he leaves for good, connected or not (a group of RCS handsets). He
   * may come again also when it is locked or full, and not after he left for good. Into a room that somebody made by the
   * factory nobody else comes uninvited (JOIN-04). It lives as long as somebody belongs to it (FAC-22).
   * @defaultValue `false`; `true` for rooms that the factory made with profile `rcs`
   */
  membership: boolean;
  /**
   * The room ends for everybody when fewer than so many are left of those who belong to it, invited ones included (BYE-08);
   * not before there were so many. Null for no such bound. @defaultValue `null`; 2 for rooms that the factory made with
   * profile `rcs`
   */
  minMembers: number | null;
  /**
   * Milliseconds without a message to the room after which everybody gets BYE (BYE-07); members stay members. Null for
   * never. @defaultValue `null`
   */
  idleTimeout: number | null;
  /**
   * Milliseconds after which a room with `membership` ends in which nobody is connected and nothing is written (FAC-23);
   * null for never, as with `deletion: 'never'`. @defaultValue 2592000000, 30 days
   */
  groupTtl: number | null;
  /**
   * Messages to everybody that begin with `/` are commands (`/kick`, `/topic`, …), carried out instead of passed on; they are
   * for whoever the room's `gate` is. @defaultValue `false`
   */
  commands: boolean;
  /** Participants, not endpoints; at most the focus' limit, which null takes. @defaultValue `null` */
  maxParticipants: number | null;

  /**
   * When the room ends by itself (7701-5.3-02): with its `creator`, who joined it first; when it is `empty`; or `never`.
   * @defaultValue `'empty'`; `'never'` for rooms of the configuration and of `create()`
   */
  deletion: 'creator' | 'empty' | 'never';
  /** Milliseconds that a room which ends when it is empty lives on without anybody (FAC-22). @defaultValue 0 */
  linger: number;

  /** Participants may hide who they are; else they are refused with 433 (3323-4.2-01). @defaultValue `true` */
  allowAnonymous: boolean;
  /**
   * Everybody who joins from now on is seen by a made-up URI, and may write under no other (P-ANON-01); the roster tells
   * moderators whose it is (4575-8.2-01). @defaultValue `false`
   */
  pseudonymous: boolean;
  /**
   * A participant may be in the room with several endpoints (7701-6.1-13); `replace`: the new one takes the place of the
   * old once its session is there; `false`: it is refused with 403, unless the connection of the old one is lost.
   * @defaultValue `true`
   */
  simultaneousAccess: boolean | 'replace';
  /** `required`: who offers `TCP/MSRP` is refused with 488, and only TLS is offered (7701-11-06). @defaultValue `'optional'` */
  tls: 'required' | 'optional';
  /**
   * What becomes of clients that know no chat rooms (no `a=chatroom`): `greet` lets them in and tells them in messages
   * where they are (7701-11-01); `admit` lets them in; `refuse` does not. @defaultValue `'greet'`
   */
  chatUnaware: 'greet' | 'admit' | 'refuse';
  /** How media nobody can chat by are refused: the INVITE, or only the line (7701-5.2-02). @defaultValue `'488'` */
  refuseMedia: '488' | 'port-0';

  /** NICKNAME is permitted (7701-7.1-05). @defaultValue `true` */
  allowNicknames: boolean;
  /** Within what no two may have the same: this room, its domain, the whole server. @defaultValue `'room'` */
  nicknameScope: 'room' | 'domain' | 'server';
  /** Milliseconds a nickname is held for who used it last (7701-11-04); 0 for not at all. @defaultValue 300000 */
  nicknameHold: number;
  /** Nicknames nobody gets (7701-7.1-08). @defaultValue `['admin', 'moderator']` */
  reservedNicknames: readonly string[];
  /** Nicknames that look like that of another are refused with 425 (7701-7.1-14). @defaultValue `false` */
  refuseConfusableNicknames: boolean;
  /** Of one participant; more are refused with 403 (7701-11-02). @defaultValue 300 */
  nicknameChangesPerMinute: number;

  /**
   * Participants may be addressed one by one (7701-6.2-07); `moderators`: only by moderators, and moderators by all.
   * @defaultValue `true`
   */
  allowPrivateMessages: boolean | 'moderators';
  /** `a=accept-wrapped-types` of the room (7701-5.2-04). @defaultValue `['*']`, any */
  acceptWrappedTypes: readonly string[];
  /** A message also reaches the sender's other endpoints. @defaultValue `true` */
  echoOwnSessions: boolean;
  /** Milliseconds that the next chunk of a message may take (7701-6.1-12). @defaultValue 540000 */
  chunkTimeout: number;
  /**
   * Octets of the largest message for a reader that is congested (RFC 7701 §6.4), 0 for none; null: as `slowReader` of the
   * whole server says. @defaultValue `null`
   */
  congestedMaxSize: number | null;
  /**
   * Messages to everybody that the room keeps, the latest; 0 for none, at most 10000. They outlive the process where the
   * room does (`data`). @defaultValue 0
   */
  history: number;
  /** Octets that those may take; the oldest go first. @defaultValue 16777216 */
  historyBytes: number;

  roster: Readonly<RosterPolicy>;
  fanout: Readonly<FanoutPolicy>;
}

/** A part of it; what is left out stays as it is. */
export type RoomConfigChange = Partial<Omit<RoomConfig, 'roster' | 'fanout'>> & {
  roster?: Partial<RosterPolicy>;
  fanout?: Partial<FanoutPolicy>;
};

export const ROOM_DEFAULTS: Readonly<RoomConfig> = {
  title: null,
  subject: '',
  aliases: [],
  owners: [],
  moderators: [],
  newcomers: 'participant',
  locked: false,
  allow: [],
  deny: [],
  inviteOnly: false,
  password: null,
  passwordPrompt: true,
  kickBan: 600_000,
  onCreatorLeave: 'keep',
  invite: 'participants',
  ringTimeout: 90_000,
  tellInvited: false,
  membership: false,
  minMembers: null,
  idleTimeout: null,
  groupTtl: 30 * 24 * 3_600_000,
  commands: false,
  maxParticipants: null,
  deletion: 'empty',
  linger: 0,
  allowAnonymous: true,
  pseudonymous: false,
  simultaneousAccess: true,
  tls: 'optional',
  chatUnaware: 'greet',
  refuseMedia: '488',
  allowNicknames: true,
  nicknameScope: 'room',
  nicknameHold: 300_000,
  reservedNicknames: ['admin', 'moderator'],
  refuseConfusableNicknames: false,
  nicknameChangesPerMinute: 300,
  allowPrivateMessages: true,
  acceptWrappedTypes: ['*'],
  echoOwnSessions: true,
  chunkTimeout: 540_000,
  congestedMaxSize: null,
  history: 0,
  historyBytes: 16_777_216,
  roster: { full: 500, speakers: 20, notify: 'auto', interval: 1000, watch: 'joiners' },
  fanout: { confirm: 'always' },
};

/** `config` with changes, later ones winning; members that are there but undefined change nothing. */
export function configured(config: Readonly<RoomConfig>, ...changes: (RoomConfigChange | undefined)[]): RoomConfig {
  const given = changes.filter((change) => change !== undefined);
  const roster = Object.assign({}, config.roster, ...given.map((change) => present(change.roster)));
  const fanout = Object.assign({}, config.fanout, ...given.map((change) => present(change.fanout)));
  return Object.assign({}, config, ...given.map(present), { roster, fanout });
}

/** Without the members that are there but undefined, which would hide a default when spread over it. */
export const present = <T extends object>(partial: T | undefined): T =>
  Object.fromEntries(Object.entries(partial ?? {}).filter(([, value]) => value !== undefined)) as T;

/** Who may bring a room into being by joining it. */
export type CreationPolicy = 'anyone' | 'nobody';

/** Bounds of the whole focus. */
export interface FocusLimits {
  /** @defaultValue 10000 */
  maxRooms: number;
  /** Of one room. @defaultValue 2000 */
  maxParticipants: number;
  /** Of one participant in one room. @defaultValue 16 */
  maxEndpointsPerParticipant: number;
  /** Of one room. @defaultValue 1000 */
  maxBans: number;
  /** Conference-event subscriptions of one room. @defaultValue 4 × maxParticipants (SUB-20) */
  maxSubscriptions: number;
}

export const LIMITS: Readonly<Omit<FocusLimits, 'maxSubscriptions'>> = {
  maxRooms: 10_000,
  maxParticipants: 2000,
  maxEndpointsPerParticipant: 16,
  maxBans: 1000,
};

/** What of it our SDP declares. */
export interface Declarations {
  /** Tokens of `a=chatroom`. */
  readonly chatroom: readonly string[];
  /** `a=accept-wrapped-types` (7701-5.2-04). */
  readonly acceptWrappedTypes: readonly string[];
}

/** 7701-8-03: emit the tokens of what the room permits. */
export const declarationsOf = (config: Readonly<RoomConfig>): Declarations => ({
  chatroom: [
    ...(config.allowNicknames ? ['nickname'] : []),
    ...(config.allowPrivateMessages === false ? [] : ['private-messages']),
  ],
  acceptWrappedTypes: config.acceptWrappedTypes,
});

export const sameDeclarations = (a: Declarations, b: Declarations): boolean =>
  a.chatroom.join(' ') === b.chatroom.join(' ') && a.acceptWrappedTypes.join(' ') === b.acceptWrappedTypes.join(' ');

/** Do two configurations differ in what SDP says? */
export const redeclares = (before: Readonly<RoomConfig>, after: Readonly<RoomConfig>): boolean =>
  !sameDeclarations(declarationsOf(before), declarationsOf(after));

/** What of it the media plane has to know. */
export const rulesOf = (config: Readonly<RoomConfig>): RoomRules => ({
  privateMessages: config.allowPrivateMessages,
  nicknames: config.allowNicknames,
  acceptWrappedTypes: config.acceptWrappedTypes,
  echoOwnSessions: config.echoOwnSessions,
  chunkTimeout: config.chunkTimeout,
  congestedMaxSize: config.congestedMaxSize,
  confirm: config.fanout.confirm,
  gated: config.commands,
  recorded: config.history > 0,
});

/** What a program may set, and what that becomes. */
import type Srf from 'drachtio-srf';
import type { AuditEntry, RoomConfigChange, SharedWsOptions } from '../../lib/chat-server.js';
import type { Logger } from '../../lib/util/log.js';
import type { HostPort } from '../sip/host-port.js';
import type { IncomingMessage } from '../hooks/incoming-message.js';
import type { LimitOptions } from '../limits/options.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/**
 * Configuration of one room; what is left out takes the value of `rooms.defaults`, then the default of `RoomConfig`.
 * Everything may be changed while the room runs (`room.configure`).
 */
export interface RoomOptions extends RoomConfigChange {
  /** Short for `deletion: 'never'`, when false for `'empty'`. */
  persistent?: boolean;
}

/** Who somebody is, as an `authenticate` handler establishes it. */
export interface AuthenticatedUser {
  /** Address of record, e.g. `sip:ana@example.com`; what the user may write as CPIM From. */
  uri: string;
  /** Further URIs of the same person. @defaultValue none */
  aliases?: readonly string[];
  /** @defaultValue that of the From header */
  displayName?: string;
  /** Hide it from the others. @defaultValue whether the caller asked for privacy */
  anonymous?: boolean;
}

/** Somebody who wants to join or to watch, as the handlers see him. */
export interface JoinContext {
  /** The INVITE, the SUBSCRIBE of somebody who wants to watch, or a REFER outside of a dialog (`req.method`). */
  req: Srf.SrfRequest;
  /** URI of the room. */
  room: string;
  /** Who the caller claims to be; after `authenticate` who he is. */
  from: AuthenticatedUser;
}

/** Exceptions from the RFCs for clients that need them, each by itself. */
export interface InteropOptions {
  /** No exceptions for any client. @defaultValue `false` */
  strict: boolean;
  /** Who gets private messages although its SDP does not take them; `auto`: SIP SIMPLE and Blink. @defaultValue `'auto'` */
  assumePrivateMessages: 'auto' | 'always' | 'never';
  /** From whom a nickname without quotes is taken; `auto`: SIP SIMPLE and Blink. @defaultValue `'auto'` */
  lenientNicknameQuoting: 'auto' | 'always' | 'never';
  /** Take a Message-ID of up to 64 characters, twice what RFC 4975 has, from everybody. @defaultValue `false` */
  lenientMessageId: boolean;
}

/** MSRP over TLS. */
export interface MsrpTlsOptions {
  /** `HOST:PORT`; port 0 takes a free one. @defaultValue `'127.0.0.1:2856'` */
  listen?: string;
  /** PEM file of the certificate and what leads to its CA, with `key`. @defaultValue a self-signed one, made at start */
  cert?: string;
  /** PEM file of its key. */
  key?: string;
  /** PEM file of CAs, beside those of Node, for the certificates of peers that we connect to. */
  ca?: string;
  /** OpenSSL list of cipher suites, for peers that know no modern one. @defaultValue AEAD suites of TLS 1.2 and 1.3 */
  ciphers?: string;
}

/** MSRP over WebSocket (RFC 7977), for browsers. */
export interface MsrpWebSocketOptions {
  /** `HOST:PORT`; port 0 takes a free one. */
  listen: string;
  /** `HOST:PORT` written into `a=path`. @defaultValue `msrp.advertise`, and the port listened on */
  advertise?: string;
  /** Origins of the web pages let in, like `https://chat.example.com`. @defaultValue any */
  origins?: readonly string[];
}

/** MSRP over WebSocket on an HTTP server of the program. */
export interface MsrpSharedWebSocketOptions {
  /** `HOST:PORT` at which that server is reached. */
  advertise: string;
  /** Asked when MSRP begins to listen, for a server that takes a free port. @defaultValue that of `advertise` */
  port?: () => number;
  /**
   * Also without TLS in front of that server (7977-5.1-02: only where nobody can listen in). @defaultValue whether
   * `advertise` is a loopback address
   */
  plain?: boolean;
  /** Origins of web pages let in beside those of that server itself, like `https://chat.example.com`. @defaultValue none */
  origins?: readonly string[];
}

/** What `chatrooms()` is given; all may be left out. docs/options.md has them with what they are for. */
export interface ChatroomsOptions {
  /**
   * Hosts whose user parts are rooms. A function gets each request and gives the domain its room belongs to, or null
   * for a request that is not ours. @defaultValue `'localhost'`
   */
  domain?: string | readonly string[] | ((req: Srf.SrfRequest) => string | null | Promise<string | null>);
  /** Where MSRP listens, and what peers are told of that. */
  msrp?: {
    /** `HOST:PORT` for MSRP over TCP; port 0 takes a free one. @defaultValue `'127.0.0.1:2855'` (4975-6-06) */
    listen?: string;
    /** PBX-10: Host written into `a=path`. @defaultValue the one listened on */
    advertise?: string;
    /** MSRP over TLS beside it. @defaultValue `false` */
    tls?: MsrpTlsOptions | false;
    /** MSRP over WebSocket with TLS, which shows the certificate of `tls`. @defaultValue `false` */
    wss?: MsrpWebSocketOptions | false;
    /**
     * MSRP over plain WebSocket: behind a proxy that ends TLS at `advertise`, or without that on a loopback address for
     * this machine alone. @defaultValue `false`
     */
    ws?: MsrpWebSocketOptions | false;
    /**
     * MSRP over WebSocket on an HTTP server of the program, which hands over what asks for it (`upgradeMsrp`).
     * @defaultValue `false`
     */
    sharedWs?: MsrpSharedWebSocketOptions | false;
    /** `session-id`: of a To-Path only the session-id counts, for middleboxes that rewrite hosts. @defaultValue `'uri'` */
    sessionMatch?: 'uri' | 'session-id';
    /**
     * `sdp`: a session is bound only by a connection from the address in the peer's `a=path`, of its first relay if it has
     * any; for networks without NAT. Else whoever knows the session-id may bind it, once. @defaultValue `'any'`
     */
    bindSource?: 'any' | 'sdp';
    /**
     * CIDR blocks that connections are opened to, or never, when a peer waits for us at an address of its own choice; `deny`
     * goes before `allow`. @defaultValue public addresses, and the private network that our own addresses are in
     */
    connect?: { allow?: readonly string[]; deny?: readonly string[] };
    /** Sessions may be anchored at a middlebox that rewrites c- and m-lines (RFC 6714). @defaultValue `false` */
    cema?: boolean;
  };
  /**
   * Threads that MSRP listeners and switches run in, behind the focus in this one; participants of one room are spread
   * over them. Each listens at ports of its own (docs/workers.md). `auto`: as many as the machine has cores. @defaultValue 1
   */
  workers?: number | 'auto';
  /** Ports between a listener of one worker and that of the next; port 0 stays 0. @defaultValue 10 */
  workerPortStep?: number;
  /** Which rooms there are, who makes others, and what holds in them. */
  rooms?: {
    /** Who may bring a room into being by joining it. @defaultValue `'anyone'` */
    create?: 'anyone' | 'nobody';
    /** For every room. */
    defaults?: RoomOptions;
    /** Rooms that exist from the start, by name (in the first domain) or by URI. */
    static?: Record<string, RoomOptions>;
  };
  /** How much of everything, and how fast (docs/limits.md). */
  limits?: LimitOptions & {
    /** @defaultValue 10000 */
    maxRooms?: number;
    /** Of one room. @defaultValue 2000 */
    maxParticipants?: number;
    /** Of one room, kicks included that still keep somebody out. @defaultValue 1000 */
    maxBans?: number;
    /** Octets. @defaultValue 10485760 */
    maxMessageSize?: number;
    /** Octets that may wait for one slow reader. @defaultValue 16777216 */
    maxPendingBytes?: number;
    /**
     * Milliseconds that the event loop may be late, the mean of a second; beyond, new joins get 503 with Retry-After, and
     * messages above `largeMessage` 413, until it is late by half as much. @defaultValue 500
     */
    maxLoopDelay?: number;
    /**
     * Octets of memory that the process may need: the same from 80 % of them on; from 90 % on every message gets 413.
     * @defaultValue no bound
     */
    maxMemory?: number;
    /** Octets of the largest message then. @defaultValue 65536 */
    largeMessage?: number;
    /**
     * What becomes of messages for a reader with 80 % of that waiting: `drop` none is delivered, and it is told how many
     * when it has caught up; `skip-large` those above 8192 octets are not; `disconnect` it gets BYE. @defaultValue `'drop'`
     */
    slowReader?: 'drop' | 'skip-large' | 'disconnect';
    /** A reader in that state for so many ms gets BYE, and so does one that takes nothing at all. @defaultValue 180000 */
    congestionTimeout?: number;
    /** Octets of the temporary files that keep large messages for slow readers; 0 for none. @defaultValue 4294967296 */
    maxSpoolBytes?: number;
    /** Where those files are. @defaultValue the system's directory for temporary files */
    spoolDirectory?: string;
    /**
     * Octets of the largest conference-info document; beyond, fewer participants are listed. drachtio-server takes no
     * frame over 12,000 octets, so with one it is never more than 10500. @defaultValue no other limit
     */
    maxDocumentSize?: number;
  };
  /** @defaultValue `srf.locals.logger` of the application that `attach` is given, if it has one; else silent, but for
   * defects (`error`): those are process warnings of Node, each once */
  logger?: Logger;
  /** Host of the Contact: the room's domain, or the address of the SIP listener for callers without a proxy. @defaultValue `'domain'` */
  contactHost?: 'domain' | 'address';
  /**
   * Establishes who a caller is; null or an error refuses him with 403, or with the error's `sipStatus`; 504 after 25 s.
   * @defaultValue believes From
   */
  authenticate?: (context: JoinContext) => AuthenticatedUser | null | Promise<AuthenticatedUser | null>;
  /**
   * Throws to refuse a join with 403, or with the error's `sipStatus`; asked also who wants to watch. 504 after 25 s. `false`
   * refuses too, and is logged as a mistake. @defaultValue everybody may
   */
  authorizeJoin?: (context: JoinContext) => void | Promise<void>;
  /** For requests to other domains whose SDP says `a=chatroom`: the room (name or URI) they are for, or null. */
  resolveRoom?: (req: Srf.SrfRequest) => string | null | Promise<string | null>;
  /** For clients that need something else than the RFCs say. @defaultValue as each of its options says */
  interop?: Partial<InteropOptions>;

  /**
   * How callers are recognised (D5), everywhere or by domain of the room; then every domain has to be named. `open`: From is
   * believed; `trusted-proxy`: P-Asserted-Identity of `trustedPeers` (RFC 3325), else 403; `digest`: a password (RFC 7616,
   * RFC 8760), or that. An `authenticate` handler takes the place of all three. @defaultValue `'open'`
   */
  auth?: AuthMode | Readonly<Record<string, AuthMode>>;
  /** CIDR blocks of the proxies whose P-Asserted-Identity and third-party REGISTER are believed. @defaultValue none */
  trustedPeers?: readonly string[];
  /**
   * Whose registrations tell who is online (`user:online`). `third-party`: a registrar among `trustedPeers` sends a REGISTER
   * for each of its users, which is answered here (3GPP TS 24.229 §5.4.1.7); `passing`: REGISTERs go on to a registrar behind
   * this middleware and are watched. @defaultValue `false`; `'third-party'` with profile `rcs`
   */
  registrations?: 'third-party' | 'passing' | false;
  /** For `auth: 'digest'`, which needs one of `file`, `lookup` and `sql` (docs/identity.md). @defaultValue none */
  digest?: DigestOptions;
  /**
   * `rcs`: what handsets of RCS and OMA group chat need beside (docs/handsets.md). A leg is a handset by the feature tags of
   * its Contact or Accept-Contact; others in the same room are served as without. @defaultValue none
   */
  profile?: 'rcs';
  /**
   * The conference factory (FAC-01, RFC 5366): a user part, which is one in every domain, or a URI; or several. An INVITE to
   * it makes a room, and invites those on its list once it is answered. Lists are taken from authenticated users only: with
   * `auth: 'open'` from this machine and from `trustedPeers` (FAC-10). `authorizeJoin` gets its URI as `room`.
   * @defaultValue none
   */
  factory?: string | readonly string[];
  /**
   * Where the room's own INVITEs go (INV-02): `sip:10.0.0.1:5062;transport=tcp`. Over TCP they come from a port of no
   * meaning, so the proxy knows us by our address or by a port of its own (PBX-15); in an IMS it adds the Route to the
   * S-CSCF (INV-20). @defaultValue none: nobody is invited
   */
  outboundProxy?: string;
  /** Without `outboundProxy`: invite straight to the host of each URI. @defaultValue `false` */
  directDial?: boolean;
  /** How many people the room calls at once, and with what. @defaultValue as each of its options says */
  invitations?: InvitationOptions;
  /**
   * Directory, made if need be, for an SQLite file with the rooms that outlive the process: those of `create()` and others
   * with `deletion: 'never'`, unless they are `static`, and those with `membership`. They are there again before the first
   * request is looked at (FAC-14); `create()` of one rejects with `CHAT_ERR_ROOM_EXISTS` then. `'memory'` keeps nothing.
   * @defaultValue `'memory'`
   */
  data?: string;
  /**
   * Audio beside the chat, by an rtpengine: `m=audio` over RTP of who joins with chat too. What it cannot do, and all while
   * it does not answer, is refused with port 0, as every `m=video` is (docs/audio.md). @defaultValue none: `m=audio` is
   * answered with port 0
   */
  audio?: AudioOptions;
  /**
   * Asked about each message that the room's rules let through, but for is-composing documents, before it is passed on; throws
   * to refuse it with 403, or with the error's `msrpStatus`; 408 after 25 s. Of more than 64 KiB only the headers are shown
   * (FT-08). What waits for it, and what it costs: docs/hooks.md. @defaultValue nobody is asked
   */
  authorizeMessage?: (message: IncomingMessage) => void | Promise<void>;
  /**
   * Sees, and may change the text of (`replaceText`), each message that `authorizeMessage` let through; throws to refuse it
   * likewise. @defaultValue messages pass unchanged
   */
  preMessage?: (message: IncomingMessage) => void | Promise<void>;
  /** Told of each act of moderation, also of those that were refused. What it throws, or rejects with, is logged. */
  onAudit?: (entry: AuditEntry) => void | Promise<void>;
}

/** How callers are recognised; `ChatroomsOptions.auth` says what each means. */
export type AuthMode = 'open' | 'trusted-proxy' | 'digest';

/** What a user's password was hashed to, or the password. */
export type Secret = { password: string } | { algorithm: 'MD5' | 'SHA-256'; ha1: string };

/** Where `auth: 'digest'` finds passwords, and how it asks for them. */
export interface DigestOptions {
  /** A user `ana` that logs in is `sip:ana@REALM`. @defaultValue the domain of the room */
  realm?: string;
  /** File of lines `user:realm:HA1`, as htdigest writes them, or `user:password`; a change of it counts at once. */
  file?: string;
  /** Looks a user up, within 5 s; null when there is none. */
  lookup?: (user: string, realm: string) => Secret | null | Promise<Secret | null>;
  /**
   * `url`: `postgres://…` or `sqlite:FILE`. `query`: `$1` in it is the user, `$2` the realm; its columns `password`, `ha1` (MD5)
   * and `ha1_sha256` count. @defaultValue of `query`: the table `subscriber` of Kamailio
   */
  sql?: { url: string; query?: string };
  /** In the order in which they are offered (RFC 8760 §2.4). @defaultValue of SHA-256 and MD5, what the users' hashes allow */
  algorithms?: readonly ('MD5' | 'SHA-256')[];
  /** Seconds a nonce may be used. @defaultValue 300 */
  nonceLifetime?: number;
  /** `proxy` challenges with 407 instead of 401 (IDN-04). @defaultValue `'user-agent'`; `'proxy'` with profile `rcs` */
  challenge?: 'user-agent' | 'proxy';
}

/** Bounds of invitations, and how they look. */
export interface InvitationOptions {
  /** INVITEs under way at once, of one room; the others wait (INV-14). @defaultValue 20 */
  concurrency?: number;
  /** Entries of the longest list that a user may send; a longer one invites nobody (FAC-10). @defaultValue 50 */
  maxListEntries?: number;
  /**
   * Whom one user may have invited in a minute; a list is taken whole, and counts (REF-15). So many rooms, too, he may make
   * by the factory (FAC-10). Programs may invite as many as they like. @defaultValue 20
   */
  perMinute?: number;
  /** Answers 401 and 407 to INVITEs of the room, by MD5 or SHA-256 (RFC 8760). @defaultValue none: such a refusal stands */
  credentials?: { user: string; password: string };
  /** Seconds of a session timer that INVITEs of the room ask for, refreshed by us (TMR-04). @defaultValue no timer */
  sessionTimer?: number;
  /**
   * P-Charging-Vector of profile `rcs`, towards `trustedPeers` (HDR-02): that of the request that caused the INVITE; made
   * where there was none; or nothing. @defaultValue `'generate'`
   */
  chargingVector?: 'copy' | 'generate' | 'off';
}

/** Which rtpengine carries and mixes the audio of rooms. */
export interface AudioOptions {
  /** `HOST:PORT` of the ng control port of rtpengine, UDP. From version 26.1 on it mixes. */
  rtpengine: string;
  /**
   * With one that cannot mix, give everybody the streams of the others, an m-line for each: for clients that can play
   * several, and up to 8 of them in a room. @defaultValue `false`: then such an rtpengine is not used
   */
  sfu?: boolean;
}

export interface WebSocketSettings {
  listen: HostPort;
  advertise?: HostPort;
  origins?: readonly string[];
}

/** The options with every default in place. */
export interface ChatroomSettings {
  domain: readonly string[] | ((req: SipRequest) => string | null | Promise<string | null>);
  msrp: {
    listen: HostPort;
    advertise: string | undefined;
    tls: { listen: HostPort; files?: { cert: string; key: string }; ca?: string; ciphers?: string } | undefined;
    ws: WebSocketSettings | undefined;
    wss: WebSocketSettings | undefined;
    sharedWs: (SharedWsOptions & { host: string }) | undefined;
    sessionMatch: 'uri' | 'session-id';
    bindSource: 'any' | 'sdp';
    connect: { allow: readonly string[]; deny: readonly string[] };
    cema: boolean;
  };
  workers: number;
  workerPortStep: number;
  rooms: { create: 'anyone' | 'nobody'; defaults: RoomConfigChange; static: Record<string, RoomConfigChange> };
  limits: NonNullable<ChatroomsOptions['limits']>;
  logger: Logger;
  contactHost: 'domain' | 'address';
  authenticate: ChatroomsOptions['authenticate'];
  authorizeJoin: ChatroomsOptions['authorizeJoin'];
  resolveRoom: ((req: SipRequest) => string | null | Promise<string | null>) | undefined;
  interop: InteropOptions;
  auth: AuthMode | Readonly<Record<string, AuthMode>>;
  trustedPeers: readonly string[];
  registrations: 'third-party' | 'passing' | false;
  digest: DigestOptions;
  profile: 'rcs' | undefined;
  factory: readonly string[];
  outboundProxy: string | undefined;
  directDial: boolean;
  invitations: Required<Omit<InvitationOptions, 'credentials' | 'sessionTimer'>> &
    Pick<InvitationOptions, 'credentials' | 'sessionTimer'>;
  data: string;
  audio: AudioOptions | undefined;
  authorizeMessage: ChatroomsOptions['authorizeMessage'];
  preMessage: ChatroomsOptions['preMessage'];
  onAudit: ChatroomsOptions['onAudit'];
}

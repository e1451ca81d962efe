import { EventEmitter } from 'node:events';
import type {
  Act,
  AuditEntry,
  Ban as BanRecord,
  ChatServer,
  Participant as Member,
  Role,
  Room as FocusRoom,
  RoomConfig,
} from '../lib/chat-server.js';
import { parseCpim, serializeCpim } from '../lib/cpim/index.js';
import type { EndpointMedia, SeenMessage } from '../lib/focus-switch.js';
import type { Clock } from '../lib/util/clock.js';
import { ChatroomsError } from '../lib/util/errors.js';
import type { ChatroomSettings, RoomOptions } from './options.js';
import type { Invitations, Invitee } from './invitations/invitations.js';
import type { Audio } from './media/audio.js';
import { parseRoomOptions } from './parse-options.js';
import { roomFrom } from './room-uri.js';

/** A message in a room, as a program sees it. */
export interface ChatMessage {
  /** CPIM From: URI of the sender, as others see it. */
  from: string;
  /** Lower case, without parameters. */
  contentType: string;
  /** The content; null when the message is too large to be watched. */
  body: Buffer | null;
  /** The content of a text type. */
  text?: string;
  /** To one participant, not to the room. */
  private: boolean;
  /** Octets of the message, CPIM headers included. */
  size: number;
}

export interface SendOptions {
  /** @defaultValue `'text/plain;charset=utf-8'` */
  contentType?: string;
}

/** Somebody to write to. `send` resolves to the number of endpoints the message goes to. */
export interface Recipients {
  send(text: string, options?: SendOptions): Promise<number>;
}

export type { AuditEntry, Role };

/** Why somebody is removed or silenced, and for how long. */
export interface Measure {
  /** For people: stands in the BYE and in the audit log. */
  reason?: string;
  /** @defaultValue for ever */
  until?: Date;
}

/** Somebody may not come in. */
export interface Ban {
  /** URI, or a pattern of several. */
  readonly pattern: string;
  /** Further URIs of the same person. */
  readonly aliases: readonly string[];
  /** Null for ever. */
  readonly until: Date | null;
  readonly reason: string | null;
  /** URI of who banned him; null for the program. */
  readonly by: string | null;
  /** He was only kicked (`kickBan`). */
  readonly kick: boolean;
}

export interface InviteOptions {
  /** URI of who is said to have asked for it (Referred-By); rejects with `CHAT_ERR_OPTION` for what is none. @defaultValue nobody */
  referredBy?: string;
  /** Subject of these invitations. @defaultValue that of the room */
  subject?: string;
}

/** What became of one invitation. */
export interface InviteResult {
  uri: string;
  /** SIP status: 200 for who is in, 408 for who let it ring too long, 487 for whom the room did not want any more. */
  status: number;
  reason: string;
}

export interface Participant extends Recipients {
  /** By which others see and address the participant; made up when he is anonymous. */
  readonly uri: string;
  readonly nickname: string | undefined;
  /** Nickname, else the display name of the From header. */
  readonly displayName: string | undefined;
  readonly role: Role;
  /** His messages to everybody are refused. */
  readonly muted: boolean;
  /**
   * Makes him owner, moderator, participant or visitor, by the URI that he was recognised by: owners and moderators by the
   * lists of the room's configuration. Rejects with `CHAT_ERR_NO_PARTICIPANT` when he has left, with `CHAT_ERR_IDENTITY`
   * when nobody knows who it would be decided about, and with `CHAT_ERR_ROOM_UNKNOWN`.
   */
  setRole(role: Role): Promise<void>;
  /**
   * Whether the others hear silence of the audio that his endpoints have beside the chat, or will have; endpoints that he
   * joins with later are not meant. Does nothing without the option `audio`. @param muted default true
   */
  muteAudio(muted?: boolean): Promise<void>;
  /** Removes him with all endpoints, and keeps him out for `kickBan`; false when he had left. */
  kick(reason?: string): Promise<boolean>;
  /** Removes him, and keeps him out. Rejects as `setRole`, and with `CHAT_ERR_TOO_MANY_ENTRIES`. */
  ban(measure?: Measure): Promise<void>;
  /**
   * Refuses his messages with 403, but for private ones to those who moderate. Rejects as `setRole`.
   *
   * @param ms for so long; without it until `unmute`
   */
  mute(ms?: number): Promise<void>;
  unmute(): Promise<void>;
}

export interface RoomEvents {
  join: [Participant];
  leave: [Participant, { reason: string }];
  message: [ChatMessage];
  nickname: [Participant, { old?: string; new?: string }];
  /** It was configured; what holds now. */
  config: [Readonly<RoomConfig>];
  /** The subject changed. */
  subject: [string];
  closed: [string];
  /** Somebody moderated, or tried to. */
  audit: [AuditEntry];
}

/** A room, as programs see it. */
export interface Room extends EventEmitter<RoomEvents>, Recipients {
  /** User part of the URI, without escapes. */
  readonly name: string;
  readonly uri: string;
  /** What holds at the moment, every default in place. */
  readonly config: Readonly<RoomConfig>;
  /** By URI. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** One participant, by nickname or URI. `send` rejects with `CHAT_ERR_NO_PARTICIPANT` when there is none. */
  to(nickOrUri: string): Recipients;
  /** Everybody but one. */
  except(participant: Participant): Recipients;
  /**
   * Changes what the room permits; what is left out stays as it is, and so do those who are in. What SDP says of it is
   * offered to them anew. Rejects with a ChatroomsError `CHAT_ERR_OPTION` or `CHAT_ERR_ROOM_UNKNOWN`.
   */
  configure(change: RoomOptions): Promise<void>;
  /** Short for `configure({ subject })`. */
  setSubject(subject: string): Promise<void>;
  /** Keeps out somebody, whether he is in or not: a URI, `*@domain` or `sip:+34*`. Rejects as `participant.ban`. */
  ban(pattern: string, measure?: Measure): Promise<void>;
  /** Takes back a ban or what is left of a kick; false when there was none of that URI or pattern. */
  unban(pattern: string): Promise<boolean>;
  /** Those that still hold, the latest last. */
  readonly bans: readonly Ban[];
  /** Short for `configure({ locked: true })`. */
  lock(): Promise<void>;
  unlock(): Promise<void>;
  /**
   * Invites people by SIP or tel URI, through `outboundProxy`; who accepts is taken for whom the URI names, as those who
   * route to it vouch for that. Resolves when each of them has accepted, refused or let it
   * ring too long (`ringTimeout`). Rejects with a ChatroomsError, and invites nobody: `CHAT_ERR_NO_OUTBOUND`,
   * `CHAT_ERR_DIAL_TARGET`, `CHAT_ERR_ROOM_UNKNOWN`, `CHAT_ERR_ROOM_FULL`.
   */
  invite(uris: string | readonly string[], options?: InviteOptions): Promise<InviteResult[]>;
  /** Removes everybody and deletes the room, once messages have come through that had begun; they may take 2 s. */
  close(reason?: string): Promise<void>;
}

/** Where a room facade takes what it needs. */
export interface RoomBackend {
  readonly chat: ChatServer;
  readonly audio: Audio | undefined;
  readonly clock: Clock;
  readonly settings: Pick<ChatroomSettings, 'msrp'>;
  readonly invitations: Invitations;
}

/** What stands between angle brackets in a header. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"\p{Cc}]+$/u;

const keys = new WeakMap<Participant, string>();

export class RoomFacade extends EventEmitter<RoomEvents> implements Room {
  readonly name: string;
  readonly uri: string;
  readonly #backend: RoomBackend;
  readonly #room: FocusRoom;
  readonly #participants = new WeakMap<Member, Participant>();

  constructor(backend: RoomBackend, room: FocusRoom) {
    super();
    this.#backend = backend;
    this.#room = room;
    this.uri = room.uri;
    this.name = roomFrom(room.uri, '')?.name ?? room.uri;
  }

  get config(): Readonly<RoomConfig> {
    return this.#room.config;
  }

  get participants(): ReadonlyMap<string, Participant> {
    return new Map([...this.#room.participants.values()].map((member) => [member.uri, this.participant(member)]));
  }

  async send(text: string, options?: SendOptions): Promise<number> {
    return this.#send(text, this.uri, () => true, options);
  }

  to(nickOrUri: string): Recipients {
    return {
      send: async (text, options) => {
        const member = this.#backend.chat.focus.findParticipant(this.uri, nickOrUri);
        if (!member) {
          throw new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${nickOrUri} is not in ${this.uri}.`);
        }
        return this.participant(member).send(text, options);
      },
    };
  }

  except(participant: Participant): Recipients {
    const key = keys.get(participant);
    return {
      send: async (text, options) => this.#send(text, this.uri, (endpoint) => endpoint.participant !== key, options),
    };
  }

  async configure(change: RoomOptions): Promise<void> {
    const { chat, settings } = this.#backend;
    const parsed = parseRoomOptions(change, settings.msrp.tls !== undefined);
    // There may be another one of that name by now.
    if (chat.focus.room(this.uri) === this.#room && chat.focus.configure(this.uri, parsed)) return;
    throw closed(this.uri);
  }

  async setSubject(subject: string): Promise<void> {
    await this.configure({ subject });
  }

  async ban(pattern: string, measure: Measure = {}): Promise<void> {
    this.#act({ act: 'ban', target: pattern, ...measure });
  }

  async unban(pattern: string): Promise<boolean> {
    return this.#tryAct({ act: 'unban', target: pattern });
  }

  get bans(): readonly Ban[] {
    return this.#room.moderation.bans.list.map(banOf);
  }

  async lock(): Promise<void> {
    this.#act({ act: 'lock', locked: true });
  }

  async unlock(): Promise<void> {
    this.#act({ act: 'lock', locked: false });
  }

  async invite(uris: string | readonly string[], options: InviteOptions = {}): Promise<InviteResult[]> {
    const invitees = (typeof uris === 'string' ? [uris] : uris).map((uri): Invitee => ({ uri }));
    const room = roomFrom(this.uri, '');
    const { chat, invitations } = this.#backend;
    // There may be another one of that name by now.
    if (!room || chat.focus.room(this.uri) !== this.#room) throw closed(this.uri);
    const { referredBy, subject } = options;
    if (referredBy !== undefined && !URI.test(referredBy)) {
      throw new ChatroomsError('CHAT_ERR_OPTION', `Option referredBy: ${JSON.stringify(referredBy)} is no URI.`);
    }
    const request = {
      room,
      invitees,
      by: null,
      ...(referredBy !== undefined && { referredBy }),
      ...(subject !== undefined && { subject }),
    };
    const results = new Map<Invitee, InviteResult>();
    return new Promise((resolve) => {
      if (invitees.length === 0) resolve([]);
      invitations.invite(request, ({ invitee, status, reason, final }) => {
        if (!final) return;
        results.set(invitee, { uri: invitee.uri, status, reason });
        if (results.size === invitees.length) resolve(invitees.flatMap((each) => results.get(each) ?? []));
      });
    });
  }

  async close(reason = 'Room closed'): Promise<void> {
    const { focus } = this.#backend.chat;
    if (focus.room(this.uri) !== this.#room) return;
    const closed = new Promise<void>((resolve) => this.once('closed', () => resolve()));
    focus.close(this.uri, reason);
    await closed;
  }

  /** The facade of somebody in the room: always the same object. */
  participant(member: Member): Participant {
    const known = this.#participants.get(member);
    if (known) return known;
    const { uri } = member;
    const participant: Participant = {
      uri,
      get nickname() {
        return member.nickname ?? undefined;
      },
      get displayName() {
        return member.name ?? undefined;
      },
      get role() {
        return member.role;
      },
      get muted() {
        return member.muted;
      },
      setRole: async (role) => this.#about(member, { act: 'role', target: uri, role }),
      send: async (text, options) => this.#send(text, uri, (endpoint) => endpoint.participant === member.key, options),
      muteAudio: async (muted = true) => {
        for (const id of member.endpoints.keys()) this.#backend.audio?.mute(this.uri, id, muted);
      },
      kick: async (reason) => member.present && this.#tryAct({ act: 'kick', target: uri, reason }),
      ban: async (measure = {}) => this.#about(member, { act: 'ban', target: uri, ...measure }),
      mute: async (ms) => {
        const until = ms === undefined ? undefined : new Date(this.#backend.clock.date().getTime() + ms);
        this.#about(member, { act: 'mute', target: uri, until });
      },
      unmute: async () => this.#about(member, { act: 'unmute', target: uri }),
    };
    this.#participants.set(member, participant);
    keys.set(participant, member.key);
    return participant;
  }

  /** An act of the program about somebody who is in. */
  #about(member: Member, act: Act): void {
    if (!member.present) throw new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${member.uri} has left ${this.uri}.`);
    this.#act(act);
  }

  /** False when there is nobody it could be about. */
  #tryAct(act: Act): boolean {
    try {
      this.#act(act);
      return true;
    } catch (error) {
      if (error instanceof ChatroomsError && error.code === 'CHAT_ERR_NO_PARTICIPANT') return false;
      throw error;
    }
  }

  #act(act: Act): void {
    const { focus } = this.#backend.chat;
    if (focus.room(this.uri) !== this.#room) throw closed(this.uri);
    focus.moderate(this.uri, act, null);
  }

  #send(
    text: string,
    to: string,
    recipients: (endpoint: EndpointMedia) => boolean,
    { contentType = 'text/plain;charset=utf-8' }: SendOptions = {},
  ): number {
    const body = serializeCpim({
      from: { name: this.#room.title, uri: this.uri },
      to: [{ name: null, uri: to }],
      dateTime: this.#backend.clock.date(),
      contentType,
      content: text,
    });
    return this.#backend.chat.send(this.uri, body, recipients);
  }
}

const closed = (uri: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `The room ${uri} was closed.`);

const banOf = ({ until, ...ban }: BanRecord): Ban => ({ ...ban, until: until === null ? null : new Date(until) });

/** A message that the switch let through. */
export function chatMessage(seen: SeenMessage): ChatMessage {
  const message: ChatMessage = {
    from: seen.from,
    contentType: seen.contentType,
    body: null,
    private: seen.to !== null,
    size: seen.size,
  };
  const parsed = seen.body === null ? null : parseCpim(seen.body);
  if (!seen.body || !parsed?.ok) return message;
  message.body = seen.body.subarray(parsed.contentOffset);
  if (seen.contentType.startsWith('text/')) message.text = message.body.toString('utf8');
  return message;
}

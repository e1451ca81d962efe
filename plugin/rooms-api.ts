import { EventEmitter } from 'node:events';
import {
  type ChatServer,
  moderatorsWith,
  type Participant as Member,
  type Room as FocusRoom,
  type RoomConfig,
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

export interface InviteOptions {
  /** URI of who is said to have asked for it (Referred-By). @defaultValue nobody */
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

/** What somebody may do in a room (RFC 4575 §5.6 `roles`). */
export type Role = 'moderator' | 'participant';

export interface Participant extends Recipients {
  /** By which others see and address the participant; made up when he is anonymous. */
  readonly uri: string;
  readonly nickname: string | undefined;
  /** Nickname, else the display name of the From header. */
  readonly displayName: string | undefined;
  readonly role: Role;
  /**
   * Puts the URI that the participant was recognised by on the list of `moderators` of the room, or takes it off. Rejects
   * with `CHAT_ERR_NO_PARTICIPANT` when he has left, with `CHAT_ERR_IDENTITY` when nobody knows who is to moderate, and
   * with `CHAT_ERR_ROOM_UNKNOWN`.
   */
  setRole(role: Role): Promise<void>;
  /**
   * Whether the others hear silence of the audio that his endpoints have beside the chat, or will have; endpoints that he
   * joins with later are not meant. Does nothing without the option `audio`. @param muted default true
   */
  muteAudio(muted?: boolean): Promise<void>;
  /** Removes the participant with all endpoints; false when he had left. */
  kick(reason?: string): Promise<boolean>;
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
  /**
   * Invites people by SIP or tel URI, through `outboundProxy`; who accepts is taken for whom the URI names, as those who
   * route to it vouch for that. Resolves when each of them has accepted, refused or let it
   * ring too long (`ringTimeout`). Rejects with a ChatroomsError, and invites nobody: `CHAT_ERR_NO_OUTBOUND`,
   * `CHAT_ERR_DIAL_TARGET`, `CHAT_ERR_ROOM_UNKNOWN`, `CHAT_ERR_ROOM_FULL`.
   */
  invite(uris: string | readonly string[], options?: InviteOptions): Promise<InviteResult[]>;
  /** Removes everybody and deletes the room. */
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
    throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `The room ${this.uri} was closed.`);
  }

  async setSubject(subject: string): Promise<void> {
    await this.configure({ subject });
  }

  async invite(uris: string | readonly string[], options: InviteOptions = {}): Promise<InviteResult[]> {
    const invitees = (typeof uris === 'string' ? [uris] : uris).map((uri): Invitee => ({ uri }));
    const room = roomFrom(this.uri, '');
    const { chat, invitations } = this.#backend;
    // There may be another one of that name by now.
    if (!room || chat.focus.room(this.uri) !== this.#room) {
      throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `The room ${this.uri} was closed.`);
    }
    const { referredBy, subject } = options;
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
    this.#backend.chat.focus.close(this.uri, reason);
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
        return member.moderator ? 'moderator' : 'participant';
      },
      setRole: async (role) => this.#setRole(member, role),
      send: async (text, options) => this.#send(text, uri, (endpoint) => endpoint.participant === member.key, options),
      muteAudio: async (muted = true) => {
        for (const id of member.endpoints.keys()) this.#backend.audio?.mute(this.uri, id, muted);
      },
      kick: async (reason = 'Removed by moderator') => this.#backend.chat.focus.eject(this.uri, member.key, reason),
    };
    this.#participants.set(member, participant);
    keys.set(participant, member.key);
    return participant;
  }

  async #setRole(member: Member, role: Role): Promise<void> {
    if (!member.present) throw new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${member.uri} has left ${this.uri}.`);
    const moderators = moderatorsWith(this.config.moderators, member, role === 'moderator');
    if (!moderators) {
      throw new ChatroomsError(
        'CHAT_ERR_IDENTITY',
        `${member.uri} may be anybody, so nobody can be made moderator by it.`,
      );
    }
    await this.configure({ moderators });
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
      dateTime: new Date(this.#backend.clock.now()),
      contentType,
      content: text,
    });
    return this.#backend.chat.send(this.uri, body, recipients);
  }
}

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

import { EventEmitter } from 'node:events';
import { types } from 'node:util';
import type {
  Act,
  Ban as BanRecord,
  ChatServer,
  Participant as Member,
  Room as FocusRoom,
  RoomConfig,
} from '../../lib/chat-server.js';
import { serializeCpim } from '../../lib/cpim/index.js';
import { isContentType } from '../../lib/msrp/index.js';
import type { EndpointMedia } from '../../lib/focus-switch.js';
import type { Clock } from '../../lib/util/clock.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import type { Logger } from '../../lib/util/log.js';
import { guardListeners } from '../guarded-listeners.js';
import type { Invitations, Invitee } from '../invitations/invitations.js';
import type { Audio } from '../media/audio.js';
import type { ChatroomSettings, RoomOptions } from '../options/options.js';
import { parseRoomOptions } from '../options/parse-options.js';
import { roomFrom } from '../sip/room-uri.js';
import type {
  Ban,
  HistoryOptions,
  InviteOptions,
  InviteResult,
  Measure,
  Participant,
  PastMessage,
  Recipients,
  Room,
  RoomEvents,
  SendOptions,
} from '../rooms-api.js';
import { pastMessage } from './past-message.js';
import { joinedEndpoints, participantFacade } from './participant-facade.js';

/** Where a room facade takes what it needs. */
export interface RoomBackend {
  readonly chat: ChatServer;
  readonly audio: Audio | undefined;
  readonly clock: Clock;
  readonly settings: Pick<ChatroomSettings, 'msrp'>;
  readonly invitations: Invitations;
  readonly log: Logger;
}

/** What stands between angle brackets in a header. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"\p{Cc}]+$/u;

const TEXT = 'text/plain;charset=utf-8';

/** Without parameters. */
const mediaTypeOf = (contentType: string): string => contentType.split(';', 1)[0].trim().toLowerCase();

const keys = new WeakMap<Participant, string>();

export class RoomFacade extends EventEmitter<RoomEvents> implements Room {
  readonly name: string;
  readonly uri: string;
  readonly #backend: RoomBackend;
  readonly #room: FocusRoom;
  readonly #participants = new WeakMap<Member, Participant>();

  constructor(backend: RoomBackend, room: FocusRoom) {
    super();
    guardListeners(this, backend.log);
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

  get createdAt(): Date {
    return this.#room.createdAt;
  }

  get participantCount(): number {
    return this.#room.participants.size;
  }

  get endpointCount(): number {
    let count = 0;
    for (const member of this.#room.participants.values()) count += joinedEndpoints(member).length;
    return count;
  }

  find(nickOrUri: string): Participant | undefined {
    const member = this.#room.find(nickOrUri);
    return member && this.participant(member);
  }

  async send(text: string, options?: SendOptions): Promise<number> {
    const body = this.#written(text, this.uri, options);
    if (!this.#open) return 0;
    const { contentType = TEXT } = options ?? {};
    const recipients = this.#backend.chat.send(this.uri, body, () => true);
    const said = { from: this.uri, nickname: null, body, size: body.length, messageId: null };
    this.#room.history.add({ ...said, contentType: mediaTypeOf(contentType) });
    return recipients;
  }

  to(nickOrUri: string): Recipients {
    return {
      send: async (text, options) => {
        const participant = this.find(nickOrUri);
        if (!participant) {
          throw new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${nickOrUri} is not in ${this.uri}.`);
        }
        return participant.send(text, options);
      },
    };
  }

  except(participant: Participant): Recipients {
    const key = keys.get(participant);
    return {
      send: async (text, options) => this.#send(text, this.uri, (endpoint) => endpoint.participant !== key, options),
    };
  }

  history({ before, since, limit = 50, maxBytes }: HistoryOptions = {}): PastMessage[] {
    const query = { before, since: since?.getTime(), limit, octets: maxBytes };
    return this.#room.history.page(query).map(pastMessage);
  }

  async configure(change: RoomOptions): Promise<void> {
    const { chat, settings } = this.#backend;
    const parsed = parseRoomOptions(change, settings.msrp.tls !== undefined);
    if (this.#open && chat.focus.configure(this.uri, parsed)) return;
    throw closed(this.uri);
  }

  async setSubject(subject: string): Promise<void> {
    await this.configure({ subject });
  }

  async kick(nickOrUri: string, reason?: string): Promise<boolean> {
    return this.#tryAct({ act: 'kick', target: nickOrUri, reason });
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
    const { invitations } = this.#backend;
    if (!room || !this.#open) throw closed(this.uri);
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
    if (!this.#open) return;
    const { focus } = this.#backend.chat;
    // Listeners of this room are the program's, who may take all of them away.
    const closed = new Promise<void>((resolve) => {
      const ended = (room: FocusRoom): void => {
        if (room !== this.#room) return;
        focus.off('roomClosed', ended);
        resolve();
      };
      focus.on('roomClosed', ended);
    });
    focus.close(this.uri, reason);
    await closed;
  }

  /** The facade of somebody in the room: always the same object. */
  participant(member: Member): Participant {
    const known = this.#participants.get(member);
    if (known) return known;
    const participant = participantFacade(member, {
      room: this.uri,
      chat: this.#backend.chat,
      audio: this.#backend.audio,
      clock: this.#backend.clock,
      about: (act) => this.#about(member, act),
      tryAct: (act) => this.#tryAct(act),
      send: (text, options) => this.#send(text, member.uri, (endpoint) => endpoint.participant === member.key, options),
    });
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
    if ('until' in act && act.until !== undefined) requireDate(act.until);
    if (!this.#open) throw closed(this.uri);
    this.#backend.chat.focus.moderate(this.uri, act, null);
  }

  /** Whether it is still there: by now there may be another one of that name. */
  get #open(): boolean {
    return this.#backend.chat.focus.room(this.uri) === this.#room;
  }

  #send(
    text: string,
    to: string,
    recipients: (endpoint: EndpointMedia) => boolean,
    options: SendOptions | undefined,
  ): number {
    const body = this.#written(text, to, options);
    return this.#open ? this.#backend.chat.send(this.uri, body, recipients) : 0;
  }

  #written(text: string, to: string, { contentType = TEXT }: SendOptions = {}): Buffer {
    if (typeof text !== 'string') {
      throw new ChatroomsError('CHAT_ERR_USAGE', `send takes a text; this is of type ${typeof text}.`);
    }
    if (!isContentType(contentType)) {
      const text = `${JSON.stringify(contentType)} is no content type; write it like text/html.`;
      throw new ChatroomsError('CHAT_ERR_CPIM_ARGUMENT', text);
    }
    return serializeCpim({
      from: { name: this.#room.title, uri: this.uri },
      to: [{ name: null, uri: to }],
      dateTime: this.#backend.clock.date(),
      contentType,
      content: text,
    });
  }
}

/** @throws ChatroomsError `CHAT_ERR_OPTION` */
function requireDate(until: Date): void {
  if (types.isDate(until) && !Number.isNaN(until.getTime())) return;
  throw new ChatroomsError('CHAT_ERR_OPTION', 'Option until: is no date.');
}

const closed = (uri: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `The room ${uri} was closed.`);

const banOf = ({ until, ...ban }: BanRecord): Ban => ({ ...ban, until: until === null ? null : new Date(until) });

import type { EventEmitter } from 'node:events';
import { inspect, types } from 'node:util';
import type { AuditEntry, Room as FocusRoom } from '../../lib/chat-server.js';
import type { SeenMessage } from '../../lib/focus-switch.js';
import type { Logger } from '../../lib/util/log.js';
import { onListenersChange } from '../listeners.js';
import type { ChatroomSettings } from '../options/options.js';
import type { Room } from '../rooms-api.js';
import type { ServerEvents } from '../server-events.js';
import { chatMessage } from './chat-message.js';
import { type RoomBackend, RoomFacade } from './room-facade.js';

/** Where the facades take what they need. */
export interface FacadesBackend extends RoomBackend {
  readonly log: Logger;
  readonly settings: Pick<ChatroomSettings, 'msrp' | 'onAudit'>;
}

/** The rooms as programs see them, and what happens in them, told by each room and by the server. */
export class RoomFacades {
  readonly #backend: FacadesBackend;
  readonly #events: EventEmitter<ServerEvents>;
  readonly #rooms = new Map<string, RoomFacade>();

  constructor(backend: FacadesBackend, events: EventEmitter<ServerEvents>) {
    this.#backend = backend;
    this.#events = events;
    for (const room of backend.chat.focus.rooms.values()) this.of(room);
    this.#relayEvents();
  }

  /** By URI. */
  get all(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  /** Always the same object for a room. */
  of(room: FocusRoom): RoomFacade {
    const known = this.#rooms.get(room.uri);
    if (known) return known;
    const facade = new RoomFacade(this.#backend, room);
    onListenersChange(facade, 'message', (added) => {
      this.#backend.chat.focus.watchRoom(room, added || facade.listenerCount('message') > 0);
    });
    // Something may be told of one that has just ended, as that it was configured so that it did.
    if (this.#backend.chat.focus.room(room.uri) === room) this.#rooms.set(room.uri, facade);
    return facade;
  }

  #relayEvents(): void {
    const { focus } = this.#backend.chat;
    const events = this.#events;
    focus.on('roomCreated', (room) => void events.emit('roomCreated', this.of(room)));
    focus.on('roomClosed', (room, reason) => {
      const facade = this.of(room);
      this.#rooms.delete(room.uri);
      facade.emit('closed', reason);
      events.emit('roomClosed', facade, { reason });
    });
    focus.on('join', (room, member) => {
      const facade = this.of(room);
      const participant = facade.participant(member);
      facade.emit('join', participant);
      events.emit('join', facade, participant);
    });
    focus.on('leave', (room, member, { reason, nickname, name }) => {
      const facade = this.of(room);
      const participant = facade.participant(member);
      const details = {
        reason,
        ...(nickname !== null && { nickname }),
        ...(name !== null && { displayName: name }),
      };
      facade.emit('leave', participant, details);
      events.emit('leave', facade, participant, details);
    });
    focus.on('nickname', (room, member, change) => {
      const facade = this.of(room);
      const participant = facade.participant(member);
      facade.emit('nickname', participant, change);
      events.emit('nickname', facade, participant, change);
    });
    focus.on('configured', (room, { subject }) => {
      const facade = this.of(room);
      facade.emit('config', room.config);
      if (room.config.subject !== subject) facade.emit('subject', room.config.subject);
    });
    focus.on('audit', (room, entry) => {
      this.#onAudit(entry);
      const facade = this.of(room);
      facade.emit('audit', entry);
      events.emit('audit', facade, entry);
    });
    // Only while somebody listens to every room: the switch collects and copies whole messages for it.
    onListenersChange(events, 'message', (added) => focus.watchAll(added || events.listenerCount('message') > 0));
    focus.on('message', this.#message);
  }

  /** A log that cannot be written does not undo the act, nor keep it from the listeners. */
  #onAudit(entry: AuditEntry): void {
    const failed = (error: unknown): void => this.#backend.log.error({ error: inspect(error) }, 'onAudit failed');
    try {
      const done = this.#backend.settings.onAudit?.(entry);
      if (types.isPromise(done)) done.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  readonly #message = (seen: SeenMessage): void => {
    const facade = this.#rooms.get(seen.room);
    if (!facade || facade.listenerCount('message') + this.#events.listenerCount('message') === 0) return;
    const message = chatMessage(seen, this.#backend.chat.focus.findParticipant(seen.room, seen.from)?.nickname);
    facade.emit('message', message);
    this.#events.emit('message', facade, message);
  };
}

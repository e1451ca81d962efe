import type { Clock } from '../util/clock.js';
import { NicknameScope } from './nickname-scope.js';
import type { RoomConfig } from './policy.js';

type ScopeKind = RoomConfig['nicknameScope'];

interface Shared {
  readonly scope: NicknameScope;
  rooms: number;
}

/** The scopes that rooms share (RFC 7701 §7: "a wider unambiguous scope like a domain or server"), as long as they do. */
export class NicknameScopes {
  readonly #clock: Clock;
  /** By what their rooms have in common. */
  readonly #shared = new Map<string, Shared>();
  #rooms = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Scopes in use that rooms share. */
  get size(): number {
    return this.#shared.size;
  }

  /** A number for a room, never used again: those without a name in it are nobody elsewhere. */
  nextRoom(): number {
    return ++this.#rooms;
  }

  /**
   * The scope of a room, which it has to leave in the end.
   *
   * @param roomKey the comparison form of its URI
   */
  enter(kind: ScopeKind, roomKey: string): NicknameScope {
    const name = nameOf(kind, roomKey);
    if (name === null) return new NicknameScope(this.#clock);
    const shared = this.#shared.get(name) ?? { scope: new NicknameScope(this.#clock), rooms: 0 };
    shared.rooms++;
    this.#shared.set(name, shared);
    return shared.scope;
  }

  /** The room, which uses none of its nicknames any more, is no longer part of it; nothing is left after the last one. */
  leave(scope: NicknameScope, kind: ScopeKind, roomKey: string): void {
    const name = nameOf(kind, roomKey);
    const shared = name === null ? undefined : this.#shared.get(name);
    if (shared && --shared.rooms > 0) return;
    if (name !== null) this.#shared.delete(name);
    scope.close();
  }
}

function nameOf(kind: ScopeKind, roomKey: string): string | null {
  if (kind === 'room') return null;
  return kind === 'server' ? 'server' : `domain ${hostOf(roomKey)}`;
}

/** Host of a comparison form, which has it in lower case; another port is no other domain. */
function hostOf(roomKey: string): string {
  const start = roomKey.includes('@') ? roomKey.lastIndexOf('@') : roomKey.indexOf(':');
  return /^(?:\[[^\]]*\]|[^:;]*)/.exec(roomKey.slice(start + 1))?.[0] ?? '';
}

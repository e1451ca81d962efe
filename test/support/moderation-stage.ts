import type { Act, Actor, AuditEntry, Role, RoomConfigChange } from '../../lib/focus/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { FocusRig, identity, type JoinFacts, ROOM, watching } from './focus-rig.js';

export const uriOf = (user: string): string => `sip:${user}@example.com`;
export const [OWN, OWN2, MOD, MOD2, ANA, BO, VIS] = ['own', 'own2', 'mod', 'mod2', 'ana', 'bo', 'vis'].map(uriOf);

/** A room with two of each role; `vis` was made a visitor. */
export class ModerationStage extends FocusRig {
  readonly audited: AuditEntry[] = [];

  constructor(config: RoomConfigChange = {}) {
    super({ rooms: { static: { [ROOM]: { owners: [OWN, OWN2], moderators: [MOD, MOD2], ...config } } } });
    this.focus.on('audit', (_room, entry) => void this.audited.push(entry));
  }

  static full(config?: RoomConfigChange): ModerationStage {
    const stage = new ModerationStage(config);
    for (const uri of [OWN, OWN2, MOD, MOD2, ANA, BO, VIS]) stage.join(uri);
    stage.act(null, { act: 'role', target: VIS, role: 'visitor' });
    stage.audited.length = 0;
    return stage;
  }

  get room() {
    const room = this.focus.room(ROOM);
    if (!room) throw new Error('there is no room');
    return room;
  }

  /** What is answered: `200`, or status and code. */
  act(by: string | null, act: Act): string {
    const actor: Actor = by === null ? null : identity(by);
    return answer(() => this.focus.moderate(ROOM, act, actor));
  }

  joins(uri: string, facts: JoinFacts = {}): string {
    return answer(() => this.join(uri, facts));
  }

  watches(uri: string): string {
    return answer(() => this.focus.checkWatch(ROOM, watching({ identity: identity(uri) })));
  }

  roleOf(uri: string): Role | undefined {
    return this.room.find(uri)?.role;
  }
}

/** What a call is answered: `200`, or status and code. */
export function answer(call: () => unknown): string {
  try {
    call();
    return '200';
  } catch (error) {
    if (error instanceof ChatroomsError) return `${error.sipStatus} ${error.code}`;
    throw error;
  }
}

export const FORBIDDEN = '403 CHAT_ERR_FORBIDDEN';
export const BANNED = '403 CHAT_ERR_BANNED';
export const NOT_ALLOWED = '403 CHAT_ERR_NOT_ALLOWED';
export const NOBODY = '404 CHAT_ERR_NO_PARTICIPANT';
export const PASSWORD = '403 CHAT_ERR_PASSWORD';

import { SaxesParser } from 'saxes';

/** What a handset calls the state of a member. */
export type MemberState = 'CONNECTED' | 'INVITED' | 'DEPARTED' | 'FAILED' | 'DECLINED' | 'DISCONNECTED';

/** DOC-12: what rcsjta has a name for; another one throws, and with it goes the document. */
const STATUSES = new Set(['connected', 'pending', 'dialing-out', 'dialing-in', 'disconnected']);

interface ReadUser {
  entity: string;
  own: boolean;
  state: string | undefined;
  status: string | undefined;
  method: string | undefined;
  reason: string | undefined;
  endpoints: number;
}

/**
 * What a handset knows of a group, by the rules of rcsjta's own reader: one element it does not like and the whole NOTIFY is
 * lost; of the others only who is listed changes, and nobody goes by not being there (DOC-12 … DOC-19).
 */
export class GroupRoster {
  readonly members = new Map<string, MemberState>();
  /** Documents thrown away, and why. */
  readonly thrown: string[] = [];
  /** `NUMBER STATE`, of all times. */
  readonly seen = new Set<string>();
  documents = 0;
  subject: string | undefined;
  #own = 0;

  /** How often it found itself marked (DOC-20). */
  get own(): number {
    return this.#own;
  }

  read(document: string): void {
    this.documents++;
    try {
      const users = this.#parse(document);
      for (const user of users) this.#merge(user);
    } catch (error) {
      this.thrown.push(error instanceof Error ? error.message : String(error));
    }
  }

  #merge({ entity, own, status, method, reason }: ReadUser): void {
    if (own) {
      this.#own++;
      return;
    }
    // DOC-19: who has no number is skipped.
    const number = /^(?:tel:|sip:)(\+\d+)/.exec(entity)?.[1];
    if (number === undefined) return;
    const state = stateOf(status, method, reason);
    this.members.set(number, state);
    this.seen.add(`${number} ${state}`);
  }

  /** As SAX hands it over: the last text of an element of that name counts, wherever it stands. */
  #parse(document: string): ReadUser[] {
    const users: ReadUser[] = [];
    const path: string[] = [];
    let text = '';
    const parser = new SaxesParser({ xmlns: true });
    parser.on('opentag', ({ local, attributes }) => {
      path.push(local);
      text = '';
      const of = (name: string): string | undefined => attributes[name]?.value;
      if (path.length === 1 && of('state') === undefined) throw new Error('no state in the root');
      if (local === 'media') throw new Error('media');
      if (local === 'user') users.push(newUser(of('entity') ?? '', of('yourown') === 'true', of('state')));
      const user = users.at(-1);
      if (local === 'endpoint' && user) user.endpoints++;
    });
    parser.on('text', (piece) => {
      text += piece;
    });
    parser.on('closetag', ({ local }) => {
      path.pop();
      const user = users.at(-1);
      if (local === 'subject') this.subject = text;
      if (/^(?:maximum-)?user-count$/.test(local) && !/^\d+$/.test(text.trim())) throw new Error(`${local} ${text}`);
      if (!user) return;
      if (local === 'status') user.status = text.trim();
      else if (local === 'disconnection-method') user.method = text.trim();
      else if (local === 'reason') user.reason = text;
    });
    parser.write(document).close();
    for (const { entity, state, status, endpoints } of users) {
      if (state === 'deleted') throw new Error(`${entity} deleted`);
      if (endpoints !== 1) throw new Error(`${entity} with ${endpoints} endpoints`);
      if (status === undefined || !STATUSES.has(status)) throw new Error(`${entity} is ${status}`);
    }
    return users;
  }
}

const newUser = (entity: string, own: boolean, state: string | undefined): ReadUser => ({
  entity,
  own,
  state,
  status: undefined,
  method: undefined,
  reason: undefined,
  endpoints: 0,
});

/** DOC-18. */
function stateOf(status: string | undefined, method: string | undefined, reason: string | undefined): MemberState {
  if (status === 'connected') return 'CONNECTED';
  if (status !== 'disconnected') return 'INVITED';
  if (method === 'departed') return 'DEPARTED';
  if (method === 'failed') return reason?.includes('603') ? 'DECLINED' : 'FAILED';
  return 'DISCONNECTED';
}

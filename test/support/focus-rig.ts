import {
  type Delivered,
  Focus,
  type FocusOptions,
  type InviteRequest,
  type JoinRequest,
  type Notification,
  type Subscriber,
  type WatchRequest,
} from '../../lib/focus/index.js';
import type { EndpointMedia, SwitchControl } from '../../lib/focus-switch.js';
import type { NegotiatedSession } from '../../lib/sdp/index.js';
import { silent } from '../../lib/util/log.js';
import { ManualClock } from './manual-clock.js';

export const ROOM = 'sip:lunch@chat.example.com';

/** The switch as the focus sees it: keeps what it was asked. */
export class RecordingSwitch implements SwitchControl {
  readonly calls: string[] = [];
  readonly endpoints = new Map<string, EndpointMedia>();
  readonly sent: { to: string[]; body: string }[] = [];
  /** No message is under way. */
  settled = true;

  isSettled(): boolean {
    return this.settled;
  }
  limitIntake(intake: string): void {
    this.calls.push(`limitIntake ${intake}`);
  }
  openRoom(room: { uri: string }): void {
    this.calls.push(`openRoom ${room.uri}`);
  }
  updateRoom(room: { uri: string }): void {
    this.calls.push(`updateRoom ${room.uri}`);
  }
  watch(on: boolean): void {
    this.calls.push(`watch ${on}`);
  }
  closeRoom(uri: string): void {
    this.calls.push(`closeRoom ${uri}`);
  }
  addEndpoint(endpoint: EndpointMedia): void {
    this.calls.push(`addEndpoint ${endpoint.id}`);
    this.endpoints.set(endpoint.id, endpoint);
  }
  updateEndpoint(endpoint: EndpointMedia): void {
    this.calls.push(`updateEndpoint ${endpoint.id}`);
    this.endpoints.set(endpoint.id, endpoint);
  }
  removeEndpoint(id: string): void {
    this.calls.push(`removeEndpoint ${id}`);
    this.endpoints.delete(id);
  }
  tell(endpoint: string, body: Buffer): void {
    this.sent.push({ to: [endpoint], body: body.toString() });
  }
  send(_room: string, body: Buffer, recipients: (endpoint: EndpointMedia) => boolean): number {
    const to = [...this.endpoints.values()].filter(recipients).map(({ id }) => id);
    this.sent.push({ to, body: body.toString() });
    return to.length;
  }
}

/** A subscriber whose NOTIFYs are answered when the test says so. */
export class RecordingSubscriber implements Subscriber {
  readonly documents: string[] = [];
  readonly types: string[] = [];
  readonly ends: string[] = [];
  #done: ((delivered: Delivered) => void) | null = null;

  /** @param prompt answer every NOTIFY at once */
  constructor(readonly prompt = true) {}

  notify({ type, body }: Notification, done: (delivered: Delivered) => void): void {
    if (this.#done) throw new Error('two NOTIFYs under way');
    this.documents.push(body);
    this.types.push(type);
    if (this.prompt) done('ok');
    else this.#done = done;
  }
  terminated(reason: string): void {
    this.ends.push(reason);
  }

  answer(delivered: Delivered = 'ok'): void {
    const done = this.#done;
    this.#done = null;
    done?.(delivered);
  }

  get last(): string {
    return this.documents.at(-1) ?? '';
  }

  get versions(): number[] {
    return this.documents.map((document) => Number(/ version="(\d+)"/.exec(document)?.[1]));
  }
}

type PeerFacts = Partial<NegotiatedSession['peer']>;

export const session = (peer: PeerFacts = {}): NegotiatedSession => ({
  line: 0,
  localUri: 'msrp://192.0.2.1:2855/local;tcp',
  peer: {
    path: ['msrp://198.51.100.7:50000/peer;tcp'],
    acceptTypes: ['message/cpim'],
    acceptWrappedTypes: ['*'],
    chatroom: { tokens: ['private-messages'], nickname: false, privateMessages: true, extensions: [] },
    maxSize: null,
    direction: 'sendrecv',
    fingerprint: null,
    ...peer,
  },
  connector: 'peer',
  connectTo: null,
  secure: false,
  direction: 'sendrecv',
  cema: false,
});

export const identity = (uri: string, more: Partial<JoinRequest['identity']> = {}): JoinRequest['identity'] => ({
  uri,
  aliases: [],
  displayName: null,
  anonymous: false,
  anonymousUri: null,
  ...more,
});

let watchers = 0;

/** Of somebody who is not in the room. */
export const watching = (request: Partial<WatchRequest> = {}): WatchRequest => ({
  identity: identity(`sip:watcher${++watchers}@example.com`),
  kind: 'conference-info',
  stateless: false,
  inDialog: false,
  ...request,
});

export interface JoinFacts {
  room?: string;
  identity?: Partial<JoinRequest['identity']>;
  profile?: Partial<JoinRequest['profile']>;
  roomAliases?: string[];
  password?: string | null;
  method?: JoinRequest['method'];
  peer?: PeerFacts;
  instance?: string;
}

function joinRequest(uri: string, facts: JoinFacts): JoinRequest {
  const room = facts.room ?? ROOM;
  return {
    room,
    identity: identity(uri, facts.identity),
    roomAliases: facts.roomAliases ?? [room],
    callId: `call-${uri}`,
    method: facts.method ?? 'dialed-in',
    password: facts.password ?? null,
    profile: {
      agProjects: false,
      assumePrivateMessages: false,
      lenientNickname: false,
      delivery: 'stream',
      ...facts.profile,
    },
    instance: facts.instance,
  };
}

/** Joins, and keeps what the owner of the endpoint is told. */
function joining(join: Focus['join'], request: JoinRequest) {
  const ended: string[] = [];
  const handle = join(request, {
    ended: (how, reason) => void ended.push(`${how} ${reason}`),
    redeclared: () => void ended.push('redeclared'),
  });
  return { handle, id: handle.id, ended };
}

export class FocusRig {
  readonly clock = new ManualClock();
  readonly control = new RecordingSwitch();
  readonly focus: Focus;
  readonly events: string[] = [];

  constructor(options: Partial<FocusOptions> = {}) {
    this.focus = new Focus({ clock: this.clock, log: silent, ...options }, this.control);
    this.focus
      .on('roomCreated', (room) => this.events.push(`roomCreated ${room.uri}`))
      .on('roomClosed', (room, reason) => this.events.push(`roomClosed ${room.uri} ${reason}`))
      .on('join', (_room, participant) => this.events.push(`join ${participant.uri}`))
      .on('leave', (_room, participant, { how, reason }) =>
        this.events.push(`leave ${participant.uri} ${how} ${reason}`),
      )
      .on('nickname', (_room, participant, { old, new: now }) =>
        this.events.push(`nickname ${participant.uri} ${old} -> ${now}`),
      );
  }

  /** Joins without the answer that connects. */
  invite(uri: string, facts: JoinFacts = {}) {
    return joining((request, owner) => this.focus.join(request, owner), joinRequest(uri, facts));
  }

  /** The room invites somebody. */
  callOut(uri: string, request: Partial<InviteRequest> = {}) {
    const cancelled: string[] = [];
    const owner = { cancelled: (reason: string) => void cancelled.push(reason) };
    const handle = this.focus.invite({ room: ROOM, identity: identity(uri), by: null, owner, ...request });
    /** 2xx, without the session that connects. */
    const accept = (facts: JoinFacts = {}) =>
      joining((asked, of) => handle.join(asked, of), joinRequest(uri, { identity: request.identity, ...facts }));
    const connect = (facts: JoinFacts = {}) => {
      const joined = accept(facts);
      joined.handle.connect(session(facts.peer));
      return joined;
    };
    return { handle, cancelled, accept, connect };
  }

  join(uri: string, facts: JoinFacts = {}) {
    const joined = this.invite(uri, facts);
    joined.handle.connect(session(facts.peer));
    return joined;
  }

  watch(prompt = true, request: Partial<WatchRequest> = {}) {
    const subscriber = new RecordingSubscriber(prompt);
    return Object.assign(subscriber, { subscription: this.focus.subscribe(ROOM, watching(request), subscriber) });
  }
}

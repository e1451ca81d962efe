import { ROOM_DEFAULTS, rulesOf } from '../../lib/focus/policy.js';
import type {
  Decision,
  EndpointMedia,
  Gate,
  LossReason,
  RefusedRequest,
  RoomRules,
  SeenMessage,
  SwitchEvents,
  SwitchLimit,
} from '../../lib/focus-switch.js';

export const ROOM = 'sip:lounge@chat.example';

/** Those of a room that says nothing else. */
export const OPEN_RULES: RoomRules = rulesOf(ROOM_DEFAULTS);

/** A focus that only notes what it is told. */
export class NotingFocus implements SwitchEvents {
  readonly bound: string[] = [];
  readonly lost: [endpoint: string, reason: LossReason][] = [];
  readonly congestion: [endpoint: string, congested: boolean, pendingBytes: number][] = [];
  readonly limits: [endpoint: string, limit: SwitchLimit, status: number | null][] = [];
  readonly refusals: [endpoint: string, request: RefusedRequest][] = [];
  readonly seen: SeenMessage[] = [];
  readonly decisions: Decision[] = [];
  readonly spoken: string[] = [];
  /** Sees the messages of every room, not only of those that are recorded. */
  watching = true;
  /** Set by a test whose messages are to wait for a verdict. */
  gate: Gate | undefined;

  nickname(): number {
    return 200;
  }

  sessionBound(endpoint: string): void {
    this.bound.push(endpoint);
  }

  sessionLost(endpoint: string, reason: LossReason): void {
    this.lost.push([endpoint, reason]);
  }

  congested(endpoint: string, congested: boolean, pendingBytes: number): void {
    this.congestion.push([endpoint, congested, pendingBytes]);
  }

  limited(endpoint: string, limit: SwitchLimit, status: number | null): void {
    this.limits.push([endpoint, limit, status]);
  }

  refused(endpoint: string, request: RefusedRequest): void {
    this.refusals.push([endpoint, request]);
  }

  spoke(endpoint: string): void {
    this.spoken.push(endpoint);
  }

  message(message: SeenMessage): void {
    this.seen.push(message);
  }

  decided(decision: Decision): void {
    this.decisions.push(decision);
  }
}

/** The URI of an endpoint's session on our side. */
export const localUri = (id: string): string => `msrp://chat.example:2855/${id.replace('#', '-')};tcp`;
export const peerUri = (id: string): string => `msrp://peer.example:7000/${id.replace('#', '-')};tcp`;

/** An endpoint named `participant#device`, as the focus would describe it. */
export function endpoint(id: string, more: Partial<EndpointMedia> = {}): EndpointMedia {
  const participant = id.split('#')[0];
  const uris = [`sip:${participant}@example.org`];
  return {
    id,
    room: ROOM,
    participant,
    moderator: false,
    mayWrite: true,
    fromUris: uris,
    toUris: uris,
    roomAliases: [],
    session: {
      line: 0,
      localUri: localUri(id),
      peer: {
        path: [peerUri(id)],
        acceptTypes: ['message/cpim'],
        acceptWrappedTypes: ['*'],
        chatroom: { nickname: true, privateMessages: true, tokens: [], extensions: [] },
        maxSize: null,
        direction: 'sendrecv',
        fingerprint: null,
      },
      connector: 'peer',
      connectTo: null,
      secure: false,
      direction: 'sendrecv',
      cema: false,
    },
    privateMessages: true,
    delivery: 'stream',
    roomToUri: null,
    lenientNickname: false,
    ...more,
  };
}

/** A message/cpim body. */
export const cpim = (from: string, to: string, text: string, type = 'text/plain'): string =>
  `From: <sip:${from}@example.org>\r\nTo: <${to}>\r\n\r\nContent-Type: ${type}\r\n\r\n${text}`;

/** One endpoint: its MSRP session, what it may say and what it takes. Requests go to one handler per method. */
import { cpimUriKey } from '../cpim/index.js';
import type { EndpointMedia } from '../focus-switch.js';
import { type FrameEnd, type Request, Session, type SessionHandler } from '../msrp/index.js';
import { WrappedTypes } from '../sdp/index.js';
import type { NicknameHandler } from './handlers/nickname.js';
import type { ReportHandler } from './handlers/report.js';
import type { SendHandler } from './handlers/send.js';
import type { Outbox } from './outbox.js';
import type { Member } from './route.js';

/** Dispatch at a glance. */
export interface Handlers {
  send: SendHandler;
  report: ReportHandler;
  nickname: NicknameHandler;
}

export interface EndpointEvents {
  bound(): void;
  lost(): void;
}

export class SwitchEndpoint implements Member, SessionHandler {
  readonly session: Session;
  /** Set right after construction: handlers and outbox need the endpoint. */
  handlers!: Handlers;
  outbox!: Outbox;
  removed = false;
  #media!: EndpointMedia;
  #types!: WrappedTypes;
  fromKeys: ReadonlySet<string> = new Set();
  toKeys: ReadonlySet<string> = new Set();
  roomKeys: ReadonlySet<string> = new Set();
  readonly #events: EndpointEvents;
  #method: 'SEND' | 'REPORT' | 'NICKNAME' = 'SEND';

  constructor(media: EndpointMedia, events: EndpointEvents) {
    this.#events = events;
    this.session = new Session(media.session.localUri, media.session.peer.path, this);
    this.describe(media);
  }

  get id(): string {
    return this.#media.id;
  }

  get participant(): string {
    return this.#media.participant;
  }

  get media(): EndpointMedia {
    return this.#media;
  }

  get privateMessages(): boolean {
    return this.#media.privateMessages;
  }

  get roomToUri(): string | null {
    return this.#media.roomToUri;
  }

  // 4975-8.9-01: our direction, as in our SDP: we do not receive from a listener.
  get maySend(): boolean {
    const { direction } = this.#media.session;
    return direction === 'sendrecv' || direction === 'recvonly';
  }

  get mayReceive(): boolean {
    const { direction } = this.#media.session;
    return direction === 'sendrecv' || direction === 'sendonly';
  }

  takes(wrappedType: string): boolean {
    return this.#types.takes(wrappedType);
  }

  /** The facts of its latest offer and answer. */
  describe(media: EndpointMedia): void {
    this.#media = media;
    const { peer } = media.session;
    this.#types = new WrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes);
    this.fromKeys = keys(media.fromUris);
    this.toKeys = keys(media.toUris);
    this.roomKeys = keys(media.roomAliases);
    this.session.localUri = media.session.localUri;
    this.session.remotePath = peer.path;
  }

  bound(): void {
    this.#events.bound();
  }

  lost(): void {
    this.handlers.send.lost();
    this.#events.lost();
  }

  head(request: Request): void {
    this.#method = request.method as 'SEND' | 'REPORT' | 'NICKNAME';
    if (this.#method === 'SEND') this.handlers.send.head(request);
  }

  body(piece: Buffer): void {
    if (this.#method === 'SEND') this.handlers.send.body(piece);
  }

  settle(): void {
    if (this.#method === 'SEND') this.handlers.send.settle();
  }

  end(request: Request, end: FrameEnd): void {
    if (this.#method === 'SEND') this.handlers.send.end(request, end);
    else if (this.#method === 'NICKNAME') this.handlers.nickname.end(request);
    else this.handlers.report.end(request);
  }

  abandon(request: Request): void {
    if (request.method === 'SEND') this.handlers.send.abandon(request);
  }

  response(count: number, status: number): void {
    this.outbox.response(count, status);
  }
}

function keys(uris: readonly string[]): ReadonlySet<string> {
  return new Set(uris.map(cpimUriKey).filter((key) => key !== null));
}

/** One endpoint: its MSRP session, what it may say and what it takes. Requests go to one handler per method. */
import type { EndpointMedia, SessionUsage } from '../focus-switch.js';
import {
  type Admission,
  type Binding,
  type FrameEnd,
  type Request,
  Session,
  type SessionHandler,
} from '../msrp/index.js';
import { type WrappedTypes, wrappedTypes } from '../sdp/index.js';
import { ownText } from '../util/own-text.js';
import { Recent } from '../util/recent.js';
import type { NicknameHandler } from './handlers/nickname.js';
import type { ReportHandler } from './handlers/report.js';
import type { SendHandler } from './handlers/send.js';
import { tellingPart } from './anonymity.js';
import type { Outbox } from './outbox.js';
import type { Pace } from './rate.js';
import type { Member } from './route.js';
import { uriKeys } from './uri-keys.js';

/** Dispatch at a glance. */
export interface Handlers {
  send: SendHandler;
  report: ReportHandler;
  nickname: NicknameHandler;
  /** How fast it may be; undefined where there is no limit. */
  pace: Pace | undefined;
}

export interface EndpointEvents {
  admits(connection: Binding): Admission;
  bound(): void;
  lost(): void;
}

/** What its latest offer and answer say, in the form routing needs. */
interface Facts {
  media: EndpointMedia;
  types: WrappedTypes;
  fromKeys: ReadonlySet<string>;
  toKeys: ReadonlySet<string>;
  roomKeys: ReadonlySet<string>;
  hidden: readonly string[];
}

export class SwitchEndpoint implements Member, SessionHandler {
  readonly session: Session;
  readonly handlers: Handlers;
  readonly outbox: Outbox;
  removed = false;
  #facts: Facts;
  readonly #events: EndpointEvents;
  /** Beside the facts, because every copy asks for it. */
  roomToUri: string | null;
  #method = '';
  /** Octets of content that came. */
  #octetsIn = 0;

  /** @param parts makes what needs the endpoint itself */
  constructor(
    media: EndpointMedia,
    events: EndpointEvents,
    parts: (endpoint: SwitchEndpoint) => { handlers: Handlers; outbox: Outbox },
  ) {
    this.#events = events;
    this.#facts = factsOf(media);
    this.roomToUri = media.roomToUri;
    this.session = new Session(media.session.localUri, media.session.peer.path, this);
    const { handlers, outbox } = parts(this);
    this.handlers = handlers;
    this.outbox = outbox;
    this.describe(media);
  }

  get id(): string {
    return this.media.id;
  }

  get participant(): string {
    return this.media.participant;
  }

  get media(): EndpointMedia {
    return this.#facts.media;
  }

  get fromKeys(): ReadonlySet<string> {
    return this.#facts.fromKeys;
  }

  get toKeys(): ReadonlySet<string> {
    return this.#facts.toKeys;
  }

  get roomKeys(): ReadonlySet<string> {
    return this.#facts.roomKeys;
  }

  get privateMessages(): boolean {
    return this.media.privateMessages;
  }

  get moderator(): boolean {
    return this.media.moderator;
  }

  get mayWrite(): boolean {
    return this.media.mayWrite;
  }

  get atDoor(): boolean {
    return this.media.atDoor === true;
  }

  get hidden(): readonly string[] {
    return this.#facts.hidden;
  }

  get usage(): SessionUsage {
    const { handlers, outbox } = this;
    const { copies: messagesOut, octets: octetsOut } = outbox;
    return { messagesIn: handlers.send.passed, messagesOut, octetsIn: this.#octetsIn, octetsOut };
  }

  get softReject(): boolean {
    return this.media.softReject ?? false;
  }

  // 4975-8.9-01: our direction, as in our SDP: we do not receive from a listener.
  get maySend(): boolean {
    const { direction } = this.media.session;
    return direction === 'sendrecv' || direction === 'recvonly';
  }

  get mayReceive(): boolean {
    const { direction } = this.media.session;
    return direction === 'sendrecv' || direction === 'sendonly';
  }

  takes(wrappedType: string): boolean {
    return this.#facts.types.takes(wrappedType);
  }

  /** The facts of its latest offer and answer. */
  describe(media: EndpointMedia): void {
    this.#facts = factsOf(media, this.#facts);
    this.roomToUri = media.roomToUri;
    const { peer } = media.session;
    this.session.localUri = media.session.localUri;
    this.session.remotePath = peer.path;
    this.outbox.delivery = media.delivery;
    this.outbox.maxSize = peer.maxSize ?? Number.POSITIVE_INFINITY;
    this.outbox.pathChanged();
  }

  admits(connection: Binding): Admission {
    return this.#events.admits(connection);
  }

  bound(): void {
    this.#events.bound();
  }

  lost(): void {
    this.#events.lost();
  }

  head(request: Request): void {
    this.#method = request.method;
    if (this.#method === 'SEND') this.handlers.send.head(request);
  }

  body(piece: Buffer): void {
    this.handlers.pace?.came(piece.length);
    if (this.#method === 'SEND') this.handlers.send.body(piece);
  }

  settle(): void {
    if (this.#method === 'SEND') this.handlers.send.settle();
  }

  end(request: Request, end: FrameEnd): void {
    this.handlers.pace?.frameEnded(end.bodyLength);
    this.#octetsIn += end.bodyLength;
    if (this.#method === 'SEND') this.handlers.send.end(request, end);
    else if (this.#method === 'NICKNAME') this.handlers.nickname.end(request);
    else this.handlers.report.end(request);
  }

  abandon(request: Request): void {
    this.handlers.pace?.frameEnded(0);
    if (request.method === 'SEND') this.handlers.send.abandon();
  }

  response(count: number, status: number): void {
    this.outbox.response(count, status);
  }
}

/** @param known what was true before, of which only a part changed */
function factsOf(media: EndpointMedia, known?: Facts): Facts {
  const { peer } = media.session;
  const fromKeys = known?.media.fromUris === media.fromUris ? known.fromKeys : uriKeys(media.fromUris);
  return {
    media,
    types: wrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes),
    fromKeys,
    toKeys: media.toUris === media.fromUris ? fromKeys : uriKeys(media.toUris),
    roomKeys: sharedKeys(media.roomAliases),
    hidden: media.hiddenUris?.length ? media.hiddenUris.map(tellingPart) : NONE,
  };
}

const NONE: readonly string[] = [];

/** Of how many rooms the keys are kept for those who come next. */
const REMEMBERED = 1024;
const keysOfRooms = new Recent<ReadonlySet<string>>(REMEMBERED);

/** The same for all who call the room by the same names, as nearly all who are in it do. */
function sharedKeys(uris: readonly string[]): ReadonlySet<string> {
  const names = uris.join(' ');
  const known = keysOfRooms.get(names);
  if (known) return known;
  const keys = uriKeys(uris);
  keysOfRooms.set(ownText(names), keys);
  return keys;
}

/** From a routed message to its recipients' outboxes: one shared body, unchanged (7701-6.1-06, D7), frozen recipients (D8). */
import { type Envelope, parseCpim, withText, withTo } from '../cpim/index.js';
import type { ForwardedMessage } from '../cluster/bus.js';
import type { Decision, Gate, Rewriting, SeenMessage, Verdict } from '../focus-switch.js';
import type { Request } from '../msrp/index.js';
import { messages } from '../util/channels.js';
import type { Clock } from '../util/clock.js';
import { Recent } from '../util/recent.js';
import type { ContentOptions } from './content.js';
import { deliverCopies, reportOf } from './copies.js';
import { NOWHERE } from './others/elsewhere.js';
import type { Forwarded, Forwarding } from './others/forwarded.js';
import { mimeHeaders, Outgoing } from './outgoing.js';
import type { Addressee } from './addressee.js';
import { DISPOSITION, reveals } from './anonymity.js';
import type { Backlog } from './backlog.js';
import type { Pace } from './rate.js';
import { type Recipient, Relayed } from './relayed.js';
import { audience, hearersAmong, type Route, type RoutedRoom, route } from './route.js';
import type { FanOut } from './fan-out.js';
import type { Throttle } from './throttle.js';
import type { Traffic } from './traffic.js';

/** Bodies above this are kept as octets by `Outgoing`, below as text of its own. */
const LARGE = 8192;

/** Octets of the longest password. */
const MAX_ANSWER = 1024;

/** What is about writing and messages, not said to anybody (3994-P-01: never "treat as activity"). */
const COMPOSING = 'application/im-iscomposing+xml';
const STATUS: ReadonlySet<string> = new Set([COMPOSING, DISPOSITION]);

/** What the rules of a room refuse with. */
const SOFT: ReadonlySet<number> = new Set([403, 404, 415, 428]);

const KINDS = { broadcast: 'toRoom', private: 'toParticipant' } as const;

/** What was said at the door is nobody else's. */
const TAKEN: Verdict = { is: 'taken', run: () => undefined };

/** Message-IDs. */
const REMEMBERED = 64;

/** Octets of the largest message whose content is shown before it is passed on (FT-08). */
export const MAX_SHOWN = 65_536;

export interface RelayRoom extends RoutedRoom<Recipient> {
  readonly uri: string;
}

type Delivered = Exclude<Route<Recipient>, { kind: 'reject' }>;

interface Routed {
  messageId: string | null;
  envelope: Envelope;
  decision: Delivered;
}

/** Is told of messages that were let through. */
export interface Watcher {
  tell(message: SeenMessage): void;
  /** Octets of the largest that he is shown; of others he hears without their content. */
  readonly most: number;
}

/** That of who watches all rooms: the largest message there is by default (P-LIM-06). */
export const MAX_SEEN = 10_485_760;

/** That of the history of a room. */
export const MAX_RECORDED = 65_536;

export interface RelayOptions {
  readonly clock: Clock;
  /** Where the octets of messages under way wait. */
  readonly content: ContentOptions;
  /** Slows this sender down. */
  readonly throttle: Throttle;
  /** Octets of one message that those who need it whole wait for in memory, where there is no spool. */
  readonly maxWhole: number;
  /** The way to other switches. */
  readonly others: Forwarding;
  readonly traffic: Traffic;
  readonly fanOut: FanOut;
  /** Told what an endpoint at the door wrote; returns the status of its message. */
  knock(text: string): number | Promise<number>;
  /** Who is told of a message let through; absent while nobody is. @param recordable it is for everybody to read */
  watcher(recordable: boolean): Watcher | undefined;
  /** Asked about messages before they are passed on; absent while nobody is to be asked. */
  gate(): Gate | undefined;
  /** Told that content went to everybody. */
  spoke(): void;
  /** Told of each message that goes to nobody. @param byProgram a handler refused it, and the log says so already */
  refused(messageId: string | null, status: number, byProgram: boolean): void;
  /** Told what became of every message; absent while nobody traces. */
  decided(): ((decision: Decision) => void) | undefined;
  /** How fast the sender may be. @defaultValue as fast as he can */
  pace?: Pick<Pace, 'wasStatus'> | undefined;
}

/** Passes the messages of one endpoint on. */
export class Relay {
  readonly #sender: Recipient;
  readonly #room: RelayRoom;
  readonly #options: RelayOptions;
  /** Messages let through. */
  passed = 0;
  /** Messages that said to be from somebody else, of who would not be told otherwise. */
  #forged: Recent<true> | undefined;

  constructor(sender: Recipient, room: RelayRoom, options: RelayOptions) {
    this.#sender = sender;
    this.#room = room;
    this.#options = options;
  }

  /**
   * A message that arrived in one piece. Returns the status for its sender and, when that is 200, what hands it to the
   * recipients: the sender's answer goes out first (7701-6.3-03). `body` may be reused after that.
   */
  whole(request: Request, body: Buffer): number | (() => void) {
    const parsed = parseCpim(body);
    if (!parsed.ok) return this.refuse(request, 400);
    const { envelope } = parsed;
    const { hidden } = this.#sender;
    if (hidden.length > 0 && envelope.contentType === DISPOSITION && reveals(body, hidden))
      return this.refuse(request, 403);
    const decision = this.#route(request, envelope);
    if (decision.kind === 'reject') return decision.status;
    const begun = this.#options.fanOut.begin();
    return () => {
      this.#deliver(request, envelope, decision, body);
      this.#options.fanOut.handed(begun);
    };
  }

  /** Messages wait for a verdict before they are passed on; a password is nobody's but the focus'. */
  get gated(): boolean {
    return !this.atDoor && this.#options.gate() !== undefined;
  }

  /** Complete messages are for the focus alone, and wait for its answer. */
  get atDoor(): boolean {
    return this.#sender.atDoor;
  }

  /** What is to become of a complete message; a status when the rules of the room refuse it. `body` must not change any more. */
  askWhole(request: Request, body: Buffer): number | Verdict | Promise<Verdict> {
    const parsed = parseCpim(body);
    if (!parsed.ok) return this.refuse(request, 400);
    const content = body.subarray(parsed.contentOffset);
    if (this.atDoor) return this.#knock(request, parsed.envelope, content);
    const size = body.length;
    return this.#ask(request, parsed.envelope, { content: size > MAX_SHOWN ? null : content, size });
  }

  /** The same of a message that is too large to be shown, and still comes. */
  askLarge(request: Request, envelope: Envelope, size: number | null): number | Verdict | Promise<Verdict> {
    return this.#ask(request, envelope, { content: null, size });
  }

  #ask(
    request: Request,
    envelope: Envelope,
    shown: { content: Buffer | null; size: number | null },
  ): number | Verdict | Promise<Verdict> {
    // What is known to fail is not asked about, and what passes is routed again when it goes on (7701-6.1-09).
    const now = route(envelope, this.#sender, this.#room);
    if (now.kind === 'reject') return this.#rejected(request, now);
    const gate = this.#options.gate();
    if (!gate || envelope.contentType === COMPOSING) return { is: 'passed' };
    const { uri: room } = this.#room;
    try {
      return gate.ask({ room, endpoint: this.#sender.id, envelope, private: now.kind === 'private', ...shown });
    } catch {
      return { is: 'refused', status: 403 };
    }
  }

  /** The body in place of one that passed; null when its headers cannot be written. */
  rewritten(body: Buffer, instead: Rewriting): Buffer | null {
    const parsed = parseCpim(body);
    if (!parsed.ok) return null;
    try {
      return withText(parsed.envelope, instead);
    } catch {
      return null;
    }
  }

  /** So many octets of the sender wait; while `backlog` is full he is slowed down. */
  slow(octets: number, backlog: Backlog): void {
    this.#options.throttle.handed(octets, [], NOWHERE, backlog);
  }

  /** A message whose envelope is complete and whose content still comes; a status when it is refused. */
  open(request: Request, envelope: Envelope, total: number | null): number | Relayed {
    // No password comes in pieces.
    if (this.#sender.atDoor) return this.refuse(request, 403);
    // 5438-8-02: what comes in pieces cannot be looked into, and no notification needs to.
    if (this.#sender.hidden.length > 0 && envelope.contentType === DISPOSITION) return this.refuse(request, 403);
    const decision = this.#route(request, envelope);
    if (decision.kind === 'reject') return decision.status;
    const { messageId } = request;
    const watcher = this.#watcher(envelope, decision);
    const headers = mimeHeaders(request);
    const { clock, content, throttle, maxWhole } = this.#options;
    return new Relayed(headers, envelope, decision.recipients, {
      content,
      throttle,
      maxWhole,
      total,
      acceptedAt: clock.now(),
      private: decision.kind === 'private',
      forwarded: this.#forwarded(headers, envelope, decision, total),
      maxSeen: watcher?.most ?? 0,
      see: watcher && ((octets, size) => this.#see(watcher, { messageId, envelope, decision }, octets, size)),
    });
  }

  /** JOIN-15: what somebody writes at the door goes to nobody in the room. */
  #knock(request: Request, { contentType }: Envelope, content: Buffer): number | Verdict | Promise<Verdict> {
    // Written of itself by a client, not by who sits before it.
    if (STATUS.has(contentType)) return TAKEN;
    if (contentType !== 'text/plain' || content.length > MAX_ANSWER) return this.refuse(request, 403);
    const verdictOf = (status: number): Verdict => (status === 200 ? TAKEN : { is: 'refused', status });
    const status = this.#options.knock(content.toString());
    return typeof status === 'number' ? verdictOf(status) : status.then(verdictOf);
  }

  /**
   * MSRP-18: the status that its sender hears of a refusal. A handset takes "any answer other than 200 (and 408/413) to a SEND
   * as death of the session", so it is told of none that policy decided, "unless the refusal is a security one (IDN-03)".
   */
  answerTo({ messageId }: Request, status: number): number {
    if (!SOFT.has(status) || !this.#sender.softReject) return status;
    return this.#forged?.has(messageId ?? '') ? status : 200;
  }

  /**
   * Notes that a message goes to nobody, and returns the status.
   *
   * @param told the log says so already
   */
  refuse(request: Request, status: number, told = false): number {
    this.note(request, 'reject', status);
    this.#options.refused(request.messageId, status, told);
    return status;
  }

  /** Notes what became of a message that was not routed, or not to its end. */
  note(request: Request, outcome: Decision['outcome'], status: number): void {
    if (outcome === 'reject') this.#options.traffic.refused.count(String(status));
    if (this.#isTold) this.#tell(request, { outcome, status, recipients: [], wrappedType: null });
  }

  /** Somebody wants to know what becomes of messages. */
  get #isTold(): boolean {
    return messages.hasSubscribers || this.#options.decided() !== undefined;
  }

  #tell(request: Request, made: Omit<Decision, 'endpoint' | 'messageId'>): void {
    const decision = { endpoint: this.#sender.id, messageId: request.messageId ?? '', ...made };
    this.#options.decided()?.(decision);
    if (!messages.hasSubscribers) return;
    const { recipients, wrappedType: contentType, ...told } = decision;
    const total = request.byteRange?.total ?? '*';
    const size = total === '*' ? null : total;
    messages.publish({ ...told, room: this.#room.uri, size, recipients: recipients.length, contentType });
  }

  #rejected(request: Request, { status, forged }: Extract<Route<Recipient>, { kind: 'reject' }>): number {
    if (forged && this.#sender.softReject) (this.#forged ??= new Recent(REMEMBERED)).set(request.messageId ?? '', true);
    return this.refuse(request, status);
  }

  #route(request: Request, envelope: Envelope): Route<Recipient> {
    const decision = route(envelope, this.#sender, this.#room);
    const isStatus = STATUS.has(envelope.contentType);
    if (isStatus) this.#options.pace?.wasStatus();
    else if (decision.kind === 'broadcast') this.#options.spoke();
    if (decision.kind !== 'reject') this.#passed(isStatus ? 'status' : KINDS[decision.kind]);
    if (decision.kind === 'reject') this.#rejected(request, decision);
    else if (this.#isTold) {
      const recipients = [...decision.recipients, ...this.#reached(envelope.contentType, decision)].map(({ id }) => id);
      this.#tell(request, { outcome: decision.kind, status: 200, recipients, wrappedType: envelope.contentType });
    }
    return decision;
  }

  #passed(kind: 'status' | 'toRoom' | 'toParticipant'): void {
    this.passed++;
    this.#options.traffic[kind]++;
  }

  #deliver(request: Request, envelope: Envelope, decision: Delivered, body: Buffer): void {
    const now = this.#options.clock.now();
    const headers = mimeHeaders(request);
    const { recipients, elsewhere } = decision;
    const report = reportOf(this.#room.rules, decision.kind === 'private');
    const make = (octets: Buffer): Outgoing => Outgoing.complete(headers, envelope.contentType, now, octets, report);
    const isElsewhere = elsewhere.reaches.length > 0;
    // The reader's buffer is used again, so a body that is kept as octets is copied, once.
    const own = body.length > LARGE || isElsewhere ? Buffer.from(body) : body;
    const message = make(own);
    const rewrite = (to: string): Outgoing =>
      to === envelope.to[0].uri
        ? message
        : make(Buffer.concat([withTo(envelope, to), own.subarray(envelope.headerBytes.length)]));
    deliverCopies(message, recipients, decision.kind === 'private' ? null : rewrite);
    if (isElsewhere) this.#options.others.forward(this.#described(headers, envelope, decision), elsewhere, own);
    // The reader's buffer is used again.
    const watcher = this.#watcher(envelope, decision);
    if (watcher) {
      const seen = body.length > watcher.most ? null : Buffer.from(body);
      this.#see(watcher, { messageId: request.messageId, envelope, decision }, seen, body.length);
    }
    this.#options.throttle.handed(body.length, recipients, elsewhere);
  }

  /** What other switches are told before the octets. */
  #described(mimeHeaders: string, envelope: Envelope, decision: Delivered): ForwardedMessage {
    return {
      room: this.#room.uri,
      participant: this.#sender.participant,
      to: decision.kind === 'private' ? decision.to : null,
      mimeHeaders,
      wrappedType: envelope.contentType,
    };
  }

  #forwarded(headers: string, envelope: Envelope, decision: Delivered, total: number | null): Forwarded | undefined {
    const { elsewhere } = decision;
    if (elsewhere.reaches.length === 0) return undefined;
    return this.#options.others.open(this.#described(headers, envelope, decision), elsewhere, total);
  }

  /** Recipients at other switches, for who traces. */
  #reached(type: string, { kind, elsewhere: { members } }: Delivered): readonly Addressee[] {
    if (kind === 'private') return members;
    return audience(hearersAmong(members, type), this.#sender.participant, this.#room.rules);
  }

  #watcher({ contentType }: Envelope, { kind }: Delivered): Watcher | undefined {
    return this.#options.watcher(kind === 'broadcast' && !STATUS.has(contentType));
  }

  #see(watcher: Watcher, { messageId, envelope, decision }: Routed, body: Buffer | null, size: number): void {
    watcher.tell({
      room: this.#room.uri,
      endpoint: this.#sender.id,
      to: decision.kind === 'private' ? decision.to : null,
      from: envelope.from!.uri,
      contentType: envelope.contentType,
      body,
      size,
      messageId: messageId ?? '',
    });
  }
}

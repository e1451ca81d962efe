/** From a routed message to its recipients' outboxes: one shared body, unchanged (7701-6.1-06, D7), frozen recipients (D8). */
import { type Envelope, parseCpim, withTo } from '../cpim/index.js';
import type { Decision, SeenMessage } from '../focus-switch.js';
import type { Request } from '../msrp/index.js';
import type { Clock } from '../util/clock.js';
import { mimeHeaders, Outgoing } from './outgoing.js';
import type { Outbox } from './outbox.js';
import { type Member, type Route, type RoutedRoom, route } from './route.js';

/** A member copies can be handed to. */
export interface Recipient extends Member {
  readonly outbox: Outbox;
  /** Rewrite CPIM To of room messages to this URI; null leaves it (D7). */
  readonly roomToUri: string | null;
  /** It left the room. */
  readonly removed: boolean;
}

export interface RelayRoom extends RoutedRoom<Recipient> {
  readonly uri: string;
}

type Delivered = Exclude<Route<Recipient>, { kind: 'reject' }>;

export interface RelayOptions {
  clock: Clock;
  /** Told of every message let through; absent while nobody watches. */
  seen(): ((message: SeenMessage) => void) | undefined;
  /** Told what became of every message; absent while nobody traces. */
  decided(): ((decision: Decision) => void) | undefined;
}

/** Passes the messages of one endpoint on. */
export class Relay {
  readonly #sender: Recipient;
  readonly #room: RelayRoom;
  readonly #options: RelayOptions;

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
    const decision = this.#route(request, envelope);
    if (decision.kind === 'reject') return decision.status;
    return () => this.#deliver(request, envelope, decision, body);
  }

  /** A message whose envelope is complete and whose content still comes; a status when it is refused. */
  open(request: Request, envelope: Envelope, total: number | null): number | Relayed {
    const decision = this.#route(request, envelope);
    if (decision.kind === 'reject') return decision.status;
    return new Relayed(request, envelope, decision.recipients, total, this.#options.clock.now(), (pieces) =>
      this.#see(envelope, decision, pieces),
    );
  }

  /** Notes that a message goes to nobody, and returns the status. */
  refuse(request: Request, status: number): number {
    this.note(request, 'reject', status);
    return status;
  }

  /** Notes what became of a message that was not routed, or not to its end. */
  note(request: Request, outcome: Decision['outcome'], status: number): void {
    this.#options.decided()?.({
      endpoint: this.#sender.id,
      messageId: request.messageId ?? '',
      outcome,
      status,
      recipients: [],
      wrappedType: null,
    });
  }

  #route(request: Request, envelope: Envelope): Route<Recipient> {
    const decision = route(envelope, this.#sender, this.#room);
    const decided = this.#options.decided();
    if (decision.kind === 'reject') this.refuse(request, decision.status);
    else if (decided) {
      decided({
        endpoint: this.#sender.id,
        messageId: request.messageId ?? '',
        outcome: decision.kind,
        status: 200,
        recipients: decision.recipients.map((recipient) => recipient.id),
        wrappedType: envelope.contentType,
      });
    }
    return decision;
  }

  #deliver(request: Request, envelope: Envelope, decision: Delivered, body: Buffer): void {
    const now = this.#options.clock.now();
    const headers = mimeHeaders(request);
    const make = (octets: Buffer): Outgoing => Outgoing.complete(headers, envelope.contentType, now, octets);
    // The reader's buffer is used again, so a body that is kept as octets is copied, once.
    const own = body.length > LARGE ? Buffer.from(body) : body;
    const message = make(own);
    let rewritten: Map<string, Outgoing> | undefined;
    for (const recipient of decision.recipients) {
      const { roomToUri } = recipient;
      if (roomToUri === null || decision.kind === 'private') recipient.outbox.deliver(message);
      else {
        rewritten ??= new Map();
        let variant = rewritten.get(roomToUri);
        if (!variant) {
          variant = make(Buffer.concat([withTo(envelope, roomToUri), own.subarray(envelope.headerBytes.length)]));
          rewritten.set(roomToUri, variant);
        }
        recipient.outbox.deliver(variant);
      }
    }
    this.#see(envelope, decision, [body]);
  }

  #see(envelope: Envelope, decision: Delivered, pieces: readonly Buffer[]): void {
    const seen = this.#options.seen();
    if (!seen) return;
    const body = Buffer.concat(pieces);
    seen({
      room: this.#room.uri,
      endpoint: this.#sender.id,
      to: decision.kind === 'private' ? decision.to : null,
      from: envelope.from!.uri,
      contentType: envelope.contentType,
      body,
      size: body.length,
    });
  }
}

/** Bodies above this are kept as octets by `Outgoing`, below as text of its own. */
const LARGE = 4096;

/** One message in flight: its recipients are those of its first octets (7701-6.1-09, 7701-6.1-10). */
export class Relayed {
  /** By the To its recipients need; null for the unchanged wrapper. */
  readonly #variants = new Map<string | null, { message: Outgoing; later: Recipient[] }>();
  readonly #envelope: Envelope;
  readonly #see: (pieces: readonly Buffer[]) => void;
  readonly #kept: Buffer[] = [];
  #first = true;

  constructor(
    request: Request,
    envelope: Envelope,
    recipients: readonly Recipient[],
    total: number | null,
    now: number,
    see: (pieces: readonly Buffer[]) => void,
  ) {
    this.#envelope = envelope;
    this.#see = see;
    const headers = mimeHeaders(request);
    for (const recipient of recipients) {
      const key = recipient.roomToUri;
      let variant = this.#variants.get(key);
      if (!variant) {
        // The rewritten wrapper has another length than the one announced.
        const message = new Outgoing(headers, envelope.contentType, now, key === null ? total : null);
        variant = { message, later: [] };
        this.#variants.set(key, variant);
      }
      // 7701-6.1-08: distribution starts now, except to those who need the whole message.
      if (recipient.outbox.delivery === 'stream') recipient.outbox.deliver(variant.message);
      else variant.later.push(recipient);
    }
  }

  push(bytes: Buffer): void {
    this.#kept.push(bytes);
    for (const [to, { message }] of this.#variants) {
      if (this.#first && to !== null) {
        message.push(Buffer.concat([withTo(this.#envelope, to), bytes.subarray(this.#envelope.headerBytes.length)]));
      } else message.push(bytes);
    }
    this.#first = false;
  }

  finish(): void {
    for (const { message, later } of this.#variants.values()) {
      message.finish();
      for (const recipient of later) {
        if (!recipient.removed) recipient.outbox.deliver(message);
      }
    }
    this.#see(this.#kept);
  }

  /** No more is expected soon: what is open is not kept open. */
  pause(): void {
    for (const { message } of this.#variants.values()) message.pause();
  }

  abort(): void {
    for (const { message } of this.#variants.values()) message.abort();
  }
}

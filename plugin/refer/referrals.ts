import type { Identity } from '../../lib/chat-server.js';
import { parseNameAddrs } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { identify } from '../admission.js';
import type { DialogReferrals, Face, SubscribedDialog, TerminationReason } from '../face.js';
import { capabilities, header, isRefusal, warning } from '../sip/header-values.js';
import { reportRefusal } from '../limits/refusals.js';
import type { RoomUri } from '../sip/room-uri.js';
import { legOf, type Reply } from '../drachtio/srf-adapter.js';
import type { ControlSocket, SipRequest, SipResponse } from '../drachtio/srf-types.js';
import { warningText } from '../sip/warning-text.js';
import { referEvent, sequenceOf } from './event.js';
import { type Permitted, References } from './references.js';
import { EXPIRES, ReferSubscription } from './refer-subscription.js';

/** Subscriptions of all REFERs that are under way, and those of one dialog. */
const MAX_SUBSCRIPTIONS = 10_000;
const MAX_IN_DIALOG = 20;

/** A dialog in which there was a REFER; from then on each has an id (RFC 3515 §2.4.6). */
interface ReferringDialog {
  /** By Event header. */
  readonly subscriptions: Map<string, ReferSubscription>;
}

/**
 * REFER to a room, in the dialog of an INVITE and outside of one, and the subscriptions that come of it (RFC 3515, RFC 4488).
 * A dialog that a REFER made is for that one subscription: what else comes in it is refused.
 */
export class Referrals implements DialogReferrals {
  readonly #face: Face;
  readonly #references: References;
  readonly #dialogs = new Map<string, ReferringDialog>();
  /** The dialogs that a REFER made. */
  readonly #own = new Map<string, { subscription: ReferSubscription; contact: string; refer: SipRequest }>();
  #size = 0;

  constructor(face: Face) {
    this.#face = face;
    this.#references = new References(face);
  }

  /** Subscriptions at the moment. */
  get size(): number {
    return this.#size;
  }

  /** REFER outside of a dialog (REF-01). `contact` is the room's. Rejects with a ChatroomsError whose `sipStatus` is the answer. */
  async create(req: SipRequest, res: SipResponse, room: RoomUri, contact: string): Promise<void> {
    const { adapter } = this.#face;
    // RFC 3515 §2.2: "MUST contain exactly one Contact"; NOTIFYs go there.
    if (parseNameAddrs(header(req, 'Contact', 'm') ?? '').length !== 1) {
      return adapter.reply(req, res, 400, { reason: 'Missing Contact' });
    }
    const by = await identify(this.#face, req, room);
    this.#refusing(req, res, room, () => {
      const reference = this.#read(req, res, room, by);
      if (!reference) return;
      if (reference.silent) {
        this.#references.carryOut(reference, room, by);
        return this.#accept(req, res, contact, true);
      }
      let id: string | undefined;
      const subscription = this.#carriedOut(reference, room, by, 'refer', () => this.#own.delete(id ?? ''));
      this.#accept(req, res, contact, false, (sent) => {
        id = res.stackDialogId;
        if (!sent || !id) return subscription.lost();
        this.#own.set(id, { subscription, contact: sent.contact, refer: req });
        subscription.start(legOf(id, req), sent.contact);
      });
    });
  }

  /** REFER in the dialog of an INVITE; who sent it is whose dialog it is. */
  request(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void {
    const { room, identity: by, leg, contact } = dialog;
    this.#refusing(req, res, room, () => {
      const known = this.#dialogs.get(leg.id);
      if ((known?.subscriptions.size ?? 0) >= MAX_IN_DIALOG) return this.#face.adapter.reply(req, res, 480);
      const reference = this.#read(req, res, room, by);
      if (!reference) return;
      // REF-05, RFC 3515 §2.4.6: "for the second and subsequent REFER requests … it MUST include an id parameter".
      const event = known ? `refer;id=${sequenceOf(req)}` : 'refer';
      const subscriptions = known?.subscriptions ?? new Map<string, ReferSubscription>();
      if (reference.silent) {
        this.#references.carryOut(reference, room, by);
        this.#dialogs.set(leg.id, { subscriptions });
        return this.#accept(req, res, contact, true);
      }
      const subscription = this.#carriedOut(reference, room, by, event, () => subscriptions.delete(event));
      subscriptions.set(event, subscription);
      this.#dialogs.set(leg.id, { subscriptions });
      this.#accept(req, res, contact, false, (sent) => {
        if (sent) subscription.start(leg, contact);
        else subscription.lost();
      });
    });
  }

  /** SUBSCRIBE with `Event: refer` in the dialog of an INVITE: a refresh, or the end (RFC 6665 §4.2.1). */
  subscribe(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void {
    const event = referEvent(req);
    const subscription = this.#dialogs.get(dialog.leg.id)?.subscriptions.get(event ?? '');
    this.#refresh(req, res, subscription, dialog.contact);
  }

  /** A request in a dialog that a REFER made: srf has none for it, so it comes as if new. */
  inOwnDialog(req: SipRequest, res: SipResponse): boolean {
    const own = this.#own.get(req.stackDialogId ?? '');
    if (!own) return false;
    if (req.method === 'SUBSCRIBE') {
      this.#refresh(req, res, referEvent(req) === 'refer' ? own.subscription : undefined, own.contact);
    } else this.#face.adapter.reply(req, res, 405, { headers: { Allow: 'SUBSCRIBE, NOTIFY' } });
    return true;
  }

  liveIn(dialog: string | undefined): boolean {
    return (this.#dialogs.get(dialog ?? '')?.subscriptions.size ?? 0) > 0;
  }

  endIn(dialog: string, reason: TerminationReason): void {
    for (const subscription of this.#in(dialog)) subscription.finish(reason);
    this.#dialogs.delete(dialog);
  }

  lost(dialog: string): void {
    for (const subscription of this.#in(dialog)) subscription.lost();
    this.#dialogs.delete(dialog);
  }

  /** The server stops. */
  endAll(reason: TerminationReason): void {
    for (const { subscription } of this.#own.values()) subscription.finish(reason);
    for (const dialog of this.#dialogs.keys()) this.endIn(dialog, reason);
  }

  /** There is a control connection again; dialogs of the lost one are dead to the server, but it still sends in them (DRA-G2). */
  abandoned(lost: ReadonlySet<ControlSocket>): void {
    for (const { subscription, refer } of this.#own.values()) {
      if (!lost.has(refer.socket)) continue;
      this.#face.adapter.rebind(refer);
      subscription.finish('deactivated');
    }
  }

  #in(dialog: string): ReferSubscription[] {
    return [...(this.#dialogs.get(dialog)?.subscriptions.values() ?? [])];
  }

  /** What is asked for; undefined when it was refused. */
  #read(req: SipRequest, res: SipResponse, room: RoomUri, by: Identity): Permitted | undefined {
    const { adapter } = this.#face;
    const reference = this.#references.read(req, room, by);
    if ('status' in reference) adapter.reply(req, res, reference.status, reference.reply);
    else if (!reference.silent && this.#size >= MAX_SUBSCRIPTIONS) adapter.reply(req, res, 480);
    else return reference;
    return undefined;
  }

  /** Does what is asked for; its subscription, to be started with the 202. Nobody subscribes to what is refused. */
  #carriedOut(reference: Permitted, room: RoomUri, by: Identity, event: string, over: () => void): ReferSubscription {
    const { clock, adapter } = this.#face;
    const ended = (): void => {
      this.#size--;
      over();
    };
    const subscription = new ReferSubscription({ clock, adapter, event, over: ended });
    this.#size++;
    try {
      this.#references.carryOut(reference, room, by, (status) => subscription.report(status));
    } catch (error) {
      subscription.lost();
      throw error;
    }
    return subscription;
  }

  /** What the focus and the invitations refuse becomes the answer. */
  #refusing(req: SipRequest, res: SipResponse, room: RoomUri, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ChatroomsError) || !isRefusal(error.sipStatus)) throw error;
      const { adapter, settings } = this.#face;
      const { sipStatus } = error;
      reportRefusal(this.#face, req, error);
      // REF-11, FAC-24.
      const text = warningText(error, settings.profile);
      const headers: Record<string, string> = text === null ? {} : { Warning: warning(room.domain, text) };
      adapter.reply(req, res, sipStatus, { headers, error });
    }
  }

  /** 202: RFC 3515 §2.4.2 "before the final status of the referred request"; drachtio adds no Contact to it (REF-05). */
  #accept(
    req: SipRequest,
    res: SipResponse,
    contact: string,
    silent: boolean,
    done: (sent: { contact: string } | null) => void = () => {},
  ): void {
    const headers: Record<string, string> = { ...capabilities(!silent), Contact: contact };
    // REF-06, RFC 4488 §4.
    if (silent) headers['Refer-Sub'] = 'false';
    this.#face.adapter.reply(req, res, 202, { headers }, (error, sent) =>
      done(error ? null : { contact: sent?.get('Contact') ?? contact }),
    );
  }

  #refresh(req: SipRequest, res: SipResponse, subscription: ReferSubscription | undefined, contact: string): void {
    const { adapter } = this.#face;
    // RFC 3515 §2.4.4: "If a SUBSCRIBE request for event refer is received for a subscription that does not already exist, it
    // MUST be rejected with a 403."
    if (!subscription) return adapter.reply(req, res, 403, { reason: 'REFER First' });
    const refused = expiresOf(req);
    if (typeof refused !== 'number') return adapter.reply(req, res, refused.status, refused.reply);
    const expires = subscription.granted(refused);
    const headers = { ...capabilities(true), Contact: contact, Expires: String(expires) };
    adapter.reply(req, res, 200, { headers }, (error) => {
      if (!error) subscription.refresh(expires);
    });
  }
}

/** Seconds that a SUBSCRIBE asks for; without a word, what the first NOTIFY said. */
function expiresOf(req: SipRequest): number | { status: number; reply: Reply } {
  const text = header(req, 'Expires')?.trim();
  if (text === undefined) return EXPIRES;
  return /^\d{1,10}$/.test(text) ? Number(text) : { status: 400, reply: { reason: 'Bad Expires' } };
}

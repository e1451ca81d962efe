import type { DocumentKind, LegKind, WatchRequest } from '../../lib/chat-server.js';
import { param, parseNameAddrs, parseParams } from '../../lib/embedded-drachtio/message/index.js';
import { documentKind, SUPPORTED_TYPES } from './accept.js';
import { authorize, identify } from '../admission.js';
import type { DialogSubscriptions, Face, SubscribedDialog, TerminationReason } from '../face.js';
import { isHandset, legKind } from '../handset/feature-tags.js';
import { capabilities, header, TOKEN } from '../sip/header-values.js';
import { keepsNoState } from '../sip/peer-profile.js';
import { reportLimit } from '../limits/refusals.js';
import type { RoomUri } from '../sip/room-uri.js';
import { legOf, type Reply } from '../drachtio/srf-adapter.js';
import type { ControlSocket, SipRequest, SipResponse } from '../drachtio/srf-types.js';
import { ConferenceSubscription } from './subscription.js';

/** Seconds of a subscription: default of 4575-3-01, and the bounds of SUB-02. */
const EXPIRES = { standard: 3_600, least: 60, most: 7_200 } as const;

/** Subscriptions of all rooms; the focus has a limit per room. */
const MAX_SUBSCRIPTIONS = 50_000;

/** Conference-event subscriptions (RFC 4575 §3, RFC 6665), in dialogs of their own and in those of INVITEs (SUB-01). */
export class Subscriptions implements DialogSubscriptions {
  readonly #face: Face;
  /** By dialog, then by the id of the Event header. */
  readonly #dialogs = new Map<string, Map<string, ConferenceSubscription>>();
  /** The dialogs that a SUBSCRIBE made. */
  readonly #own = new Map<string, SubscribedDialog & { subscribe: SipRequest }>();
  #size = 0;

  constructor(face: Face) {
    this.#face = face;
  }

  get size(): number {
    return this.#size;
  }

  /** A request in a dialog that a SUBSCRIBE made: srf has none for those we answer 200, so they come as if new. */
  inOwnDialog(req: SipRequest, res: SipResponse): boolean {
    const id = req.stackDialogId;
    const own = id === undefined ? undefined : this.#own.get(id);
    if (id === undefined || own === undefined) return false;
    if (req.method === 'SUBSCRIBE') {
      this.request(req, res, own);
    } else {
      this.#face.adapter.reply(req, res, 405, { headers: { Allow: 'SUBSCRIBE, NOTIFY' } });
    }
    return true;
  }

  /**
   * SUBSCRIBE outside of a dialog. `contact` is the room's. Rejects with a ChatroomsError whose `sipStatus` is the answer.
   */
  async create(req: SipRequest, res: SipResponse, room: RoomUri, contact: string): Promise<void> {
    const { adapter, chat } = this.#face;
    const asked = read(req);
    if ('status' in asked) return adapter.reply(req, res, asked.status, asked.reply);
    if (parseNameAddrs(header(req, 'Contact', 'm') ?? '').length !== 1) {
      return adapter.reply(req, res, 400, { reason: 'Missing Contact' });
    }
    // 4353-5.4-01: "SUBSCRIBE to a deleted/unknown room gives a SIP error (404)".
    if (!chat.focus.room(room.uri)) return adapter.reply(req, res, 404);
    if (this.#size >= MAX_SUBSCRIPTIONS) return this.#refuse(req, res);
    const { kind } = asked;
    const legKind = this.#legKind(req);
    const request: WatchRequest = {
      identity: await identify(this.#face, req, room),
      kind,
      stateless: keepsNoState(req),
      inDialog: false,
      view: viewFor(legKind, kind),
    };
    const watched = chat.focus.room(room.uri);
    // IDN-05: the same as who joins.
    if (watched?.config.roster.watch === 'joiners' && !watched.knows(request.identity)) {
      await authorize(this.#face, req, room, request.identity);
    }
    if (this.#face.draining) return adapter.reply(req, res, 503);
    chat.focus.checkWatch(room.uri, request);
    // SUB-02: 200, not the 202 of srf's createUAS.
    adapter.reply(req, res, 200, { headers: answer(asked.expires, contact) }, (error, sent) => {
      const id = res.stackDialogId;
      if (error || !id) return;
      const { identity, stateless } = request;
      const dialog = {
        room,
        contact: sent?.get('Contact') ?? contact,
        leg: legOf(id, req),
        identity,
        stateless,
        kind: legKind,
      };
      this.#own.set(id, { ...dialog, subscribe: req });
      this.#add(dialog, asked.event, request).start(asked.expires);
    });
  }

  /** SUBSCRIBE in a dialog: a new subscription, a refresh, or the end of one (`Expires: 0`, SUB-16). */
  request(req: SipRequest, res: SipResponse, dialog: SubscribedDialog): void {
    const { adapter } = this.#face;
    const asked = read(req);
    if ('status' in asked) return adapter.reply(req, res, asked.status, asked.reply);
    const { leg, contact, identity } = dialog;
    const known = this.#dialogs.get(leg.id)?.get(asked.event);
    if (!known && this.#size >= MAX_SUBSCRIPTIONS) return this.#refuse(req, res);
    const request: WatchRequest = {
      identity,
      kind: asked.kind,
      stateless: dialog.stateless || keepsNoState(req),
      inDialog: !this.#own.has(leg.id),
      view: viewFor(isHandset(dialog.kind) ? dialog.kind : this.#legKind(req), asked.kind),
    };
    // DRA-06: srf would answer an unsubscribe 202, without Expires and with another Contact.
    adapter.reply(req, res, 200, { headers: answer(asked.expires, contact) }, (error) => {
      if (error) return;
      const subscription = this.#dialogs.get(leg.id)?.get(asked.event) ?? this.#add(dialog, asked.event, request);
      subscription.start(asked.expires);
    });
  }

  #refuse(req: SipRequest, res: SipResponse): void {
    reportLimit(this.#face, req, 'maxSubscriptions', 480);
    this.#face.adapter.reply(req, res, 480);
  }

  /** Our BYE is about to end this dialog. */
  endIn(dialog: string, reason: TerminationReason): void {
    for (const subscription of this.#in(dialog)) subscription.finish(reason);
  }

  /** This dialog ended. */
  lost(dialog: string): void {
    for (const subscription of this.#in(dialog)) subscription.lost();
  }

  /** The server stops, or its control connection was lost: nobody can refresh any more. */
  endAll(reason: TerminationReason): void {
    for (const dialog of this.#dialogs.keys()) this.endIn(dialog, reason);
  }

  /** There is a control connection again: subscribers whose SUBSCRIBE the server would refuse subscribe anew (DRA-G2). */
  abandoned(lost: ReadonlySet<ControlSocket>): void {
    for (const [id, { subscribe }] of this.#own) {
      if (!lost.has(subscribe.socket)) continue;
      this.#face.adapter.rebind(subscribe);
      this.endIn(id, 'deactivated');
    }
  }

  /** CAP-06: of who subscribes; undefined where handsets are like others. */
  #legKind(req: SipRequest): LegKind | undefined {
    return this.#face.settings.profile === 'rcs' ? legKind(req) : undefined;
  }

  #in(dialog: string): ConferenceSubscription[] {
    return [...(this.#dialogs.get(dialog)?.values() ?? [])];
  }

  #add(dialog: SubscribedDialog, event: string, request: WatchRequest): ConferenceSubscription {
    const { leg, room, contact } = dialog;
    const inDialog = this.#dialogs.get(leg.id) ?? new Map<string, ConferenceSubscription>();
    this.#dialogs.set(leg.id, inDialog);
    this.#size++;
    const over = (): void => {
      this.#size--;
      inDialog.delete(event);
      if (inDialog.size > 0) return;
      this.#dialogs.delete(leg.id);
      this.#own.delete(leg.id);
    };
    const subscription = new ConferenceSubscription(this.#face, { leg, room, event, contact, request, over });
    inDialog.set(event, subscription);
    return subscription;
  }
}

/** SUB-13: "view `rcs` chosen when the subscriber's leg or SUBSCRIBE carries" the tags of a handset; XCON is for others. */
const viewFor = (leg: LegKind | undefined, kind: DocumentKind): 'default' | 'rcs' =>
  isHandset(leg) && kind === 'conference-info' ? 'rcs' : 'default';

const answer = (expires: number, contact: string): Record<string, string> => ({
  ...capabilities(),
  Contact: contact,
  Expires: String(expires),
});

type Asked = { event: string; expires: number; kind: DocumentKind } | { status: number; reply: Reply };

function read(req: SipRequest): Asked {
  const [name = '', ...params] = (header(req, 'Event', 'o') ?? '').split(';');
  // SUB-03: another event, or none.
  if (name.trim().toLowerCase() !== 'conference') {
    return { status: 489, reply: { headers: { 'Allow-Events': 'conference' } } };
  }
  // 4575-3.4-01: "If Accept is present and does not contain a supported type → 406".
  const kind = documentKind(header(req, 'Accept'));
  if (kind === null) return { status: 406, reply: { headers: { Accept: SUPPORTED_TYPES } } };
  const text = header(req, 'Expires')?.trim();
  if (text !== undefined && !/^\d{1,10}$/.test(text)) return { status: 400, reply: { reason: 'Bad Expires' } };
  const expires = Math.min(text === undefined ? EXPIRES.standard : Number(text), EXPIRES.most);
  if (expires > 0 && expires < EXPIRES.least) {
    return { status: 423, reply: { headers: { 'Min-Expires': String(EXPIRES.least) } } };
  }
  const id = param(parseParams(params.join(';')), 'id');
  // It goes into our NOTIFYs as it is (RFC 6665 §8.4: `id` is a token).
  if (id !== undefined && !TOKEN.test(id)) return { status: 400, reply: { reason: 'Bad Event' } };
  return { event: id === undefined ? 'conference' : `conference;id=${id}`, expires, kind };
}

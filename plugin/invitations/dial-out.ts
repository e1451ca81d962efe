import type { Identity, Room } from '../../lib/chat-server.js';
import { parseUri, uriHost } from '../../lib/embedded-drachtio/message/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { PerMinute } from '../../lib/util/per-minute.js';
import { focusContactOver } from '../drachtio/srf-adapter.js';
import type { Face } from '../face.js';
import { taggedContact } from '../handset/feature-tags.js';
import { SUPPORTED } from '../sip/header-values.js';
import { addressOfRecord } from '../identity/address-of-record.js';
import { canonicalTarget, withNumberForms } from '../identity/numbers.js';
import { OfferTurns } from '../invite/offer-turns.js';
import { historyList } from './history-list.js';
import { Invitation } from './invitation.js';
import type { InvitationRequest, Invitations, Invitee, Progress } from './invitations.js';
import { inviteHeaders } from './invite-headers.js';
import { mayDial } from './targets.js';

type Watcher = (progress: Progress) => void;

/** The INVITEs of all rooms (RFC 4353 §5.2): a dialog of its own for each of those invited. */
export class DialOut implements Invitations {
  readonly #face: Face;
  /** Of inviters. */
  readonly #rate: PerMinute;
  readonly #turns: OfferTurns;
  /** Those that are not over, by room and whom they are for. */
  readonly #underway = new Map<Room, Map<string, Invitation>>();

  constructor(face: Face) {
    this.#face = face;
    this.#rate = new PerMinute(face.clock);
    this.#turns = new OfferTurns(() => face.settings.invitations.concurrency);
    // BYE-09, BYE-15: whoever is still being called hears no more of a room that has ended.
    face.chat.focus.on('roomClosed', (room, reason) => {
      for (const invitation of this.#underway.get(room)?.values() ?? []) invitation.cancelled(reason);
    });
  }

  /** Invitations under way, those that wait for their turn too; a leak shows here. */
  get size(): number {
    let size = 0;
    for (const ofRoom of this.#underway.values()) size += ofRoom.size;
    return size;
  }

  invite(request: InvitationRequest, progress: Watcher = () => {}): void {
    const room = this.#check(request);
    const present: Invitee[] = [];
    const reserved: { invitee: Invitee; key: string; invitation: Invitation }[] = [];
    const known: { invitee: Invitee; invitation: Invitation }[] = [];
    const list = room.config.tellInvited ? historyList(request.invitees) : null;
    const underway = this.#underway.get(room) ?? new Map<string, Invitation>();
    try {
      for (const invitee of request.invitees) {
        const key = canonicalTarget(invitee.uri, this.#face.settings) ?? invitee.uri;
        const other = underway.get(key) ?? reserved.find((each) => each.key === key)?.invitation;
        if (other && !other.over) {
          known.push({ invitee, invitation: other });
          continue;
        }
        const invitation = new Invitation(this.#face, this.#plan(request, room, invitee, list));
        if (invitation.reserve() === 'new') reserved.push({ invitee, key, invitation });
        // REF-10; he may also be about to come by himself.
        else present.push(invitee);
      }
      this.#count(request);
    } catch (error) {
      // All or nobody.
      for (const { invitation } of reserved) invitation.cancelled('Not everybody could be invited');
      throw error;
    }
    for (const { invitee, invitation } of [...known, ...reserved]) {
      invitation.watch((news) => progress({ invitee, ...news }));
    }
    for (const { key, invitation } of reserved) this.#start(room, key, invitation);
    for (const invitee of present) progress({ invitee, status: 200, reason: 'OK', final: true });
  }

  #start(room: Room, key: string, invitation: Invitation): void {
    const underway = this.#underway.get(room) ?? new Map<string, Invitation>();
    this.#underway.set(room, underway);
    underway.set(key, invitation);
    invitation.watch(({ final }) => {
      if (!final) return;
      if (underway.get(key) === invitation) underway.delete(key);
      if (underway.size === 0 && this.#underway.get(room) === underway) this.#underway.delete(room);
    });
    invitation.enqueue(this.#turns);
  }

  check({ invitees, by }: Pick<InvitationRequest, 'invitees' | 'by'>): void {
    this.#checkTargets({ invitees, by });
    if (by !== null && !this.#rate.allows(by.uri, this.#perMinute)) throw tooMany();
  }

  /** @throws ChatroomsError as `Invitations.invite` */
  #check({ room: { uri }, invitees, by }: InvitationRequest): Room {
    const room = this.#face.chat.focus.room(uri);
    if (!room) throw new ChatroomsError('CHAT_ERR_ROOM_UNKNOWN', `There is no room ${uri}.`, { sipStatus: 404 });
    this.#checkTargets({ invitees, by });
    return room;
  }

  #checkTargets({ invitees, by }: Pick<InvitationRequest, 'invitees' | 'by'>): void {
    const { settings, draining } = this.#face;
    const { outboundProxy, directDial, invitations } = settings;
    if (draining) throw new ChatroomsError('CHAT_ERR_DRAINING', 'The server is about to stop.', { sipStatus: 503 });
    if (outboundProxy === undefined && !directDial) {
      throw new ChatroomsError('CHAT_ERR_NO_OUTBOUND', 'Nobody can be invited; set outboundProxy.', { sipStatus: 488 });
    }
    // FAC-10: "51 entries refused before any packet leaves".
    if (by !== null && invitees.length > invitations.maxListEntries) {
      const text = `At most ${invitations.maxListEntries} may be invited at once (invitations.maxListEntries).`;
      const limit = 'invitations.maxListEntries';
      throw new ChatroomsError('CHAT_ERR_TOO_MANY_INVITED', text, { sipStatus: 486, limit });
    }
    const refused = invitees.find((invitee) => !this.#mayDial(invitee.uri));
    if (refused) {
      const text = `${JSON.stringify(refused.uri.slice(0, 100))} is not to be invited: no SIP or tel URI, or one of this server.`;
      throw new ChatroomsError('CHAT_ERR_DIAL_TARGET', text, { sipStatus: 403 });
    }
  }

  /**
   * REF-15: only what is really dialled counts, and what was refused otherwise does not. A list is let through whole, as
   * long as it may be (FAC-10), and what it is longer than the share is missing for the rest of a minute.
   */
  #count({ by, invitees }: InvitationRequest): void {
    if (by === null) return;
    if (!this.#rate.allows(by.uri, this.#perMinute)) throw tooMany();
    this.#rate.count(by.uri, this.#perMinute, invitees.length);
  }

  get #perMinute(): number {
    return this.#face.settings.invitations.perMinute;
  }

  readonly #mayDial = (uri: string): boolean => {
    const { settings, chat } = this.#face;
    return mayDial(uri, { settings, isRoom: (room) => chat.focus.room(room) !== undefined });
  };

  #plan(
    request: InvitationRequest,
    { config }: Room,
    invitee: Invitee,
    list: string | null,
  ): ConstructorParameters<typeof Invitation>[1] {
    const face = this.#face;
    const { settings } = face;
    const { room, by, referredBy, subject } = request;
    // INV-02: the proxy, whatever the host in the URI; INV-19: which stays in the Request-URI.
    const proxy = settings.outboundProxy;
    const hop = parseUri(proxy ?? invitee.uri);
    // RFC 3261 §8.1.1.8: "If the Request-URI or top Route header field value contains a SIPS URI, the Contact header field
    // MUST contain a SIPS URI as well."
    const secure = hop?.scheme === 'sips' || /^sips:/i.test(invitee.uri);
    const transport = hop?.params.get('transport')?.toLowerCase() ?? (hop?.scheme === 'sips' ? 'tls' : 'udp');
    const contact = focusContactOver(transport, room, settings.contactHost, secure);
    const facts = {
      room,
      config,
      origin: face.originOf(room),
      uri: invitee.uri,
      by,
      referredBy,
      subject,
      own: invitee.headers ?? {},
      cause: request.headers ?? {},
      trusted: hop !== undefined && face.trusts(uriHost(hop)),
      // INV-07.
      contact: taggedContact(contact, settings.profile),
    };
    return {
      room,
      invitee,
      identity: this.#identity(invitee),
      by,
      contact: facts.contact,
      headers: inviteHeaders(facts, settings),
      list,
      proxy,
      ringTimeout: config.ringTimeout,
      rules: { mayDial: this.#mayDial, credentials: settings.invitations.credentials, supported: SUPPORTED },
    };
  }

  #identity({ uri, displayName = null }: Omit<Invitee, 'displayName'> & { displayName?: string | null }): Identity {
    const identity: Identity = {
      uri: addressOfRecord(uri),
      aliases: [],
      displayName,
      anonymous: false,
      anonymousUri: null,
    };
    return withNumberForms(identity, this.#face.settings);
  }
}

const tooMany = (): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_TOO_MANY_INVITED', 'You have invited many people; wait a minute.', { sipStatus: 403 });

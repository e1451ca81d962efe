/** The conference factory (RFC 4353 §5.1, RFC 5366): an INVITE to it makes a room, and invites those on its list. */
import type { Identity, RoomConfigChange, RoomOrigin } from '../../lib/chat-server.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { PerMinute } from '../../lib/util/per-minute.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';
import type { Face } from '../face.js';
import { ALLOW, capabilities, header, SUPPORTED, warning } from '../sip/header-values.js';
import { isOwn, type Rooms } from '../sip/interception.js';
import type { Invitee } from '../invitations/invitations.js';
import { type Place, receiveInvite } from '../invite/invite.js';
import { inviteesOf, personKey } from '../lists/invitees.js';
import { LIST_TAG, LIST_TYPE, recipientsIn } from '../lists/recipient-list.js';
import type { ChatroomSettings } from '../options/options.js';
import { type RoomUri, roomFrom } from '../sip/room-uri.js';
import { newRoomUri } from './new-room.js';
import { idIn, originOf } from './origin.js';
import { checkNamed, checkNumber, checkSender } from './recipients-policy.js';

export class Factory {
  readonly #face: Face;
  /** Rooms made, by the key of who made them. */
  readonly #created: PerMinute;

  constructor(face: Face) {
    this.#face = face;
    this.#created = new PerMinute(face.clock);
  }

  /** A request to the factory. Rejects with a ChatroomsError whose `sipStatus` is the answer. */
  async handle(req: SipRequest, res: SipResponse, factory: RoomUri): Promise<void> {
    const { adapter } = this.#face;
    switch (req.method) {
      case 'INVITE':
        return receiveInvite(this.#face, req, res, {
          addressed: factory,
          // FAC-03.
          takesLists: true,
          place: (identity) => this.#place(req, factory, identity),
        });
      case 'OPTIONS':
        return this.#answerOptions(req, res, factory);
      case 'SUBSCRIBE':
        // It is no conference, so there is nothing to tell of one.
        return adapter.reply(req, res, 404);
      case 'REFER':
        return adapter.reply(req, res, 403, {
          headers: { Allow: ALLOW, Warning: warning(factory.domain, 'REFER goes to a room, not to what makes rooms') },
        });
      default:
        return adapter.reply(req, res, 405, { headers: { Allow: ALLOW } });
    }
  }

  /** FAC-21, RFC 5366 §5: says that lists are taken, and no `isfocus`, as it is none. */
  #answerOptions(req: SipRequest, res: SipResponse, factory: RoomUri): void {
    const headers = {
      ...capabilities(),
      Supported: [...SUPPORTED, LIST_TAG].join(', '),
      Contact: `<${factory.uri}>`,
      Accept: `application/sdp, multipart/mixed, ${LIST_TYPE}`,
      'Accept-Encoding': 'identity',
      'Accept-Language': 'en',
    };
    this.#face.adapter.reply(req, res, 200, { headers });
  }

  #place(req: SipRequest, factory: RoomUri, identity: Identity): Place {
    const rcs = this.#face.settings.profile === 'rcs';
    const contributionId = rcs ? idIn(req, 'Contribution-ID') : null;
    const running = contributionId === null ? undefined : this.#face.chat.focus.restart(contributionId, identity);
    // Who is invited then is for the group to say, not for the list.
    if (running) return this.#restart(req, running.uri, identity);
    return this.#create(req, factory, { identity, invitees: this.#invitees(req, factory, identity) });
  }

  #invitees(req: SipRequest, factory: RoomUri, creator: Identity): Invitee[] {
    const { settings } = this.#face;
    const entries = recipientsIn(req);
    if (entries.length === 0) return [];
    checkSender(req, factory.domain, this.#face);
    const { maxListEntries } = settings.invitations;
    checkNumber(entries.length, maxListEntries, 'invitations.maxListEntries');
    const rcs = settings.profile === 'rcs';
    const invitees = inviteesOf(entries, { own: (uri) => isOwn(uri, settings, this.#rooms), creator, rcs });
    if (invitees.length === 0) return [];
    if (rcs) checkNamed(creator);
    // A list that leads nowhere is refused, rather than the room made without those on it.
    this.#face.invitations.check?.({ invitees, by: creator });
    return invitees;
  }

  get #rooms(): Rooms {
    const { focus } = this.#face.chat;
    return { find: (uri) => focus.room(uri)?.uri };
  }

  #create(
    req: SipRequest,
    factory: RoomUri,
    { identity, invitees }: { identity: Identity; invitees: readonly Invitee[] },
  ): Place {
    const { chat, settings } = this.#face;
    const rcs = settings.profile === 'rcs';
    const room = newRoomUri(factory, settings.domain);
    const origin = originOf(req, identity, rcs);
    const { maxParticipants } = chat.focus.configOf(room.uri);
    const limit = Math.min(maxParticipants ?? Infinity, settings.limits.maxParticipants ?? Infinity);
    checkNumber(invitees.length + 1, limit, 'maxParticipants');
    this.#count(identity, rcs);
    return {
      room,
      creates: { config: configOf(origin, settings), origin },
      answered: (error) => {
        // BYE-15: a CANCEL overtook the 200. Nobody else can be in it yet.
        if (error) chat.focus.close(room.uri, 'its creator did not come');
        // FAC-13: nobody's answer is waited for, and what comes of it is in the roster.
        else this.#invite(req, room, invitees, identity);
      },
    };
  }

  /** FAC-10: rooms are cheap to ask for, and each may cause as many INVITEs as a list has entries. */
  #count(identity: Identity, rcs: boolean): void {
    const { perMinute } = this.#face.settings.invitations;
    const key = personKey(identity.uri, rcs) ?? identity.uri;
    if (!this.#created.allows(key, perMinute)) {
      throw new ChatroomsError('CHAT_ERR_CREATION_RATE', `You made ${perMinute} rooms within a minute (perMinute).`, {
        sipStatus: 403,
      });
    }
    this.#created.count(key, perMinute);
  }

  /** FAC-16: the group is there already, and he belongs to it. */
  #restart(req: SipRequest, uri: string, identity: Identity): Place {
    const { chat } = this.#face;
    const room = roomFrom(uri, '');
    if (!room) throw new ChatroomsError('CHAT_ERR_ROOM_URI', `${uri} names no room.`);
    return {
      room,
      answered: (error) => {
        if (error) return;
        const absent = chat.focus.room(uri)?.absent ?? [];
        this.#invite(req, room, absent.map(inviteeOf), identity);
      },
    };
  }

  #invite(req: SipRequest, room: RoomUri, invitees: readonly Invitee[], by: Identity): void {
    const { authenticator, invitations, log, settings } = this.#face;
    if (invitees.length === 0) return;
    // HDR-02: what the INVITEs are charged to, if the network says so and not a user.
    const isTold = settings.profile === 'rcs' && authenticator.trusts(req.source_address);
    const charging = isTold ? header(req, 'P-Charging-Vector') : undefined;
    try {
      invitations.invite({
        room,
        invitees,
        by,
        ...(charging !== undefined && { headers: { 'P-Charging-Vector': charging } }),
      });
    } catch (error) {
      if (!(error instanceof ChatroomsError)) throw error;
      // The creator is in: he sees in the roster that nobody was called.
      log.warn({ room: room.uri, code: error.code, why: error.message }, 'nobody of a list was invited');
    }
  }
}

/** Configuration of a room that the factory makes, beside `rooms.defaults`. */
function configOf({ subject }: RoomOrigin, { profile, rooms }: ChatroomSettings): RoomConfigChange {
  const named = subject === null ? {} : { subject };
  if (profile !== 'rcs') return named;
  const { minMembers, roster } = rooms.defaults;
  return {
    ...named,
    membership: true,
    tellInvited: true,
    // BYE-08: "`minParticipants` (rcs default 2, else none)".
    minMembers: minMembers === undefined ? 2 : minMembers,
    // SUB-08: "`rcs`: members whether connected or not".
    roster: { watch: roster?.watch ?? 'participants' },
  };
}

const inviteeOf = ({ uri, displayName }: Identity): Invitee => ({
  uri,
  ...(displayName !== null && { displayName }),
  copyControl: 'to',
});

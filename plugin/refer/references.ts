import type { Identity } from '../../lib/chat-server.js';
import { cpimUriKey } from '../../lib/cpim/index.js';
import { ChatroomsError } from '../../lib/util/errors.js';
import { PerMinute } from '../../lib/util/per-minute.js';
import type { Face } from '../face.js';
import { header } from '../sip/header-values.js';
import { isOwn } from '../sip/interception.js';
import type { RoomUri } from '../sip/room-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { readReference, type Reference, type Refused } from './reference.js';
import type { ReferStatus } from './refer-subscription.js';

/** Seconds after which somebody refused by a stopping server may try again. */
const RETRY_AFTER = '10';

/** What may be done. */
export interface Permitted extends Reference {
  /** Headers that the INVITEs have of the request that caused them. */
  cause: Record<string, string> | undefined;
}

/** Who may refer a room to whom, and what the room then does: invites and removes (4353-5.2-01). */
export class References {
  readonly #face: Face;
  readonly #rate: PerMinute;

  constructor(face: Face) {
    this.#face = face;
    this.#rate = new PerMinute(face.clock);
  }

  /**
   * What `req` asks for, if `by` may ask for all of it (REF-08); otherwise what it is refused with.
   *
   * @throws ChatroomsError with `sipStatus` 400, 403 or 404
   */
  read(req: SipRequest, room: RoomUri, by: Identity): Permitted | Refused {
    const { settings, draining, chat } = this.#face;
    if (draining) return { status: 503, reply: { headers: { 'Retry-After': RETRY_AFTER } } };
    const reference = readReference(req, {
      host: room.domain,
      by,
      own: (uri) => isOwn(uri, settings, { find: (room) => chat.focus.room(room)?.uri }),
      rcs: settings.profile === 'rcs',
      maxListEntries: settings.invitations.maxListEntries,
    });
    if ('status' in reference) return reference;
    const { invite, remove, several } = reference;
    // REF-09: "Out-of-dialog REFER from someone not inside → 403 unless moderator".
    if (invite.length > 0) chat.focus.checkInvite(room.uri, by);
    // REF-08: of a list nobody is removed before it is known that all may be; of one alone the focus says so.
    if (several && !remove.every((target) => chat.focus.permits(room.uri, { act: 'kick', target }, by))) {
      throw new ChatroomsError('CHAT_ERR_FORBIDDEN', 'Not everybody on the list may be removed by you.', {
        sipStatus: 403,
      });
    }
    // REF-15: whoever sends one request has the room send many.
    const { perMinute } = settings.invitations;
    if (invite.length > 0 && !this.#rate.allows(keyOf(by.uri), perMinute, invite.length)) {
      throw new ChatroomsError('CHAT_ERR_TOO_MANY_INVITATIONS', `You may have ${perMinute} invited in a minute.`, {
        sipStatus: 403,
      });
    }
    return { ...reference, cause: this.#cause(req) };
  }

  /**
   * Does it. `report` hears how it goes, at least once and at last with a final status; not of a list.
   *
   * @throws ChatroomsError whose `sipStatus` is the answer; then nobody was called
   */
  carryOut(
    { invite, remove, several, silent, cause }: Permitted,
    room: RoomUri,
    by: Identity,
    report: (status: ReferStatus) => void = () => {},
  ): void {
    const { invitations, settings } = this.#face;
    for (const target of remove) {
      const there = this.#remove(room, target, by);
      // REF-12: 404 in the answer where nothing else will tell.
      if (!there && silent && !several) throw nobody(room, target);
      report({ status: there ? 200 : 404, final: true });
    }
    if (invite.length === 0) return;
    // REF-10, REF-11 and INV-02 are decided there, for everybody who invites. REF-16: of the request only who is asked for and
    // who asks counts; Subject and Contribution-ID are the room's own. INV-03: so is Referred-By.
    const request = { room, invitees: invite, by, ...(cause && { headers: cause }) };
    invitations.invite(request, ({ status, reason, final }) => report({ status, reason, final }));
    this.#rate.count(keyOf(by.uri), settings.invitations.perMinute, invite.length);
  }

  /** HDR-02: "same icid-value copied to the dial-outs it causes, within the trust domain". */
  #cause(req: SipRequest): Permitted['cause'] {
    if (this.#face.settings.profile !== 'rcs' || !this.#face.trusts(req.source_address)) return undefined;
    const vector = header(req, 'P-Charging-Vector');
    return vector === undefined ? undefined : { 'P-Charging-Vector': vector };
  }

  /** REF-12, REF-14: the focus permits it, tells the others who did it, and keeps him out. False when he is not there. */
  #remove(room: RoomUri, target: string, by: Identity): boolean {
    try {
      this.#face.chat.focus.moderate(room.uri, { act: 'kick', target }, by);
      return true;
    } catch (error) {
      if (error instanceof ChatroomsError && error.sipStatus === 404) return false;
      throw error;
    }
  }
}

const keyOf = (uri: string): string => cpimUriKey(uri) ?? uri;

const nobody = (room: RoomUri, target: string): ChatroomsError =>
  new ChatroomsError('CHAT_ERR_NO_PARTICIPANT', `${target} is not in ${room.uri}.`, { sipStatus: 404 });

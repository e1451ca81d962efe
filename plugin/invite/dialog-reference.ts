/** Replaces (RFC 3891) and Join (RFC 3911): an INVITE that names a dialog of ours. */
import { isToken, param, parseParams } from '../../lib/embedded-drachtio/message/index.js';
import type { OpenDialog } from '../face.js';
import { header } from '../sip/header-values.js';
import type { RoomUri } from '../sip/room-uri.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** A dialog as its peer names it to us: `to-tag` is our tag, `from-tag` the peer's. */
interface DialogReference {
  callId: string;
  toTag: string;
  fromTag: string;
  earlyOnly: boolean;
}

/** What an INVITE says of another dialog. */
export interface Reference {
  is: 'replaces' | 'join';
  dialog: DialogReference;
}

/** Why an INVITE is refused for it. */
export interface ReferenceRefused {
  status: 400 | 481 | 486 | 603;
  reason?: string;
}

const BAD: ReferenceRefused = { status: 400, reason: 'Bad Replaces or Join' };

/** The dialog that an INVITE names; undefined for none. */
export function referenceIn(req: Pick<SipRequest, 'get'>): Reference | ReferenceRefused | undefined {
  const [replaces, join] = [header(req, 'Replaces'), header(req, 'Join')];
  if (replaces === undefined && join === undefined) return undefined;
  // RFC 3891 §3: "If more than one Replaces header field is present in an INVITE, or if a Replaces header field is present
  // … with … another header field with contradictory semantics, the UAS MUST reject the request with a 400". RFC 3911 §4
  // says so of Join.
  if (replaces !== undefined && join !== undefined) return BAD;
  const dialog = parseReference(replaces ?? join ?? '');
  return dialog ? { is: replaces === undefined ? 'join' : 'replaces', dialog } : BAD;
}

/** RFC 3891 §6.1: `callid *(SEMI replaces-param)` with exactly one `to-tag` and one `from-tag`. */
function parseReference(value: string): DialogReference | undefined {
  // Neither a Call-ID nor a tag can hold a comma, so that it stands between two values.
  if (value.includes(',')) return undefined;
  const [callId, ...rest] = value.split(';').map((part) => part.trim());
  const names = rest.map((part) => part.split('=', 1)[0].trim().toLowerCase());
  if (['to-tag', 'from-tag'].some((name) => names.filter((each) => each === name).length !== 1)) return undefined;
  const params = parseParams(rest.join(';'));
  const [toTag, fromTag] = [param(params, 'to-tag'), param(params, 'from-tag')];
  if (callId === '' || /\s/.test(callId) || !isToken(toTag ?? '') || !isToken(fromTag ?? '')) return undefined;
  return { callId, toTag: toTag ?? '', fromTag: fromTag ?? '', earlyOnly: params.has('early-only') };
}

/**
 * The endpoint in the room whose dialog is named.
 *
 * JOIN-12, RFC 3891 §3: no match is 481, a dialog that has ended 603, a confirmed one with `early-only` 486. None of ours
 * is early: an INVITE to a room is answered at once, and one of the room has no tag of the peer before its 2xx.
 */
export function endpointOf(
  { dialog: { callId, toTag, fromTag, earlyOnly } }: Reference,
  room: RoomUri,
  dialogs: Iterable<OpenDialog>,
): { endpoint: string } | ReferenceRefused {
  for (const open of dialogs) {
    const { tags } = open;
    if (tags?.callId !== callId || tags.localTag !== toTag || tags.remoteTag !== fromTag) continue;
    if (open.room.uri !== room.uri) break;
    if (open.over) return { status: 603 };
    if (earlyOnly) return { status: 486 };
    return open.endpoint === undefined ? { status: 481 } : { endpoint: open.endpoint };
  }
  return { status: 481 };
}

import { header, tokens } from '../sip/header-values.js';
import type { SipHeaders, SipRequest, SipResponse } from '../drachtio/srf-types.js';

/** Seconds. RFC 4028 §4: "The absolute minimum for the Session-Expires header field is 90 seconds". */
export const MIN_SE = 90;
/** Seconds; some handsets write milliseconds, and an answer may only reduce (TMR-03). */
const MAX_SE = 7_200;
const DEFAULT_SE = 1_800;

/**
 * The timer of an answer of ours in a request of ours (RFC 4028 §7.4), so that it runs on: who was `uac` then is `uas` now.
 */
export function sameTimer(answered: SipHeaders): SipHeaders {
  const match = /^(\d+);refresher=(ua[cs])$/.exec(answered['Session-Expires'] ?? '');
  return match ? { 'Session-Expires': `${match[1]};refresher=${match[2] === 'uac' ? 'uas' : 'uac'}` } : {};
}

/** The timer that a 2xx to an INVITE of ours agreed on, written as if we had answered: its `uac` is us. */
export function timerAgreed(response: Pick<SipResponse, 'get'>): SipHeaders {
  const match = /^\s*(\d{1,10})\s*(;.*)?$/s.exec(header(response, 'Session-Expires', 'x') ?? '');
  if (!match) return {};
  const refresher = /;\s*refresher\s*=\s*"?uas\b/i.test(match[2] ?? '') ? 'uac' : 'uas';
  return { 'Session-Expires': `${Number(match[1])};refresher=${refresher}` };
}

/**
 * The session timer of an answer to INVITE or UPDATE (RFC 4028 §9). drachtio runs it from what the 200 says; the peer
 * refreshes where it can, so that a dead one is noticed (TMR-01, TMR-07).
 */
export function sessionTimer(req: Pick<SipRequest, 'get'>): { headers: SipHeaders } | { tooShort: SipHeaders } {
  const supports = tokens(header(req, 'Supported', 'k')).includes('timer');
  const value = header(req, 'Session-Expires', 'x');
  const match = /^\s*(\d{1,10})\s*(;.*)?$/s.exec(value ?? '');
  if (!match && !supports) return { headers: {} };
  const asked = match ? Number(match[1]) : DEFAULT_SE;
  const minimum = Math.max(MIN_SE, Number(/^\s*(\d{1,10})/.exec(header(req, 'Min-SE') ?? '')?.[1] ?? 0));
  // TMR-02, RFC 4028 §9: too small an interval of a peer that knows the extension is refused with 422.
  if (supports && asked < MIN_SE) return { tooShort: { 'Min-SE': String(MIN_SE) } };
  const interval = Math.max(Math.min(asked, MAX_SE), Math.min(minimum, MAX_SE));
  if (!supports) return { headers: { 'Session-Expires': `${interval};refresher=uas` } };
  const refresher = /;\s*refresher\s*=\s*"?uas\b/i.test(match?.[2] ?? '') ? 'uas' : 'uac';
  const headers: SipHeaders = { 'Session-Expires': `${interval};refresher=${refresher}` };
  // "If the refresher parameter is set to "uac", the UAS MUST place a Require header field … with the value timer".
  if (refresher === 'uac') headers.Require = 'timer';
  return { headers };
}

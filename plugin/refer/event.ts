/** The Event header of subscriptions that REFERs make (RFC 3515 §2.4.4, §2.4.6). */
import { param, parseCSeq, parseParams } from '../../lib/embedded-drachtio/message/index.js';
import { header, TOKEN } from '../sip/header-values.js';
import type { SipRequest } from '../drachtio/srf-types.js';

/** `refer` or `refer;id=…`, as our NOTIFYs write it; undefined for another event. */
export function referEvent(req: Pick<SipRequest, 'get'>): string | undefined {
  const [name = '', ...params] = (header(req, 'Event', 'o') ?? '').split(';');
  if (name.trim().toLowerCase() !== 'refer') return undefined;
  const id = param(parseParams(params.join(';')), 'id');
  // One that is no token is that of no subscription.
  if (id !== undefined && !TOKEN.test(id)) return 'refer;id=';
  return id === undefined ? 'refer' : `refer;id=${id}`;
}

/** The number in CSeq, which names a REFER among those of its dialog. */
export const sequenceOf = (req: Pick<SipRequest, 'get'>): number => parseCSeq(header(req, 'CSeq') ?? '')?.sequence ?? 0;

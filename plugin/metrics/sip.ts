/** Metrics of SIP, and of what is refused. */
import { byName, byWords, counter, type Definition, gauge } from './definition.js';

/** What there was none of yet has its 0: a rate needs where it began. */
const withOk = (counts: Readonly<Record<string, number>>): Record<string, number> => ({ ok: 0, ...counts });

export const SIP_METRICS: readonly Definition[] = [
  counter(
    'chatroom_joins_total',
    'INVITEs to rooms outside of a dialog, by what they were answered: ok or the SIP status.',
    ({ rooms: { sip } }) => byName(withOk(sip.joins), 'result'),
    'result',
  ),
  counter(
    'chatroom_invitations_total',
    'INVITEs of rooms, by what they came to: ok, or the SIP status.',
    ({ rooms: { sip } }) => byName(withOk(sip.invitations), 'result'),
    'result',
  ),
  counter(
    'chatroom_refusals_total',
    'SIP requests refused, by method, status, and code of docs/errors.md (none: the status says all).',
    ({ rooms: { sip } }) => byWords(sip.refusals, 'method', 'status', 'code'),
    'method',
    'status',
    'code',
  ),
  counter(
    'chatroom_limited_total',
    'Times a limit was reached, by the name of its option.',
    ({ rooms }) => byName(rooms.limited, 'limit'),
    'limit',
  ),
  gauge('chatroom_sip_dialogs', 'INVITE dialogs of endpoints.', ({ rooms }) => rooms.sip.dialogs),
  gauge(
    'chatroom_sip_endpoint_dialogs',
    'Dialogs of the embedded SIP endpoint; absent with a drachtio-server.',
    ({ endpoint }) => (endpoint ? [[{}, endpoint.dialogs]] : []),
  ),
  gauge(
    'chatroom_sip_endpoint_transactions',
    'Transactions of the embedded SIP endpoint; absent with a drachtio-server.',
    ({ endpoint }) => (endpoint ? [[{}, endpoint.transactions]] : []),
  ),
  gauge('chatroom_drachtio_connected', '1 while there is a control connection to drachtio, else 0.', ({ drachtio }) =>
    Number(drachtio.connected),
  ),
  counter(
    'chatroom_drachtio_reconnects_total',
    'Times the control connection to drachtio was there again after it had been lost.',
    ({ drachtio }) => drachtio.reconnects,
  ),
];

/** Metrics of rooms, and of MSRP. */
import { FAN_OUT_BOUNDS } from '../../lib/chat-server.js';
import { byName, counter, type Definition, gauge, type Sample } from './definition.js';
import type { Figures } from './figures.js';

/** Of 10,000 rooms there is one number, not 10,000: see docs/metrics.md. */
export const ROOM_METRICS: readonly Definition[] = [
  gauge('chatroom_rooms', 'Rooms there are.', ({ rooms }) => rooms.rooms),
  gauge('chatroom_participants', 'People in rooms, each counted once a room.', ({ rooms }) => rooms.participants),
  gauge('chatroom_endpoints', 'MSRP sessions in rooms.', ({ rooms }) => rooms.endpoints),
  gauge(
    'chatroom_connected_endpoints',
    'MSRP sessions in rooms that have a connection, by transport.',
    ({ rooms }) => byName({ ...NO_TRANSPORTS, ...rooms.transports }, 'transport'),
    'transport',
  ),
  counter('chatroom_save_failures_total', 'Times rooms could not be saved.', ({ rooms }) => rooms.saveFailures),
  counter(
    'chatroom_history_failures_total',
    'Times what was said in rooms could not be saved.',
    ({ rooms }) => rooms.historyFailures,
  ),
];

/** All are there from the start, so that a rate over the first of them is none too low. */
const NO_TRANSPORTS = { tcp: 0, tls: 0, ws: 0, wss: 0 };

export const MESSAGE_METRICS: readonly Definition[] = [
  counter(
    'chatroom_messages_total',
    'Messages of participants by what they were (room, private, status: is-composing and notifications; none: refused before it was decided) and what became of them (ok or the MSRP status).',
    messages,
    'kind',
    'result',
  ),
  counter(
    'chatroom_message_copies_total',
    'Copies of messages written to their end.',
    ({ rooms }) => rooms.traffic.copies,
  ),
  counter(
    'chatroom_message_received_bytes_total',
    'Octets of messages that came, without MSRP.',
    ({ rooms }) => rooms.traffic.octetsIn,
  ),
  counter(
    'chatroom_message_sent_bytes_total',
    'Octets of copies written, without MSRP.',
    ({ rooms }) => rooms.traffic.octetsOut,
  ),
  {
    type: 'histogram',
    name: 'chatroom_fan_out_seconds',
    help: 'Seconds from the last octet of a small message (8 KiB at most) to the last copy handed to the sockets.',
    bounds: FAN_OUT_BOUNDS,
    read: ({ rooms }) => rooms.traffic.fanOut,
  },
  counter(
    'chatroom_nicknames_total',
    'NICKNAME requests by what they were answered.',
    ({ rooms }) => withOk(rooms.traffic.nicknames).map(([result, count]) => [{ result }, count]),
    'result',
  ),
];

/** Each there can be. */
const NO_REFUSALS = { 400: 0, 403: 0, 424: 0, 481: 0, 501: 0, 506: 0 };

export const MSRP_METRICS: readonly Definition[] = [
  gauge('chatroom_msrp_connections', 'MSRP connections.', ({ rooms }) => rooms.connections),
  counter('chatroom_msrp_received_bytes_total', 'Octets of MSRP read.', ({ rooms }) => rooms.octets.in),
  counter('chatroom_msrp_sent_bytes_total', 'Octets of MSRP handed to sockets.', ({ rooms }) => rooms.octets.out),
  counter(
    'chatroom_msrp_timeouts_total',
    'MSRP requests without response for 30 s; each ended its session.',
    ({ rooms }) => rooms.traffic.unanswered,
  ),
  counter(
    'chatroom_msrp_refusals_total',
    'MSRP requests that were malformed or that no session took, by the MSRP status they were refused with.',
    ({ rooms }) => byName({ ...NO_REFUSALS, ...rooms.refusedRequests }, 'status'),
    'status',
  ),
  gauge('chatroom_pending_bytes', 'Octets that wait for endpoints.', ({ rooms }) => rooms.pendingOctets),
  gauge('chatroom_partial_bytes', 'Octets of messages that are not complete.', ({ rooms }) => rooms.partialOctets),
  gauge('chatroom_congested_endpoints', 'Endpoints that read too slowly now.', ({ rooms }) => rooms.congested),
  counter(
    'chatroom_congestion_marks_total',
    'Times an endpoint was found to read too slowly.',
    ({ rooms }) => rooms.congestion.marks,
  ),
  counter(
    'chatroom_congestion_dropped_messages_total',
    'Copies of messages not delivered, or not to their end, to endpoints that read too slowly.',
    ({ rooms }) => rooms.congestion.dropped,
  ),
  counter(
    'chatroom_congestion_disconnects_total',
    'Endpoints ended because they read too slowly for too long.',
    ({ rooms }) => rooms.congestion.ended,
  ),
  counter(
    'chatroom_congestion_notices_total',
    'Messages that told endpoints how many they missed.',
    ({ rooms }) => rooms.congestion.notices,
  ),
];

function messages({ rooms: { traffic } }: Figures): Sample[] {
  const passed = { room: traffic.toRoom, private: traffic.toParticipant, status: traffic.status };
  const refused = Object.entries(traffic.refused);
  return [
    ...Object.entries(passed).map(([kind, count]): Sample => [{ kind, result: 'ok' }, count]),
    ...refused.map(([result, count]): Sample => [{ kind: 'none', result }, count]),
  ];
}

/** `200` is called what it means. */
const withOk = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries({ 200: 0, ...counts }).map(([status, count]) => [status === '200' ? 'ok' : status, count]);

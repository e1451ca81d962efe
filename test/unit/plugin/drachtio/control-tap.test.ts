import { listenTo, type SipOctets, sipReceived, sipSent } from '../../../../lib/util/channels.js';
import { tellSip } from '../../../../plugin/drachtio/control-tap.js';

const told: [string, string | null, string | null, string, string][] = [];
const stops: (() => void)[] = [];

const take =
  (direction: string) =>
  ({ wire, octets }: SipOctets): void => {
    told.push([direction, wire.local, wire.remote, wire.transport, Buffer.from(octets).toString()]);
  };

beforeEach(() => {
  stops.push(listenTo(sipReceived, take('in')), listenTo(sipSent, take('out')));
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  told.length = 0;
});

const REQUEST = 'INVITE sip:lobby@localhost SIP/2.0\r\nCall-ID: c1\r\n\r\n';
const RESPONSE = 'SIP/2.0 200 OK\r\nCall-ID: c1\r\n\r\n';

test.each([
  [
    'a request that came in',
    `m1|sip|network|596|udp|192.0.2.1|5090|23:58:06.720127|t1||192.0.2.9|5070|\r\n${REQUEST}`,
    ['in', '192.0.2.9:5070', '192.0.2.1:5090', 'udp', REQUEST],
  ],
  [
    'a response that came in',
    `m1|sip|network|408|tcp|192.0.2.1|5090|23:58:06.931269|t1|d1|\r\n${RESPONSE}`,
    ['in', null, '192.0.2.1:5090', 'tcp', RESPONSE],
  ],
  [
    'the echo of a response of ours, which has the address of the peer',
    `m1|response|r1|OK|application|618|udp|192.0.2.1|5090|23:58:06.724578|t1|d1||Msg sent:|\r\n${RESPONSE}`,
    ['out', null, '192.0.2.1:5090', 'udp', RESPONSE],
  ],
  [
    'the echo of a request of ours, which has the address of the server',
    `m1|response|r1|OK|application|671|udp|192.0.2.9|5070|00:07:39.677082|t1|Msg sent:|\r\n${REQUEST}`,
    ['out', '192.0.2.9:5070', null, 'udp', REQUEST],
  ],
])('%s is told', (_what, message, expected) => {
  tellSip(message);
  expect(told).toEqual([expected]);
});

test.each([
  ['an answer without a message', 'm1|response|r1|OK|pong'],
  ['a refusal', 'm1|response|r1|NOK|unable to find dialog'],
  ['an answer that the server made up', `m1|sip|network|0|unknown||0|23:58:06.931269|t1|d1|\r\n${RESPONSE}`],
  ['a record of a call', `m1|cdr:attempt|network|00:08:18.699038\r\n${REQUEST}`],
])('%s is not', (_what, message) => {
  tellSip(message);
  expect(told).toEqual([]);
});

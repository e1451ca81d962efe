import type { Room } from '../../plugin/rooms-api.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { RosterWatcher } from '../support/roster-watcher.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { SippCallee, WELL } from '../support/sipp.js';
import { accepts, refuses } from '../support/sipp-answers.js';
import { SippScenario } from '../support/sipp-scenario.js';

const NUMBER = 'tel:+33600000002';

let server: ServerUnderTest;
let callee: SippCallee;
let room: Room;

beforeEach(async () => {
  callee = await SippCallee.at('t1');
  server = await ServerUnderTest.start({ sipClock: patientClock, profile: 'rcs', outboundProxy: callee.proxy });
  room = server.server.create('sip:group@conf.example.com', {
    membership: true,
    roster: { interval: 0, watch: 'anyone' },
  });
});
afterEach(() => server?.close());

const watch = (): Promise<RosterWatcher> => RosterWatcher.of(server, room.uri, 'handset');

/** How a handset shows who it was told of like that (DOC-18). */
type Shown = 'INVITED' | 'DISCONNECTED' | 'FAILED' | 'DECLINED' | 'DEPARTED';

/** Endpoint of a user whom a handset shows so. @param status of the response */
const endpointOf = (shown: Shown, method: string | null, status: number, reason: string): string => {
  if (shown === 'INVITED') return '<status>pending</status><joining-method>dialed-out</joining-method></endpoint>';
  if (method === null) return '<status>disconnected</status></endpoint>';
  const why = `<reason>Reason: SIP;cause=${status};text="${reason}"</reason>`;
  return `<status>disconnected</status><disconnection-method>${method}</disconnection-method><disconnection-info>${why}</disconnection-info></endpoint>`;
};

/** The room calls him, and he answers by SIPp: what handsets are told then, those that watched before and one that asks. */
async function refused(status: number, reason: string, endpoint: string): Promise<void> {
  const call = await callee.take(refuses(status, reason));
  const before = await watch();
  expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status, reason }]);
  expect(await before.learns(NUMBER, endpoint)).not.toContain('alerting');
  expect(await call.result).toEqual(WELL);
  const after = await watch();
  expect(await after.learns(NUMBER, '')).toContain(endpoint);
}

/** He was in, and is away since. */
async function wasConnected(): Promise<void> {
  const msrp = await FakeMsrpPeer.listen();
  const call = await callee.take(accepts(new SippScenario().request('INVITE'), msrp).bye());
  // Somebody else, so that the group does not end.
  await server.join(room.uri, 'ana');
  expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status: 200, reason: 'OK' }]);
  expect(await call.result).toEqual(WELL);
  const watcher = await watch();
  // BYE-03: "status `disconnected` without disconnection-method".
  expect(await watcher.learns(NUMBER, '')).toContain('<status>disconnected</status></endpoint>');
  await msrp.close();
}

test.each<[status: number, phrase: string, shown: Shown, method: string | null]>([
  [408, 'Request Timeout', 'INVITED', null],
  [430, 'Flow Failed', 'INVITED', null],
  [480, 'Temporarily Unavailable', 'INVITED', null],
  [500, 'Server Internal Error', 'INVITED', null],
  [503, 'Service Unavailable', 'INVITED', null],
  [486, 'Busy Here', 'DISCONNECTED', 'busy'],
  [600, 'Busy Everywhere', 'DISCONNECTED', 'busy'],
  [404, 'Not Found', 'FAILED', 'failed'],
  [403, 'Forbidden', 'FAILED', 'failed'],
  [415, 'Unsupported Media Type', 'FAILED', 'failed'],
  [488, 'Not Acceptable Here', 'FAILED', 'failed'],
  [603, 'Decline', 'DECLINED', 'failed'],
])('INV-17 DOC-12 DOC-18: %i %s of who is invited: %s', async (status, reason, shown, method) => {
  await refused(status, reason, endpointOf(shown, method, status, reason));
});

test.each<[status: number, phrase: string, shown: Shown, method: string | null]>([
  [403, 'Forbidden', 'DISCONNECTED', null],
  [488, 'Not Acceptable Here', 'DISCONNECTED', null],
  [603, 'Decline', 'DEPARTED', 'departed'],
])('INV-17 BYE-13 DOC-18: %i %s of who was in before: %s', async (status, reason, shown, method) => {
  await wasConnected();
  await refused(status, reason, endpointOf(shown, method, status, reason));
});

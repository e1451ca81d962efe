import type { Room } from '../../plugin/rooms-api.js';
import { roomFrom } from '../../plugin/sip/room-uri.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { RosterWatcher } from '../support/roster-watcher.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { SippCallee, type SippTransport, WELL } from '../support/sipp.js';
import { accepts, refuses } from '../support/sipp-answers.js';
import { SDP, SippScenario, sdp } from '../support/sipp-scenario.js';

/** Milliseconds: others are to learn that it rings before it has for too long. */
const RINGING = 4_000;

const NUMBER = 'tel:+33600000002';

/** One row of what becomes of an INVITE of the room; the standing is that of a member of a group. */
type Row = [status: number, phrase: string, method: 'busy' | 'failed', standing: string];

const ROWS: Row[] = [
  [486, 'Busy Here', 'busy', 'busy'],
  [600, 'Busy Everywhere', 'busy', 'busy'],
  [408, 'Request Timeout', 'failed', 'pending'],
  [480, 'Temporarily Unavailable', 'failed', 'pending'],
  [430, 'Flow Failed', 'failed', 'pending'],
  [500, 'Server Internal Error', 'failed', 'pending'],
  [503, 'Service Unavailable', 'failed', 'pending'],
  [504, 'Server Time-out', 'failed', 'pending'],
  [404, 'Not Found', 'failed', 'failed'],
  [604, 'Does Not Exist Anywhere', 'failed', 'failed'],
  [410, 'Gone', 'failed', 'failed'],
  [484, 'Address Incomplete', 'failed', 'failed'],
  [403, 'Forbidden', 'failed', 'failed'],
  [488, 'Not Acceptable Here', 'failed', 'failed'],
  [606, 'Not Acceptable', 'failed', 'failed'],
  [415, 'Unsupported Media Type', 'failed', 'failed'],
  [603, 'Decline', 'failed', 'declined'],
];

let server: ServerUnderTest | undefined;
let callee: SippCallee;
let room: Room;
afterEach(() => server?.close());

async function start(options: ServerUnderTestOptions = {}): Promise<void> {
  server = await ServerUnderTest.start({ ...options, sipClock: patientClock, outboundProxy: callee.proxy });
  const roster = { interval: 0, notify: 'partial', watch: 'anyone' } as const;
  room = server.server.create('sip:lunch@conf.example.com', { roster });
}

const GROUP: ServerUnderTestOptions = { profile: 'rcs', rooms: { defaults: { membership: true } } };

const standingOf = (uri: string): string | undefined =>
  server?.server.chat.focus.room(room.uri)?.members.get(uri)?.standing;

/** What he who is invited answers in the end. `copyControl` says whether others may know of it (RFC 5364). */
const invited = (copyControl: 'to' | 'bcc'): Promise<number> =>
  new Promise((resolve, reject) => {
    const at = roomFrom(room.uri, '');
    if (!server || !at) return reject(new Error('no room'));
    const request = { room: at, invitees: [{ uri: NUMBER, copyControl }], by: null };
    server.server.invitations.invite(request, ({ status, final }) => {
      if (final) resolve(status);
    });
  });

const watch = ({ uri }: Room): Promise<RosterWatcher> => {
  if (!server) throw new Error('no server');
  return RosterWatcher.of(server, uri);
};

const msrpOf = (again: SippScenario, msrp: FakeMsrpPeer): SippScenario => accepts(again, msrp).bye();

const retried = async (scenario: (msrp: FakeMsrpPeer) => SippScenario, options: ServerUnderTestOptions = {}) => {
  const msrp = await FakeMsrpPeer.listen();
  const call = await callee.take(scenario(msrp));
  await start(options);
  expect(await invited('to')).toBe(200);
  expect(await call.result).toEqual(WELL);
  await msrp.close();
};

const withList = (): SippScenario =>
  new SippScenario()
    .request('INVITE', { 'Content-Type': /multipart\/mixed/ }, /recipient-list-history/)
    .answer(415, { reason: 'Unsupported Media Type', headers: [['Accept', 'application/sdp']] })
    .request('ACK')
    .request('INVITE', { 'Content-Type': 'application/sdp' });

describe.each<[SippTransport]>([['u1'], ['t1']])('who is invited answers by SIPp -t %s', (transport) => {
  beforeEach(async () => {
    callee = await SippCallee.at(transport);
  });

  test.each(ROWS)('INV-17 DOC-23 %i %s: %s', async (status, reason, method) => {
    const call = await callee.take(refuses(status, reason));
    await start();
    const watcher = await watch(room);
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status, reason }]);
    const shown = await watcher.learns(NUMBER, 'disconnected');
    expect(shown).toContain(
      `<status>disconnected</status><joining-method>dialed-out</joining-method><disconnection-method>${method}</disconnection-method>`,
    );
    expect(shown).toContain(`<reason>Reason: SIP;cause=${status};text="${reason}"</reason>`);
    expect(await call.result).toEqual(WELL);
  });

  test.each(ROWS)('INV-17 %i %s in a group (%s to others): he is %s', async (status, reason, _method, standing) => {
    const call = await callee.take(refuses(status, reason));
    await start(GROUP);
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status, reason }]);
    expect(standingOf(NUMBER)).toBe(standing);
    expect(await call.result).toEqual(WELL);
  });

  test('INV-17 BYE-13: 603 of who was in a group before: he has left it', async () => {
    const msrp = await FakeMsrpPeer.listen();
    const first = await callee.take(accepts(new SippScenario().request('INVITE'), msrp).bye());
    await start(GROUP);
    // Somebody else, so that the group does not end.
    await server?.join(room.uri, 'ana');
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status: 200, reason: 'OK' }]);
    expect(await first.result).toEqual(WELL);
    await msrp.close();
    // BYE-03: he did not say that he left.
    expect(standingOf(NUMBER)).toBe('disconnected');
    const second = await callee.take(refuses(603, 'Decline'));
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status: 603, reason: 'Decline' }]);
    expect(standingOf(NUMBER)).toBe('departed');
    expect(await second.result).toEqual(WELL);
  });

  test('INV-17 DOC-23 2xx: connected, dialed-out; BYE-06 removed: BYE with a Reason', async () => {
    const msrp = await FakeMsrpPeer.listen();
    const booted = { Reason: 'SIP;cause=403;text="Removed by moderator"' };
    const scenario = accepts(new SippScenario().request('INVITE').answer(180), msrp).request('BYE', booted).answer(200);
    const call = await callee.take(scenario);
    await start();
    const watcher = await watch(room);
    expect(await room.invite(NUMBER)).toEqual([{ uri: NUMBER, status: 200, reason: 'OK' }]);
    const connected = '<status>connected</status><joining-method>dialed-out</joining-method>';
    expect(await watcher.learns(NUMBER, 'connected<')).toContain(connected);
    await room.participants.get(NUMBER)?.kick();
    expect(await call.result).toEqual(WELL);
    await watcher.learns(NUMBER, '<disconnection-method>booted</disconnection-method>');
    await msrp.close();
  });

  test.each([
    ['183, then silence', 183],
    ['180, then silence', 180],
    ['100 alone', 100],
  ])('INV-13 INV-17 %s: CANCEL after ringTimeout', async (_name, provisional) => {
    const reason = { Reason: 'SIP;cause=408;text="Request Timeout"' };
    const rings = new SippScenario().request('INVITE').answer(provisional);
    const call = await callee.take(rings.request('CANCEL', reason).answer(200).terminated());
    await start();
    await room.configure({ ringTimeout: RINGING });
    const watcher = await watch(room);
    const result = room.invite(NUMBER);
    await watcher.learns(NUMBER, provisional === 180 ? '<status>alerting</status>' : '<status>dialing-out</status>');
    expect(await result).toEqual([{ uri: NUMBER, status: 408, reason: 'Request Timeout' }]);
    const shown = await watcher.learns(NUMBER, 'disconnected');
    expect(shown).toContain('<disconnection-method>failed</disconnection-method>');
    expect(shown).toContain('<reason>Reason: SIP;cause=408;text="Request Timeout"</reason>');
    expect(await call.result).toEqual(WELL);
  });

  describe('INV-16 refused once, then taken, in the same call', () => {
    const told = { rooms: { defaults: { tellInvited: true } } };
    test('415: without the list', () => retried((msrp) => msrpOf(withList(), msrp), told));

    test('INV-17 415 once more: failed', async () => {
      const call = await callee.take(withList().answer(415).request('ACK'));
      await start(told);
      expect(await invited('to')).toBe(415);
      expect(await call.result).toEqual(WELL);
    });

    test('420: without the tag', () =>
      retried((msrp) =>
        msrpOf(
          new SippScenario()
            .request('INVITE', { Supported: /timer/ })
            .answer(420, { headers: [['Unsupported', 'timer']] })
            .request('ACK')
            .request('INVITE', { Supported: /^ norefersub, multiple-refer/ }),
          msrp,
        ),
      ));

    test('422: with the interval it wants', () =>
      retried((msrp) =>
        msrpOf(
          new SippScenario()
            .request('INVITE', { 'Session-Expires': null })
            .answer(422, { headers: [['Min-SE', '600']] })
            .request('ACK')
            .request('INVITE', { 'Session-Expires': '600;refresher=uac', 'Min-SE': '600' }),
          msrp,
        ),
      ));

    test.each([301, 302, 305])('%i: to the best Contact', (status) =>
      retried((msrp) =>
        msrpOf(
          new SippScenario()
            .request('INVITE')
            .answer(status, { headers: [['Contact', '<sip:a@x.example>;q=0.2, <sip:b@x.example>;q=0.7']] })
            .request('ACK')
            .request('INVITE', { To: `<${NUMBER}>` }),
          msrp,
        ),
      ),
    );

    test.each([
      [407, 'Proxy-Authenticate', 'Proxy-Authorization'],
      [401, 'WWW-Authenticate', 'Authorization'],
    ])('%i: with credentials', (status, asks, answers) =>
      retried(
        (msrp) =>
          msrpOf(
            new SippScenario()
              .request('INVITE', { [answers]: null })
              .answer(status, { headers: [[asks, 'Digest realm="pbx", nonce="abc", qop="auth", algorithm=MD5']] })
              .request('ACK')
              .request('INVITE', { [answers]: /username="rooms"/ }),
            msrp,
          ),
        { invitations: { credentials: { user: 'rooms', password: 'secret' } } },
      ),
    );
  });

  test('INV-17: 2xx that nobody can chat by: BYE, and 488', async () => {
    const line = ['m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'];
    const answered = new SippScenario().request('INVITE').answer(200, { headers: [SDP], body: sdp(...line) });
    const call = await callee.take(
      answered
        .request('ACK')
        .request('BYE', { Reason: /cause=488/ })
        .answer(200),
    );
    await start();
    const watcher = await watch(room);
    expect(await room.invite(NUMBER)).toMatchObject([{ uri: NUMBER, status: 488 }]);
    await watcher.learns(NUMBER, '<disconnection-method>failed</disconnection-method>');
    expect(await call.result).toEqual(WELL);
  });
});

test('INV-17 nobody is at the next hop: failed with 503, and in a group still to be asked', async () => {
  // Of a socket that was closed again: over TCP the connection is refused.
  callee = await SippCallee.at('t1');
  await start(GROUP);
  const watcher = await watch(room);
  const [{ status, reason }] = await room.invite(NUMBER);
  expect(status).toBe(503);
  expect(await watcher.learns(NUMBER, 'failed')).toContain(`<reason>Reason: SIP;cause=503;text="${reason}"</reason>`);
  expect(standingOf(NUMBER)).toBe('pending');
});

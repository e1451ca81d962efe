import { Caller } from '../support/caller.js';
import { FakeMsrpPeer } from '../support/fake-msrp-peer.js';
import { ManualClock } from '../support/manual-clock.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { type SippResult, sipp, WELL } from '../support/sipp.js';
import { sdpAt } from '../support/sipp-answers.js';
import { type Expected, SDP, SippScenario } from '../support/sipp-scenario.js';

const ROOM = 'sip:lunch@conf.example.com';
const ANA = 'sip:ana@example.com';
const LOSS_GRACE = 30_000;
const NO_REASON = { Reason: null };
const INSTANCE = '+sip.instance="<urn:uuid:0c67446f-f1a1-11d9-94d3-000a95a0e128>"';

let server: ServerUnderTest;
let clock: ManualClock;
let peer: FakeMsrpPeer;
/** Joins, and departures with their reason, as programs learn of them. */
let told: string[];

afterEach(async () => {
  await server?.close();
  await peer?.close();
});

async function start(options: ServerUnderTestOptions = {}): Promise<void> {
  clock = new ManualClock();
  server = await ServerUnderTest.start({ ...options, sipClock: patientClock, clock });
  peer = await FakeMsrpPeer.listen();
  told = [];
  server.events.on('join', (_room, { uri }) => void told.push(`join ${uri}`));
  server.events.on('leave', (_room, { uri }) => void told.push(`leave ${uri}`));
}

describe.each(['u1', 't1'] as const)('BYE of a leg, SIPp -t %s', (transport) => {
  const play = (scenario: SippScenario) => sipp({ scenario, target: server.sip, transport });

  /** Joins with a session that the room has connected to; the call is over once the room has hung up. */
  async function joined(bye: Expected, ...headers: [string, string][]): Promise<{ result: Promise<SippResult> }> {
    const scenario = new SippScenario({ from: ANA, to: ROOM }).join({ headers: [SDP, ...headers], body: sdpAt(peer) });
    const result = play(scenario.request('BYE', bye).answer(200));
    await peer.frameOf('SEND');
    return { result };
  }

  test('BYE-11: the MSRP connection is lost: no Reason', async () => {
    await start();
    const { result } = await joined(NO_REASON);
    const before = clock.now();
    await peer.close();
    expect(await clock.passUntil(result)).toEqual(WELL);
    expect(clock.now() - before).toBeGreaterThanOrEqual(LOSS_GRACE);
  });

  test('BYE-07: nobody says anything for idleTimeout: no Reason, and he is still a member', async () => {
    await start({ rooms: { static: { [ROOM]: { idleTimeout: 1_000, membership: true } } } });
    const { result } = await joined(NO_REASON);
    clock.advance(1_000);
    expect(await result).toEqual(WELL);
    expect(server.server.chat.focus.room(ROOM)?.members.get(ANA)?.standing).toBe('disconnected');
  });

  test('BYE-05: a group that ends for ever: 410', async () => {
    await start({ profile: 'rcs' });
    const { result } = await joined({ Reason: 'SIP;cause=410;text="Gone"' });
    const closing = server.server.room(ROOM)?.close();
    await clock.passUntil(Promise.all([closing, result]));
    expect(await result).toEqual(WELL);
  });

  test('JOIN-08: the same device calls again: no Reason, and nobody sees it', async () => {
    await start();
    const contact = `<sip:ana@[local_ip]:[local_port];transport=[transport]>;${INSTANCE}`;
    const { result } = await joined(NO_REASON, ['Contact', contact]);
    const headers: [string, string][] = [['Contact', `<sip:ana@127.0.0.1:9>;${INSTANCE}`]];
    const again = await Caller.join(server, ROOM, { uri: ANA, headers });
    expect(await result).toEqual(WELL);
    expect(await again.exchange(undefined)).toMatchObject({ what: '200' });
    expect(told).toEqual([`join ${ANA}`]);
  });

  test('JOIN-12: Replaces: the leg that is named gets BYE without Reason, and nobody sees it', async () => {
    await start();
    const desk = await Caller.join(server, ROOM, { uri: ANA });
    const { callId, remoteTag, localTag } = desk.dialog;
    const { result } = await joined(
      { Reason: 'SIP;cause=403;text="Removed by moderator"' },
      ['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}`],
      ['Require', 'replaces'],
    );
    expect((await desk.answered('BYE')).headers.get('Reason')).toBeUndefined();
    expect(told).toEqual([`join ${ANA}`]);
    await server.server.room(ROOM)?.participants.get(ANA)?.kick();
    expect(await result).toEqual(WELL);
  });
});

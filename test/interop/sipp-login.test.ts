import { list } from '../support/referrer.js';
import { Callees } from '../support/callee.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';
import { sipp, WELL } from '../support/sipp.js';
import { MESSAGE_LINE, SDP, SippScenario, sdp, type Sending } from '../support/sipp-scenario.js';

const ROOM = 'sip:lunch@conf.example.com';
const FACTORY = 'sip:chat-factory@conf.example.com';
const ANA = 'sip:ana@conf.example.com';
const LOGIN = { user: 'ana', password: 'secret', uri: 'lunch@conf.example.com' };
const NEW_ROOM = /<sip:gc-[0-9a-f]{24}@conf.example.com>;isfocus/;

let server: ServerUnderTest;
let callees: Callees;

beforeEach(async () => {
  callees = await Callees.start();
});
afterEach(async () => {
  await server?.close();
  await callees?.close();
});

const start = async (options: ServerUnderTestOptions): Promise<void> => {
  server = await ServerUnderTest.start({
    sipClock: patientClock,
    factory: 'chat-factory',
    outboundProxy: callees.proxy,
    ...options,
  });
};

const withList = (...headers: [string, string][]): Sending => ({
  headers: [['Content-Type', 'multipart/mixed;boundary=b1'], ...headers],
  body: [
    '--b1',
    'Content-Type: application/sdp',
    '',
    sdp(...MESSAGE_LINE),
    '--b1',
    'Content-Type: application/resource-lists+xml',
    'Content-Disposition: recipient-list',
    '',
    list('tel:+33600000006', 'tel:+33600000007', ANA),
    '--b1--',
    '',
  ].join('\r\n'),
});

const logsIn = (status: number): SippScenario => {
  const sending = { headers: [SDP], body: sdp(...MESSAGE_LINE) };
  const again = { ...sending, headers: [SDP, ['', '[authentication]']] as const };
  return new SippScenario({ from: ANA, to: ROOM })
    .refusedInvite(status, { Warning: null }, sending)
    .send('INVITE', again);
};

describe.each(['u1', 't1'] as const)('SIPp -t %s', (transport) => {
  const play = (scenario: SippScenario, login = LOGIN) => sipp({ scenario, target: server.sip, transport, login });
  const digest = { lookup: (user: string) => (user === 'ana' ? { password: 'secret' } : null) };

  test.each([
    [401, 'user-agent'],
    [407, 'proxy'],
  ] as const)('IDN-04: login with %i', async (status, challenge) => {
    await start({ auth: 'digest', digest: { ...digest, challenge, algorithms: ['MD5'] } });
    const scenario = logsIn(status)
      .response(200, { Contact: `<${ROOM}>;isfocus` })
      .send('ACK')
      .bye();
    expect(await play(scenario)).toEqual(WELL);
  });

  test.each([
    [401, 'user-agent'],
    [407, 'proxy'],
  ] as const)('IDN-04: a wrong password is challenged with %i again', async (status, challenge) => {
    await start({ auth: 'digest', digest: { ...digest, challenge, algorithms: ['MD5'] } });
    const scenario = logsIn(status).response(status).acknowledge();
    expect(await play(scenario, { ...LOGIN, password: 'wrong' })).toEqual(WELL);
  });

  test('IDN-04 FAC-24: who comes through no trusted proxy: 403, and what a handset looks for', async () => {
    await start({ auth: 'trusted-proxy', trustedPeers: ['192.0.2.0/24'], profile: 'rcs' });
    const Warning = '399 conf.example.com "127 Service not authorised"';
    const forged = { headers: [SDP, ['P-Asserted-Identity', `<${ANA}>`]] as const };
    const scenario = new SippScenario({ from: ANA, to: ROOM }).refusedInvite(403, { Warning }, forged);
    expect(await play(scenario)).toEqual(WELL);
  });

  test('FAC-01 FAC-03 FAC-09: a list to the factory makes a room, and those on it are called', async () => {
    await start({});
    const invite = withList(['Require', 'recipient-list-invite'], ['Subject', 'Trip']);
    const scenario = new SippScenario({ from: ANA, to: FACTORY })
      .send('INVITE', invite)
      .response(200, { Contact: NEW_ROOM })
      .send('ACK')
      .send('OPTIONS')
      .response(200)
      .request('BYE')
      .answer(200);
    const result = play(scenario);
    const invited = [await callees.invited(), await callees.invited()];
    expect(invited.map(({ request }) => request.uri)).toEqual(['tel:+33600000006', 'tel:+33600000007']);
    expect(invited.map((each) => each.header('Subject'))).toEqual(['Trip', 'Trip']);
    for (const each of invited) each.reply(486);
    await Promise.all([...server.server.rooms.values()].map((room) => room.close()));
    expect(await result).toEqual(WELL);
  });

  test('FAC-04: the tag without a list: 400', async () => {
    await start({});
    const headers = [SDP, ['Require', 'recipient-list-invite']] as const;
    const scenario = new SippScenario({ from: ANA, to: FACTORY }).refusedInvite(400, {}, { headers });
    expect(await play(scenario)).toEqual(WELL);
  });

  test('FAC-11: more on the list than a room holds: 486, and nobody is called', async () => {
    await start({ rooms: { defaults: { maxParticipants: 2 } } });
    const full = { Warning: '399 conf.example.com "102 Too many participants"' };
    const scenario = new SippScenario({ from: ANA, to: FACTORY }).refusedInvite(486, full, withList());
    expect(await play(scenario)).toEqual(WELL);
    expect([callees.sip.unread, server.server.rooms.size]).toEqual([0, 0]);
  });

  test('IDN-10: a list of somebody who hides: 433', async () => {
    await start({ profile: 'rcs', auth: 'open' });
    const scenario = new SippScenario({ from: ANA, to: FACTORY });
    expect(await play(scenario.refusedInvite(433, {}, withList(['Privacy', 'id'])))).toEqual(WELL);
    expect(callees.sip.unread).toBe(0);
  });

  test.each([
    ['BYE-06: removed from a group: 410', { profile: 'rcs' }, 'SIP;cause=410;text="Gone"'],
    ['BYE-06: removed: 403', {}, 'SIP;cause=403;text="Removed by moderator"'],
  ] as const)('%s', async (_name, options, Reason) => {
    await start(options);
    server.events.once('join', (_room, participant) => void participant.kick());
    const scenario = new SippScenario({ from: ANA, to: ROOM }).join().request('BYE', { Reason }).answer(200);
    expect(await play(scenario)).toEqual(WELL);
  });
});

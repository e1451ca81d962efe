import { Callees } from '../support/callee.js';
import { Caller } from '../support/caller.js';
import { list } from '../support/referrer.js';
import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { sipp, WELL } from '../support/sipp.js';
import { type Expected, type Sending, SippScenario } from '../support/sipp-scenario.js';

const ROOM = 'sip:lunch@conf.example.com';
const FULL = 'sip:full@conf.example.com';
const ANA = 'sip:ana@example.com';
const CARLA = 'sip:carla@example.com';
const NUMBER = 'tel:+33600000005';
const IN_DIALOG = 'in dialog';

const TOLD: Expected = { Event: 'refer', 'Content-Type': 'message/sipfrag;version=2.0' };
const ACCEPTED: Expected = { Contact: `<${ROOM}>;isfocus`, 'Refer-Sub': null };
const SILENT: Expected = { Contact: `<${ROOM}>;isfocus`, 'Refer-Sub': 'false' };
const NO_SUBSCRIPTION: [string, string] = ['Refer-Sub', 'false'];

let server: ServerUnderTest;
let callees: Callees;

beforeAll(async () => {
  callees = await Callees.start();
  server = await ServerUnderTest.start({
    sipClock: patientClock,
    outboundProxy: callees.proxy,
    invitations: { perMinute: 1_000 },
    rooms: { static: { [ROOM]: { moderators: [ANA], kickBan: 0 }, [FULL]: { maxParticipants: 1 } } },
  });
});
afterEach(async () => {
  await server.clear();
  expect(callees.sip.unread).toBe(0);
});
afterAll(async () => {
  await server?.close();
  await callees?.close();
});

const many = (...headers: [string, string][]): Sending => ({
  headers: [
    ['Require', 'multiple-refer'],
    ['Require', 'norefersub'],
    ['Refer-To', '<cid:list-0c7@198.51.100.21>'],
    NO_SUBSCRIPTION,
    ['Content-Disposition', 'recipient-list'],
    ['Content-Type', 'application/resource-lists+xml'],
    ...headers,
  ],
});

const refer = (referTo: string, ...headers: [string, string][]): Sending => ({
  headers: [['Refer-To', referTo], ...headers],
});

/** 202, and what is told of it. */
const told = (scenario: SippScenario, ...responses: string[]): SippScenario => {
  scenario.response(202, ACCEPTED);
  for (const [index, response] of responses.entries()) {
    const state = index === responses.length - 1 ? 'terminated;reason=noresource' : /active;expires=[0-9]+/;
    const expected = { ...TOLD, 'Subscription-State': state };
    scenario.request('NOTIFY', expected, new RegExp(`SIP/2.0 ${response}`)).answer(200);
  }
  return scenario;
};

describe.each(
  ([IN_DIALOG, 'out of dialog'] as const).flatMap((way) => (['u1', 't1'] as const).map((each) => [way, each] as const)),
)('REF-01 REFER %s by SIPp -t %s', (way, transport) => {
  const inside = way === IN_DIALOG;
  const play = (scenario: SippScenario) => sipp({ scenario, target: server.sip, transport });

  /** Who is in the room, by this very call or by another one. */
  const present = async (): Promise<SippScenario> => {
    const scenario = new SippScenario({ from: ANA, to: ROOM });
    if (inside) return scenario.join();
    await Caller.call(server, ROOM, { uri: ANA });
    return scenario;
  };
  const over = (scenario: SippScenario): SippScenario => (inside ? scenario.bye() : scenario);

  test.each([
    ['method in the brackets', `<${CARLA};method=INVITE>`, CARLA],
    ['method behind the brackets', `<${CARLA}>;method=INVITE`, CARLA],
    ['no method', `<${CARLA}>`, CARLA],
    ['no brackets', `${CARLA};method=INVITE`, CARLA],
    ['lower case', `<${CARLA};method=invite>`, CARLA],
    ['tel', NUMBER, NUMBER],
    ['a number without brackets', 'sip:+33600000005@d.example;user=phone', 'sip:+33600000005@d.example;user=phone'],
    ['headers that nobody asked for', `<${CARLA}?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2>`, CARLA],
  ])('REF-03 REF-05: %s', async (_name, referTo, uri) => {
    const scenario = (await present()).send('REFER', refer(referTo, ['Referred-By', '<sip:mallory@example.com>']));
    const result = play(over(told(scenario, '100 Trying', '486 Busy Here')));
    const invited = await callees.invited();
    expect(invited.request.uri).toBe(uri);
    expect(invited.header('Referred-By')).toContain(ANA);
    invited.reply(486);
    expect(await result).toEqual(WELL);
  });

  test('REF-06: Require: norefersub alone is a subscription like any', async () => {
    const scenario = (await present()).send('REFER', refer(CARLA, ['Require', 'norefersub']));
    const result = play(over(told(scenario, '100 Trying', '603 Decline')));
    (await callees.invited()).reply(603);
    expect(await result).toEqual(WELL);
  });

  test('REF-06: Refer-Sub: false: no NOTIFY', async () => {
    const scenario = (await present()).send('REFER', refer(NUMBER, NO_SUBSCRIPTION)).response(202, SILENT);
    // A NOTIFY would not be the response to this.
    const result = play(
      over(scenario.send('OPTIONS', inside ? {} : { uri: ROOM, headers: [['To', `<${ROOM}>`]] }).response(200)),
    );
    (await callees.invited()).reply(480);
    expect(await result).toEqual(WELL);
  });

  test('REF-07: several, by a list', async () => {
    const body = list('tel:+33600000006', 'tel:+33600000007', ANA);
    const sending = { ...many(['Content-ID', '<list-0c7@198.51.100.21>']), body };
    const result = play(over((await present()).send('REFER', sending).response(202, SILENT)));
    const invited = [await callees.invited(), await callees.invited()];
    expect(invited.map(({ request }) => request.uri)).toEqual(['tel:+33600000006', 'tel:+33600000007']);
    for (const each of invited) each.reply(480);
    expect(await result).toEqual(WELL);
  });

  test.each<[string, number, Sending, Expected]>([
    ['REF-02: no Refer-To', 400, {}, {}],
    ['REF-02: two Refer-To', 400, refer(`<${CARLA}>`, ['Refer-To', '<sip:dora@example.com>']), {}],
    ['REF-02: two in one header', 400, refer(`<${CARLA}>, <sip:dora@example.com>`), {}],
    ['REF-04: another method', 403, refer(`<${CARLA};method=OPTIONS>`), {}],
    ['REF-15: another scheme', 403, refer('<mailto:carla@example.com>'), {}],
    ['REF-08: dangling cid', 400, { ...many(['Content-ID', '<other@h>']), body: list(CARLA) }, {}],
    ['REF-08: empty list', 400, { ...many(['Content-ID', '<list-0c7@198.51.100.21>']), body: list() }, {}],
    ['FAC-06: unknown Require', 420, refer(CARLA, ['Require', 'norefersub, foo']), { Unsupported: 'foo' }],
  ])('%s: %i, and nobody is called', async (_name, status, sending, expected) => {
    const scenario = (await present()).send('REFER', sending).response(status, expected);
    expect(await play(over(scenario))).toEqual(WELL);
  });

  test('REF-12 BYE-06: BYE of another, who is told why, and watchers by whom', async () => {
    const bruno = await Caller.call(server, ROOM, { uri: 'sip:bruno@example.com' });
    const scenario = (await present()).send('REFER', refer('<sip:bruno@example.com;method=BYE>'));
    const result = play(over(told(scenario, '100 Trying', '200 OK')));
    const bye = await bruno.answered('BYE');
    expect(bye.headers.get('Reason')).toBe('SIP;cause=403;text="Removed by moderator"');
    expect(await result).toEqual(WELL);
  });

  test('REF-12: BYE of somebody who is not there: 404 is told', async () => {
    const scenario = (await present()).send('REFER', refer('<sip:nobody@example.com>;method=BYE'));
    expect(await play(over(told(scenario, '100 Trying', '404 Not Found')))).toEqual(WELL);
  });

  test('REF-09 JOIN-02: 403 from outside, 404 to no room', async () => {
    const stranger = new SippScenario({ from: 'sip:stranger@example.com', to: ROOM });
    expect(await play(stranger.send('REFER', refer(CARLA)).response(403))).toEqual(WELL);
    const nowhere = new SippScenario({ from: ANA, to: 'sip:no@conf.example.com' });
    expect(await play(nowhere.send('REFER', refer(CARLA)).response(404))).toEqual(WELL);
  });
});

test.each(['u1', 't1'] as const)(
  'SIPp -t %s: REF-12: anybody removes himself; REF-11: full: 486',
  async (transport) => {
    const play = (scenario: SippScenario) => sipp({ scenario, target: server.sip, transport });
    const bo = 'sip:bo@example.com';
    const himself = new SippScenario({ from: bo, to: ROOM })
      .join()
      .send('REFER', refer(`<${bo};method=BYE>`, NO_SUBSCRIPTION))
      .response(202, SILENT)
      .request('BYE')
      .answer(200);
    expect(await play(himself)).toEqual(WELL);
    const other = await Caller.call(server, ROOM, { uri: ANA });
    const stranger = new SippScenario({ from: bo, to: ROOM })
      .join()
      .send('REFER', refer(`<${ANA};method=BYE>`))
      .response(403)
      .bye();
    expect(await play(stranger)).toEqual(WELL);
    expect(other.sip.unread).toBe(0);
    const full = new SippScenario({ from: bo, to: FULL })
      .join()
      .send('REFER', refer(CARLA))
      .response(486, { Warning: '399 conf.example.com "102 Too many participants"' })
      .bye();
    expect(await play(full)).toEqual(WELL);
  },
);

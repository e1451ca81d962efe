import type { ServerUnderTestOptions } from '../support/server.js';
import { ServerUnderTest } from '../support/server.js';
import { Caller, cpim } from '../support/caller.js';
import type { Group } from '../support/handset/group.js';
import { HandsetNetwork } from '../support/handset/network.js';
import { type Called, Handset } from '../support/handset.js';

const FACTORY = 'sip:chat-factory@conf.example.com';
const [ANA, BEA, CARL, DORA] = ['+33600000001', '+33600000002', '+33600000003', '+33600000004'];
const tel = (number: string): string => `tel:${number}`;

let network: HandsetNetwork;
let server: ServerUnderTest;
let ana: Handset;
let bea: Handset;

async function start(transport: 'udp' | 'tcp' = 'udp', options: ServerUnderTestOptions = {}): Promise<void> {
  network = await HandsetNetwork.start(transport);
  server = await ServerUnderTest.start({
    profile: 'rcs',
    auth: 'trusted-proxy',
    trustedPeers: ['127.0.0.1'],
    factory: 'chat-factory',
    outboundProxy: network.proxy,
    ...options,
  });
  network.sip.proxy = server.proxy(transport);
  ana = new Handset(network, ANA);
  bea = new Handset(network, BEA);
}

afterEach(async () => {
  await server.close();
  await network.close();
});

function madeBy({ status, group }: Called): Group {
  if (!group) throw new Error(`no group: ${status}`);
  return group;
}

/** Ana makes a group with these, and Bea, who comes at once, is in. */
async function group(...more: string[]): Promise<{ ofAna: Group; ofBea: Group }> {
  const ofAna = madeBy(await ana.create(FACTORY, [tel(BEA), ...more.map(tel)]));
  return { ofAna, ofBea: await bea.joined() };
}

const members = ({ roster }: Group): Record<string, string> => Object.fromEntries(roster.members);
const knows = (number: string, state: string) => (each: Group) => each.roster.members.get(number) === state;

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  test('FAC-03, FAC-15, INV-04 … INV-10, SUB-07, SUB-13: a group is made, its list is invited, and both chat (flow 2)', async () => {
    await start(transport);
    const carl = new Handset(network, CARL);
    carl.behaviour = 603;
    const { ofAna, ofBea } = await group(CARL, DORA);
    expect(bea.invitations).toEqual([
      expect.objectContaining({
        room: ofAna.room,
        contributionId: ofAna.contributionId,
        subject: 'Trip',
        inviter: ANA,
        list: [BEA, CARL, DORA].map(tel),
      }),
    ]);
    expect([...ana.refused, ...bea.refused, ...carl.refused]).toEqual([]);
    expect(await ana.subscribe(ofAna)).toBe(200);
    await ofAna.until(knows(BEA, 'CONNECTED'));
    await ofAna.until(knows(CARL, 'DECLINED'));
    // INV-17: 480 of who is away; he may yet come.
    expect(members(ofAna)).toEqual({ [BEA]: 'CONNECTED', [CARL]: 'DECLINED', [DORA]: 'INVITED' });
    expect(ofAna.roster).toMatchObject({ thrown: [], subject: 'Trip' });
    expect(ofAna.roster.own).toBeGreaterThan(0);
    expect(ofAna.lost).toBe(0);
    expect(await ofAna.session?.write('Who books the train?')).toBe('200');
    expect(await ofBea.session?.shows()).toEqual({
      from: tel(ANA),
      to: 'sip:anonymous@anonymous.invalid',
      text: 'Who books the train?',
    });
    expect(await ofBea.session?.write('I do')).toBe('200');
    expect(await ofAna.session?.shows()).toMatchObject({ from: tel(BEA), text: 'I do' });
    expect([ofAna.session?.died, ofBea.session?.died]).toEqual([undefined, undefined]);
  });

  test('BYE-02, JOIN-04, DOC-17, DOC-18: who left for good is departed, and gets 403', async () => {
    await start(transport);
    const { ofAna, ofBea } = await group(CARL);
    await ana.subscribe(ofAna);
    await ofAna.until(knows(BEA, 'CONNECTED'));
    await bea.leave(ofBea);
    await ofAna.until(knows(BEA, 'DEPARTED'));
    expect(ofAna.roster.thrown).toEqual([]);
    expect(await bea.rejoin(ofBea)).toMatchObject({ status: 403 });
    // SUB-08.
    expect(await bea.subscribe(ofBea)).toBe(403);
  });

  test('BYE-03, JOIN-07: who lost his radio is away, a member, and comes back by the stored Contact (flow 7)', async () => {
    await start(transport);
    const { ofAna, ofBea } = await group();
    await ana.subscribe(ofAna);
    await ofAna.until(knows(BEA, 'CONNECTED'));
    await bea.released(ofBea);
    await ofAna.until(knows(BEA, 'DISCONNECTED'));
    const again = madeBy(await bea.rejoin(ofBea, [['Contribution-ID', 'another']]));
    await ofAna.until(knows(BEA, 'CONNECTED'));
    expect(again.room).toBe(ofBea.room);
    expect(await ofAna.session?.write('welcome back')).toBe('200');
    expect(await again.session?.shows()).toMatchObject({ text: 'welcome back' });
    expect(ofAna.roster.thrown).toEqual([]);
  });

  test('JOIN-08: the same device calls again while its leg is up: one BYE without Reason, and nobody sees it', async () => {
    await start(transport);
    const { ofAna, ofBea } = await group();
    await ana.subscribe(ofAna);
    await ofAna.until(knows(BEA, 'CONNECTED'));
    bea.cut(ofBea);
    const again = madeBy(await bea.rejoin(ofBea));
    await ofBea.until(({ byes }) => byes.length > 0);
    expect(ofBea.byes).toEqual(['']);
    expect(again.state).toBe('active');
    expect(await ofAna.session?.write('still there?')).toBe('200');
    expect(await again.session?.shows()).toMatchObject({ text: 'still there?' });
    // Something else to be told of: what was told before came before it.
    await ana.refer(ofAna, tel(DORA));
    await ofAna.until(knows(DORA, 'INVITED'));
    expect([...ofAna.roster.seen].filter((each) => each.startsWith(BEA))).toEqual([
      ...(ofAna.roster.seen.has(`${BEA} INVITED`) ? [`${BEA} INVITED`] : []),
      `${BEA} CONNECTED`,
    ]);
  });

  test('REF-06, INV-18: one more is added by REFER in the leg (flow 3b)', async () => {
    await start(transport);
    const { ofAna } = await group();
    const dora = new Handset(network, DORA);
    const response = await ana.refer(ofAna, tel(DORA));
    expect([response.status, response.headers.get('Refer-Sub')]).toEqual([202, 'false']);
    const ofDora = await dora.joined();
    expect(dora.invitations[0]).toMatchObject({ contributionId: ofAna.contributionId, inviter: ANA });
    await ofAna.session?.write('hello Dora');
    expect(await ofDora.session?.shows()).toMatchObject({ text: 'hello Dora' });
  });
});

test('CAP-02, FAC-14: Contact of the group has no address, and the tags of RCS', async () => {
  await start();
  const { response } = await ana.create(FACTORY, [tel(BEA)]);
  await bea.joined();
  const contact = response.headers.get('Contact') ?? '';
  expect(contact).toMatch(/^<sip:gc-[0-9a-f]{24}@conf\.example\.com>;isfocus;\+g\.oma\.sip-im;\+g\.3gpp\.icsi-ref="/);
  expect(contact).toContain('oma.cpm.session.group"');
  expect(contact).toContain('+g.3gpp.iari-ref="urn%3Aurn-7%3A3gpp-application.ims.iari.rcs.geopush,');
});

describe('a handset and a plain client in one room', () => {
  const LOBBY = 'sip:lobby@conf.example.com';
  const LOUIS = 'sip:louis@example.com';
  const anyone = { room: LOBBY, contributionId: 'none', subject: 'Lobby' };

  async function both(): Promise<{ ofAna: Group; louis: Caller }> {
    await start('udp', { rooms: { static: { lobby: {} } } });
    const ofAna = madeBy(await ana.rejoin(anyone));
    const headers: [string, string][] = [['P-Asserted-Identity', `<${LOUIS}>`]];
    return { ofAna, louis: await Caller.join(server, LOBBY, { uri: LOUIS, headers }) };
  }

  test('CPIM-05, CPIM-06: what the handset writes to everybody is to the room for others, and the other way round', async () => {
    const { ofAna, louis } = await both();
    expect(await ofAna.session?.write('hello')).toBe('200');
    const { body } = await louis.msrp.frameOf('SEND');
    expect(body).toContain(`From: <${tel(ANA)}>\r\nTo: <${LOBBY}>\r\nNS: imdn`);
    expect((await louis.exchange(cpim(LOUIS, LOBBY, 'hello to you'))).what).toBe('200');
    expect(await ofAna.session?.shows()).toEqual({ from: LOUIS, to: LOBBY, text: 'hello to you' });
  });

  test('MSRP-15: chunks that come mixed go to the handset one message after the other, whole', async () => {
    const { ofAna, louis } = await both();
    const long = cpim(LOUIS, LOBBY, 'x'.repeat(5000));
    const split = 3000;
    const chunk = (from: number, to: number, flag: '+' | '$') =>
      louis.exchange(long.slice(from, to), {
        messageId: 'long',
        range: `${from + 1}-${to}/${long.length}`,
        flag,
      });
    await chunk(0, split, '+');
    await louis.exchange(cpim(LOUIS, LOBBY, 'between'));
    await chunk(split, long.length, '$');
    expect(await ofAna.session?.shows()).toMatchObject({ text: 'between' });
    expect(await ofAna.session?.shows()).toMatchObject({ text: 'x'.repeat(5000) });
    expect(ofAna.session?.died).toBeUndefined();
  });

  test('SUB-12, SUB-13: each is sent documents that it can read', async () => {
    const { ofAna, louis } = await both();
    await ana.subscribe(ofAna);
    await ofAna.until(({ roster }) => roster.own > 0);
    const headers: [string, string][] = [
      ['Event', 'conference'],
      ['P-Asserted-Identity', `<${LOUIS}>`],
    ];
    await louis.sip.subscribe(LOBBY, headers);
    const document = (await louis.answered('NOTIFY')).body.toString();
    expect(document).toContain('<media id="1">');
    expect(document).not.toContain('yourown');
    expect(ofAna.roster.thrown).toEqual([]);
  });
});

test('BYE-05, BYE-06: who is removed hears 410, gives the group up and may not come back', async () => {
  await start();
  const { ofAna, ofBea } = await group(CARL);
  await ana.subscribe(ofAna);
  await ofAna.until(knows(BEA, 'CONNECTED'));
  // The group is Ana's.
  const { status } = await ana.refer(ofAna, `${tel(BEA)};method=BYE`);
  expect(status).toBe(202);
  await ofBea.until(({ state }) => state === 'aborted');
  expect(ofBea.byes).toEqual([expect.stringMatching(/^SIP;cause=410;text="Gone"$/)]);
  await ofAna.until(knows(BEA, 'DISCONNECTED'));
  expect(await bea.rejoin(ofBea)).toMatchObject({ status: 403 });
});

test('BYE-08: of three two leave for good: the third is told that it is over', async () => {
  await start();
  const carl = new Handset(network, CARL);
  const { ofAna, ofBea } = await group(CARL);
  const ofCarl = await carl.joined();
  await ana.subscribe(ofAna);
  await ofAna.until(knows(CARL, 'CONNECTED'));
  await bea.leave(ofBea);
  expect(ofAna.state).toBe('active');
  await carl.leave(ofCarl);
  await ofAna.until(({ state }) => state === 'aborted');
  await ofAna.until(({ notified }) => notified.includes('terminated;reason=noresource'));
  // JOIN-02: only that makes it start the group anew.
  expect(await ana.rejoin(ofAna)).toMatchObject({ status: 404 });
});

test('FAC-16: a group is started again: into the room there is, and those who are away are invited; strangers get 403', async () => {
  await start();
  const { ofAna, ofBea } = await group();
  const { contributionId } = ofAna;
  await bea.released(ofBea);
  await ana.released(ofAna);
  const again = madeBy(await ana.create(FACTORY, [tel(BEA)], { contributionId }));
  expect(again.room).toBe(ofAna.room);
  expect((await bea.joined()).room).toBe(ofAna.room);
  const stranger = new Handset(network, DORA);
  expect(await stranger.create(FACTORY, [tel(BEA)], { contributionId })).toMatchObject({ status: 403 });
  expect(await stranger.rejoin(ofAna)).toMatchObject({ status: 403 });
});

test('BYE-13: who leaves while he has no session answers the next INVITE with 603, and has left', async () => {
  await start();
  const { ofAna, ofBea } = await group(CARL);
  await ana.subscribe(ofAna);
  await bea.released(ofBea);
  await ofAna.until(knows(BEA, 'DISCONNECTED'));
  ofBea.state = 'left';
  await ana.refer(ofAna, tel(BEA));
  await ofAna.until(knows(BEA, 'DEPARTED'));
  expect(await bea.rejoin(ofBea)).toMatchObject({ status: 403 });
});

test('TMR-03: milliseconds in Session-Expires are taken for seconds, and cut', async () => {
  await start();
  const { ofBea } = await group();
  await bea.released(ofBea);
  const { response } = await bea.rejoin(ofBea, [
    ['Supported', 'timer'],
    ['Session-Expires', '3600000;refresher=uac'],
  ]);
  expect(response.headers.get('Session-Expires')).toBe('7200;refresher=uac');
});

test('MSRP-18: what a room refuses by policy is answered 200, and goes nowhere; who writes as somebody else gets 403', async () => {
  await start('udp', { rooms: { defaults: { acceptWrappedTypes: ['text/plain', 'message/imdn+xml'] } } });
  const { ofAna, ofBea } = await group();
  expect(await ofAna.session?.write('<x/>', { type: 'text/xml' })).toBe('200');
  expect(await ofAna.session?.write('to nobody', { to: tel(DORA) })).toBe('200');
  expect(await ofAna.session?.write('seen')).toBe('200');
  expect(await ofBea.session?.shows()).toMatchObject({ text: 'seen' });
  expect(await ofAna.session?.write('forged', { from: tel(BEA) })).toBe('403');
});

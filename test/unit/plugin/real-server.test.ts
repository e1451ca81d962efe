import { type EventEmitter, once } from 'node:events';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../../lib/embedded-drachtio/index.js';
import { readConferenceInfo } from '../../../lib/client/conference-info.js';
import { Roster } from '../../../lib/client/roster.js';
import { joinRoom } from '../../../lib/client/testing.js';
import { drachtioConnection, listenTo } from '../../../lib/util/channels.js';
import { LIMITS } from '../../../plugin/drachtio/frame-budget.js';
import { type Chatrooms, type ChatroomsOptions, chatrooms } from '../../../plugin/index.js';
import { RealServerQuirks } from '../../support/real-server-quirks.js';
import { chatOffer, type Received, SDP, ScriptedAgent } from '../../support/scripted-agent.js';
import { patientClock } from '../../support/patient-clock.js';
import { NEVER_LATE } from '../../support/server.js';

const CONFERENCE = { Event: 'conference', Accept: 'application/conference-info+xml', Expires: '600' };

let endpoint: EmbeddedDrachtio;
let quirks: RealServerQuirks;
let srf: Srf;
let rooms: Chatrooms;
const peers: ScriptedAgent[] = [];
const logged: string[] = [];

const remember = (_fields: object, message = ''): void => void logged.push(message);
const logger = { debug: () => {}, info: remember, warn: remember, error: remember };

async function attach(to: { host: string; port: number }): Promise<Srf> {
  const app = new Srf();
  await rooms.attach(app);
  const connected = once(app as unknown as EventEmitter, 'connect');
  const options = { ...to, secret: endpoint.secret };
  await Promise.all([connected, app.connect(options)]);
  return app;
}

async function start(options: ChatroomsOptions = {}): Promise<void> {
  endpoint = await startEmbeddedDrachtio({ udp: { host: '127.0.0.1', port: 0 }, clock: patientClock });
  quirks = await RealServerQuirks.start(endpoint.control);
  const limits = { ...NEVER_LATE, ...options.limits };
  rooms = chatrooms({ msrp: { listen: '127.0.0.1:0' }, logger, ...options, limits });
  srf = await attach(quirks.address);
}

const sipPort = (of: EmbeddedDrachtio = endpoint): number => of.addresses.udp?.port ?? 0;

async function peer(name: string, port = sipPort()): Promise<ScriptedAgent> {
  const opened = await ScriptedAgent.open(port, name);
  peers.push(opened);
  return opened;
}

async function joined(name: string, port?: number): Promise<ScriptedAgent> {
  const opened = await peer(name, port);
  const response = await opened.ask('INVITE', { headers: SDP, body: chatOffer(name) });
  expect(response.what).toBe('200');
  // JOIN-17: he is in once his ACK is there, which was sent before this.
  expect((await opened.ask('OPTIONS')).what).toBe('200');
  return opened;
}

/** Subscribes and answers the first NOTIFY. */
async function watching(agent: ScriptedAgent): Promise<Received> {
  expect((await agent.ask('SUBSCRIBE', { headers: CONFERENCE })).what).toBe('200');
  const notify = await agent.next('NOTIFY');
  agent.answer(notify);
  return notify;
}

/** Subscribes and merges what it is told until it knows so many. */
async function learning(agent: ScriptedAgent, count: number): Promise<Roster> {
  const roster = new Roster();
  roster.apply(readConferenceInfo((await watching(agent)).body));
  while (roster.participants.length < count) {
    const notify = await agent.next('NOTIFY');
    agent.answer(notify);
    roster.apply(readConferenceInfo(notify.body));
  }
  return roster;
}

/** The NOTIFY that ends the subscription, and those before it. */
async function ended(agent: ScriptedAgent): Promise<Received> {
  const notify = await agent.next('NOTIFY');
  agent.answer(notify);
  return notify.header('Subscription-State')?.startsWith('terminated') ? notify : ended(agent);
}

const subscribe = (to: string, event: string): string[] => [
  'SUBSCRIBE sip:lobby@localhost SIP/2.0',
  'v: SIP/2.0/UDP 127.0.0.1:5090;branch=z9hG4bK2',
  'f: <sip:bob@localhost>;tag=2',
  `t: ${to}`,
  'i: compact',
  'CSeq: 1 SUBSCRIBE',
  'm: <sip:bob@127.0.0.1:5090>',
  event,
];

const who = (): string[] => [...(rooms.room('lobby')?.participants.keys() ?? [])];

afterEach(async () => {
  await rooms.close({ timeout: 0 });
  srf.disconnect();
  await quirks.close();
  await endpoint.close();
  for (const opened of peers.splice(0)) opened.close();
  logged.length = 0;
});

describe('frames', () => {
  test('DRA-G1, SUB-11: a roster of 60 in bounded documents, each written alone, to twelve watchers at once', async () => {
    await start();
    const names = Array.from({ length: 60 }, (_, index) => `participant${index}`);
    const agents = await Promise.all(names.map((name) => joined(name)));
    expect(who()).toHaveLength(60);
    const outside = await Promise.all([1, 2, 3, 4, 5, 6].map((index) => peer(`watcher${index}`)));
    const documents = await Promise.all([...agents.slice(0, 6), ...outside].map(watching));
    for (const { body } of documents) {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LIMITS.largest - 1_500);
      expect(body).toContain('</conference-info>');
      expect(body).toContain('<user-count>60</user-count>');
    }
    expect(quirks.large.length).toBeGreaterThanOrEqual(12);
    expect(Math.max(...quirks.large)).toBeLessThanOrEqual(LIMITS.largest);
    expect(quirks.complaints).toEqual([]);
    expect(quirks.size).toBe(1);
  });

  test('DRA-G1, D2: whoever keeps state learns of all 60, in several documents within the limit', async () => {
    await start();
    const names = Array.from({ length: 60 }, (_, index) => `participant${index}`);
    await Promise.all(names.map((name) => joined(name)));
    const watchers = await Promise.all([1, 2, 3, 4].map((index) => peer(`watcher${index}`)));
    const rosters = await Promise.all(watchers.map((watcher) => learning(watcher, 60)));
    for (const roster of rosters) expect(roster.participants).toHaveLength(60);
    expect(Math.max(...quirks.large)).toBeLessThanOrEqual(LIMITS.largest);
    expect(quirks.complaints).toEqual([]);
  });

  test('DRA-G1: what cannot be answered within a frame leaves nobody behind in the room', async () => {
    await start();
    const closed = once(rooms, 'roomClosed');
    // drachtio-srf copies From and To into the response.
    void quirks.deliver(
      [
        'INVITE sip:lobby@localhost SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.1:5090;branch=z9hG4bK1',
        `From: "${'a'.repeat(7_000)}" <sip:alice@localhost>;tag=1`,
        `To: "${'b'.repeat(7_000)}" <sip:lobby@localhost>`,
        'Call-ID: big',
        'CSeq: 1 INVITE',
        'Contact: <sip:alice@127.0.0.1:5090>',
        'Content-Type: application/sdp',
      ],
      chatOffer(),
    );
    await closed;
    await joined('bob');
    expect(quirks.complaints).toEqual([]);
  });
});

describe('dialogs', () => {
  test('everything in a dialog, without a Contact lost (DRA-G3, DRA-G6, DRA-G7)', async () => {
    await start();
    const alice = await joined('alice');
    const notify = await watching(alice);
    const answer = await alice.ask('INVITE', { headers: SDP, body: chatOffer('again', 2) });
    expect(notify.header('Contact')).toBe(answer.header('Contact'));
    expect((await alice.ask('UPDATE')).header('Contact')).toBe(answer.header('Contact'));
    expect((await alice.ask('REFER', { headers: { 'Refer-To': '<sip:x@localhost;method=OPTIONS>' } })).what).toBe(
      '403',
    );
    expect((await alice.ask('OPTIONS')).header('Contact')).toBe(answer.header('Contact'));
    const end = await alice.ask('SUBSCRIBE', { headers: { ...CONFERENCE, Expires: '0' } });
    expect([end.what, end.header('Expires')]).toEqual(['200', '0']);
    alice.answer(await alice.next('NOTIFY'));
    expect((await alice.ask('BYE')).what).toBe('200');
    expect(quirks.complaints).toEqual([]);
  });

  test('DRA-11 REF-01 REFER in a dialog, and its NOTIFYs, as drachtio-server takes them (DRA-G3)', async () => {
    await start({ rooms: { defaults: { moderators: ['sip:alice@localhost'] } } });
    const alice = await joined('alice');
    const accepted = await alice.ask('REFER', { headers: { 'Refer-To': '<sip:nobody@localhost;method=BYE>' } });
    expect([accepted.what, accepted.header('Contact')?.endsWith(';isfocus')]).toEqual(['202', true]);
    const bodies: string[] = [];
    for (let n = 0; n < 2; n++) {
      const notify = await alice.next('NOTIFY');
      alice.answer(notify);
      expect(notify.header('Contact')).toBe(accepted.header('Contact'));
      bodies.push(notify.body);
    }
    expect(bodies).toEqual(['SIP/2.0 100 Trying\r\n', 'SIP/2.0 404 Not Found\r\n']);
    expect((await alice.ask('BYE')).what).toBe('200');
    expect(quirks.complaints).toEqual([]);
  });

  test('BYE of the room, with the subscription in the dialog ended before', async () => {
    await start();
    const alice = await joined('alice');
    await watching(alice);
    await rooms.room('lobby')?.participants.get('sip:alice@localhost')?.kick('enough');
    const last = await alice.next('NOTIFY');
    alice.answer(last);
    expect(last.header('Subscription-State')).toBe('terminated;reason=rejected');
    const bye = await alice.next('BYE');
    alice.answer(bye);
    expect(bye.header('Reason')).toBe('SIP;cause=403;text="enough"');
    expect(quirks.complaints).toEqual([]);
  });

  test('DRA-G8: what comes with the echo of the 200 finds the dialog', async () => {
    await start();
    const alice = await peer('alice');
    alice.send('INVITE', { headers: SDP, body: chatOffer() });
    alice.to = (await alice.next('200')).header('To') ?? '';
    alice.send('ACK', { cseq: 1 });
    alice.send('SUBSCRIBE', { headers: CONFERENCE });
    expect((await alice.next('200', 'SUBSCRIBE')).header('Contact')).toContain(';isfocus');
    alice.answer(await alice.next('NOTIFY'));
    expect((await alice.ask('BYE')).what).toBe('200');
  });

  test('an UPDATE is answered while a NOTIFY is not: drachtio-srf alone would lose it', async () => {
    await start();
    const alice = await joined('alice');
    await alice.ask('SUBSCRIBE', { headers: CONFERENCE });
    const notify = await alice.next('NOTIFY');
    expect((await alice.ask('UPDATE')).what).toBe('200');
    alice.answer(notify);
  });

  test('7701-8-08, DRA-G3: re-INVITEs of the room, also after one that was refused', async () => {
    await start();
    const alice = await joined('alice');
    const room = rooms.room('lobby');
    await room?.configure({ allowNicknames: false });
    const first = await alice.next('INVITE');
    expect(first.body).toContain('a=chatroom:private-messages\r\n');
    expect(first.header('Contact')).toContain(';isfocus');
    // JOIN-18, and DRA-G6: drachtio-srf would take the UPDATE for one about our INVITE.
    expect((await alice.ask('INVITE', { headers: SDP, body: chatOffer('again', 2) })).what).toBe('491');
    expect((await alice.ask('UPDATE')).what).toBe('200');
    alice.answer(first, '488 Not Acceptable Here');
    await alice.next('ACK');
    const again = (): Promise<Received> => alice.ask('INVITE', { headers: SDP, body: chatOffer('alice', 2) });
    let answer = await again();
    // The room may hear of the 488 a moment later.
    while (answer.what === '491') answer = await again();
    expect(answer.body).toContain('a=chatroom:private-messages\r\n');
    await room?.configure({ allowPrivateMessages: false });
    const second = await alice.next('INVITE');
    alice.answer(second, '200 OK', { ...SDP, Contact: `<sip:alice@127.0.0.1:${alice.port}>` }, chatOffer('alice', 3));
    await alice.next('ACK');
    expect((await alice.ask('OPTIONS')).what).toBe('200');
    expect([who(), quirks.complaints]).toEqual([['sip:alice@localhost'], []]);
  });

  test('DRA-G2: the control connection is lost while the room offers anew', async () => {
    await start();
    const alice = await joined('alice');
    await rooms.room('lobby')?.configure({ allowNicknames: false });
    await alice.next('INVITE');
    quirks.kill();
    const bye = await alice.next('BYE');
    alice.answer(bye);
    expect(bye.header('Reason')).toBe('SIP;cause=480;text="Signalling connection lost"');
    expect(rooms.rooms.size).toBe(0);
  });

  test('RFC 3261 15: BYE to somebody removed at once waits for the ACK', async () => {
    await start();
    rooms.on('join', (_room, participant) => void participant.kick('no'));
    const alice = await peer('alice');
    alice.send('INVITE', { headers: SDP, body: chatOffer() });
    alice.to = (await alice.next('200')).header('To') ?? '';
    expect((await alice.ask('OPTIONS')).what).toBe('200');
    expect(alice.seen('BYE')).toBe(false);
    alice.send('ACK', { cseq: 1 });
    alice.answer(await alice.next('BYE'));
  });
});

describe('outside of dialogs', () => {
  test('IDN-13: a request of a dead dialog comes as a new one: 481', async () => {
    await start();
    await joined('alice');
    const response = await quirks.deliver(subscribe('<sip:lobby@localhost>;tag=dead', 'Event: conference'));
    expect(response).toMatch(/^SIP\/2\.0 481 /);
  });

  test('compact names that neither drachtio expands are read', async () => {
    await start();
    await joined('alice');
    expect(await quirks.deliver(subscribe('<sip:lobby@localhost>', 'o: conference'))).toMatch(/^SIP\/2\.0 200 /);
    expect(await quirks.deliver(subscribe('<sip:lobby@localhost>', 'o: conference;id="a b"'))).toMatch(
      /^SIP\/2\.0 400 /,
    );
  });

  test('DRA-G4: REFER never arrives, OPTIONS do', async () => {
    await start();
    const alice = await peer('alice');
    alice.send('REFER', { headers: { 'Refer-To': '<sip:x@localhost>' } });
    const response = await alice.ask('OPTIONS');
    expect(response.what).toBe('200');
    expect(quirks.complaints).toEqual([]);
  });
});

describe('DRA-G2: the control connection is lost', () => {
  test('dialogs end over the new one, participants leave, subscriptions end, joins work again', async () => {
    await start();
    const alice = await joined('alice');
    await watching(alice);
    const bob = await peer('bob');
    await watching(bob);
    const proxy = { host: '127.0.0.1', port: sipPort() };
    const carol = await joinRoom('sip:lobby@localhost', { uri: 'sip:carol@localhost', proxy });
    quirks.kill();
    await ended(alice);
    const bye = await alice.next('BYE');
    alice.answer(bye);
    expect(bye.header('Reason')).toBe('SIP;cause=480;text="Signalling connection lost"');
    await carol.events.next('ended');
    expect((await ended(bob)).header('Subscription-State')).toBe('terminated;reason=deactivated');
    expect(rooms.rooms.size).toBe(0);
    await joined('dave');
    expect(who()).toEqual(['sip:dave@localhost']);
    await carol.participant.leave();
  });

  test('so do the subscriptions that REFERs made, in dialogs of their own and in those of INVITEs', async () => {
    await start({ directDial: true });
    quirks.passesRefer = true;
    const [alice, blink, carla] = [await joined('alice'), await peer('alice'), await peer('carla')];
    const headers = { 'Refer-To': `<sip:carla@127.0.0.1:${carla.port}>` };
    for (const agent of [alice, blink]) {
      expect((await agent.ask('REFER', { headers })).what).toBe('202');
      agent.answer(await agent.next('NOTIFY'));
    }
    expect((await carla.next('INVITE')).header('To')).toBe(`<sip:carla@127.0.0.1:${carla.port}>`);
    quirks.kill();
    for (const agent of [alice, blink]) {
      expect((await ended(agent)).header('Subscription-State')).toBe('terminated;reason=deactivated');
    }
    alice.answer(await alice.next('BYE'));
  });

  test('an outage is told once, with its end; who was removed meanwhile gets BYE after it', async () => {
    await start();
    const told: unknown[] = [];
    const deaf = listenTo(drachtioConnection, (trace) => told.push(trace));
    const alice = await joined('alice');
    quirks.kill({ refuse: true });
    await once(srf as unknown as EventEmitter, 'close');
    await rooms.room('lobby')?.participants.get('sip:alice@localhost')?.kick('enough');
    await once(srf as unknown as EventEmitter, 'close');
    await once(srf as unknown as EventEmitter, 'close');
    quirks.accept();
    alice.answer(await alice.next('BYE'));
    expect(logged.filter((message) => message.startsWith('no drachtio control connection'))).toHaveLength(1);
    expect(logged.filter((message) => message === 'drachtio control connection is back')).toHaveLength(1);
    deaf();
    expect(told).toEqual([
      { up: false, cause: expect.any(String) as string },
      { up: true, cause: null },
    ]);
  });

  test('only the dialogs of the lost connection end', async () => {
    await start();
    const other = await startEmbeddedDrachtio({
      udp: { host: '127.0.0.1', port: 0 },
      secret: endpoint.secret,
      clock: patientClock,
    });
    const second = await attach(other.control);
    await joined('dave', sipPort(other));
    const alice = await joined('alice');
    quirks.kill();
    alice.answer(await alice.next('BYE'));
    expect(who()).toEqual(['sip:dave@localhost']);
    await rooms.close({ timeout: 0 });
    second.disconnect();
    await other.close();
  });

  test('stopping without a connection does not wait for one', async () => {
    await start();
    await joined('alice');
    quirks.kill({ refuse: true });
    await once(srf as unknown as EventEmitter, 'close');
    await rooms.close();
    quirks.accept();
    await once(srf as unknown as EventEmitter, 'connect');
  });
});

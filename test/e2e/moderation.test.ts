import type { AuditEntry } from '../../lib/chat-server.js';
import type { SipResponse } from '../../lib/embedded-drachtio/sip.js';
import type { Participant, Room } from '../../plugin/rooms-api.js';
import { Caller, type CallOptions, cpim, inviteFrom, offer } from '../support/caller.js';
import { accept, PolicyStage, reoffered, ROOM } from '../support/policy-stage.js';

const [ANA, BOB, MOD] = ['ana', 'bob', 'mod'].map((user) => `sip:${user}@example.com`);
const MINUTE = 60_000;

let stage: PolicyStage;
let room: Room;
const audited: AuditEntry[] = [];
const audit = (entry: AuditEntry): void => {
  audited.push(entry);
  throw new Error('the log is full');
};

beforeEach(async () => {
  audited.length = 0;
  stage = await PolicyStage.start({ onAudit: audit });
  ({ room } = stage);
  await room.configure({ moderators: [MOD] });
});
afterEach(() => stage.server.close());

const join = (uri: string, options: CallOptions = {}): Promise<Caller> =>
  Caller.join(stage.server, ROOM, { uri, ...options });

/** The final response to an INVITE. */
async function invite(
  uri: string,
  { to = ROOM, headers = [] }: { to?: string; headers?: [string, string][] } = {},
): Promise<SipResponse> {
  const agent = await Caller.agent(stage.server);
  return agent.exchange(inviteFrom(agent, to, { uri, headers, body: offer() }));
}

const someone = (uri: string): Participant => {
  const participant = room.participants.get(uri);
  if (!participant) throw new Error(`${uri} is not in`);
  return participant;
};

const says = async (caller: Caller, from: string, text: string, to = ROOM): Promise<string> =>
  (await caller.exchange(cpim(from, to, text))).what;

/** What three different callers get. */
const statuses = async (): Promise<number[]> => [
  (await invite(ANA)).status,
  (await invite('sip:x@example.org')).status,
  (await invite('sip:+34600@any.example')).status,
];

/** The Warning that this caller gets for this password; undefined when he is let in. */
const attempt = async (user: number, password: string): Promise<string | undefined> => {
  const headers: [string, string][] = [['X-Room-Password', password]];
  return (await invite(`sip:user${user}@example.com`, { headers })).headers.get('Warning');
};

/** The text of the next message of the room. */
const told = async ({ msrp }: Caller): Promise<string> => (await msrp.frameOf('SEND')).body ?? '';

test('BYE-06, REF-14: kicked is BYE with the reason, and 403 for as long as kickBan says', async () => {
  await room.configure({ kickBan: 5 * MINUTE });
  const [desk, phone] = [await join(ANA), await join(ANA)];
  expect(await someone(ANA).kick('Too "loud"\r\nX: y')).toBe(true);
  for (const { headers } of [await desk.answered('BYE'), await phone.answered('BYE')]) {
    expect(headers.get('Reason')).toBe('SIP;cause=403;text="Too \\"loud\\" X: y"');
  }
  const refused = await invite(ANA);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('Warning')).toBe('399 localhost "You are banned from this conference"');
  stage.clock.advance(5 * MINUTE);
  await join(ANA);
});

test('JOIN-03: a ban holds for INVITE and SUBSCRIBE, of who hides as well, until it ends', async () => {
  const ana = await join(ANA);
  const until = new Date(stage.clock.date().getTime() + 60 * MINUTE);
  await someone(ANA).ban({ reason: 'spam', until });
  expect((await ana.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=403;text="spam"');
  expect(room.bans).toEqual([{ pattern: ANA, aliases: [], until, reason: 'spam', by: null, kick: false }]);
  expect((await invite(ANA)).status).toBe(403);
  expect((await invite(ANA, { headers: [['Privacy', 'id']] })).status).toBe(403);
  const agent = await Caller.agent(stage.server);
  const subscribe = agent.compose('SUBSCRIBE', ROOM, { headers: [['Event', 'conference']] });
  subscribe.headers.set('From', `<${ANA}>;tag=x`);
  expect((await agent.exchange(subscribe)).status).toBe(403);
  stage.clock.advance(60 * MINUTE);
  await join(ANA);
  expect(room.bans).toEqual([]);
});

test('PBX-03: a domain is banned and unbanned, and what bans nobody is refused', async () => {
  const ana = await join(ANA);
  await join(MOD);
  await room.ban('*@example.com');
  await ana.answered('BYE');
  expect([...room.participants.keys()]).toEqual([MOD]);
  expect((await invite(BOB)).status).toBe(403);
  expect([await room.unban('*@example.com'), await room.unban('*@example.com')]).toEqual([true, false]);
  expect((await invite(BOB)).status).toBe(200);
  await expect(room.ban('a*b')).rejects.toMatchObject({ code: 'CHAT_ERR_NO_PARTICIPANT' });
});

test('GDM-05: muted is 403 for messages and is-composing until its time is over; moderators may be asked', async () => {
  const [ana, bob, mod] = [await join(ANA), await join(BOB), await join(MOD)];
  await someone(ANA).mute(MINUTE);
  expect(someone(ANA).muted).toBe(true);
  expect(await says(ana, ANA, 'hello')).toBe('403');
  const composing = cpim(ANA, ROOM, '<isComposing/>').replace(/text\/plain[^\r]*/, 'application/im-iscomposing+xml');
  expect(await ana.exchange(composing)).toMatchObject({ what: '403' });
  expect(await says(ana, ANA, 'psst', BOB)).toBe('403');
  expect(await says(ana, ANA, 'why?', MOD)).toBe('200');
  expect(await told(mod)).toContain('why?');
  stage.clock.advance(MINUTE);
  expect(await says(ana, ANA, 'thanks')).toBe('200');
  expect(await told(bob)).toContain('thanks');
  await someone(ANA).mute();
  expect(await says(ana, ANA, 'hello')).toBe('403');
  await someone(ANA).unmute();
  expect(await says(ana, ANA, 'hello')).toBe('200');
});

test('GDM-05: a visitor reads, and writes once he is a participant', async () => {
  await room.configure({ newcomers: 'visitor' });
  const [ana, mod] = [await join(ANA), await join(MOD)];
  expect([someone(ANA).role, someone(MOD).role]).toEqual(['visitor', 'moderator']);
  expect(await says(mod, MOD, 'welcome')).toBe('200');
  expect(await told(ana)).toContain('welcome');
  expect(await says(ana, ANA, 'hello')).toBe('403');
  await someone(ANA).setRole('participant');
  expect(await says(ana, ANA, 'hello')).toBe('200');
  await someone(ANA).setRole('owner');
  expect([someone(ANA).role, room.config.owners]).toEqual(['owner', [ANA]]);
});

test('JOIN-05, JOIN-06: locked and full say so in Warning', async () => {
  await join(ANA);
  await room.lock();
  const locked = await invite(ANA);
  expect([locked.status, locked.headers.get('Warning')]).toEqual([403, '399 localhost "Conference is locked"']);
  await room.unlock();
  await room.configure({ maxParticipants: 1 });
  const full = await invite(BOB);
  expect([full.status, full.headers.get('Warning')]).toEqual([486, '399 localhost "102 Too many participants"']);
  expect((await invite(ANA)).status).toBe(200);
});

test('PBX-03, PBX-13: allow, deny and inviteOnly, while the room runs', async () => {
  await room.configure({ allow: ['*@example.com', 'sip:+34*'], deny: ['sip:+346*'] });
  expect(await statuses()).toEqual([200, 403, 403]);
  await room.configure({ allow: [], deny: [], inviteOnly: true });
  expect(await statuses()).toEqual([403, 403, 403]);
  await expect(room.configure({ deny: ['a*b'] })).rejects.toMatchObject({ code: 'CHAT_ERR_OPTION' });
});

describe('JOIN-15: a password', () => {
  beforeEach(() => room.configure({ password: 'p=n 1', passwordPrompt: false }));

  test.each<[how: string, to: string, headers: [string, string][], status: number]>([
    ['none', ROOM, [], 403],
    ['the header', ROOM, [['X-Room-Password', 'p=n 1']], 200],
    ['a wrong header', ROOM, [['X-Room-Password', 'p=n 2']], 403],
    ['the parameter', `${ROOM};pin=p%3Dn%201`, [], 200],
    ['a wrong parameter', `${ROOM};pin=0`, [], 403],
    ['a broken escape', `${ROOM};pin=%zz`, [], 403],
    ['a header of the URI', `${ROOM}?Subject=x&X-Room-Password=p%3Dn%201`, [], 200],
    ['the header before the parameter', `${ROOM};pin=0`, [['X-Room-Password', 'p=n 1']], 200],
  ])('%s', async (_how, to, headers, status) => {
    const response = await invite(ANA, { to, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('Warning')).toBe(
      status === 200 ? undefined : '399 localhost "The conference has a password"',
    );
  });

  test('where nobody vouches for names, another one does not help to try more', async () => {
    for (let user = 1; user <= 5; user++) expect(await attempt(user, String(user))).toContain('has a password');
    expect(await attempt(6, 'p=n 1')).toBe('399 localhost "Too many wrong passwords"');
    stage.clock.advance(MINUTE);
    expect(await attempt(6, 'p=n 1')).toBeUndefined();
  });
});

describe('JOIN-15: a password that is asked for in a message', () => {
  beforeEach(() => room.configure({ password: '1234' }));

  test('who answers is in; before, nobody sees him and he hears nothing', async () => {
    const bob = await join(BOB, { headers: [['X-Room-Password', '1234']] });
    const ana = await join(ANA);
    expect(await told(ana)).toContain('This room has a password.');
    expect([...room.participants.keys()]).toEqual([BOB]);
    expect(await says(bob, BOB, 'secret')).toBe('200');
    expect(await room.send('to everybody')).toBe(1);
    const { what } = await ana.exchange(cpim(ANA, ROOM, '4321'));
    expect(what).toBe('403');
    const joined = stage.server.server.room('lounge');
    const came = new Promise((resolve) => joined?.once('join', resolve));
    ana.msrp.send(cpim(ANA, ROOM, '1234'));
    await came;
    expect([...room.participants.keys()]).toEqual([BOB, ANA]);
    await room.send('welcome');
    let heard = '';
    while (!heard.includes('welcome')) {
      heard = (await ana.msrp.frameOf('SEND')).body ?? '';
      expect(heard).not.toMatch(/secret|to everybody/);
    }
    expect(await says(ana, ANA, 'hello')).toBe('200');
  });

  test('it is not told to him who subscribes in the dialog; three wrong answers are BYE 403', async () => {
    const ana = await join(ANA);
    const subscribed = ana.request('SUBSCRIBE', { headers: [['Event', 'conference']] });
    await new Promise((resolve) => subscribed.once('response', resolve));
    const notify = await ana.answered('NOTIFY');
    expect([notify.headers.get('Subscription-State'), notify.body.toString()]).toEqual([
      expect.stringMatching(/^terminated/),
      '',
    ]);
    for (const text of ['1', '2', '3']) expect(await says(ana, ANA, text)).toBe('403');
    stage.clock.advance(0);
    expect((await ana.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=403;text="Wrong password"');
    expect(room.participants.size).toBe(0);
  });

  test('what he writes there is no command, whoever he is', async () => {
    await room.configure({ commands: true });
    const mod = await join(MOD);
    expect(await says(mod, MOD, '/lock')).toBe('403');
    expect(room.config.locked).toBe(false);
  });

  test('who says nothing has to go', async () => {
    const ana = await join(ANA);
    await told(ana);
    // The room has the answer to its question.
    await ana.exchange(undefined);
    stage.clock.advance(MINUTE);
    expect((await ana.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=403;text="No password was given"');
  });

  test('an offer of ours, when the room changes, does not let him in', async () => {
    const ana = await join(ANA);
    await room.configure({ allowNicknames: false });
    await accept(ana, await reoffered(ana));
    await stage.answeredAll();
    expect([await says(ana, ANA, 'hello'), room.participants.size]).toEqual(['403', 0]);
    expect(await says(ana, ANA, '1234')).toBe('200');
    expect(room.participants.size).toBe(1);
  });
});

test('PBX-04: every act is an event, a call of onAudit, and nothing of it is lost when that throws', async () => {
  const events: unknown[] = [];
  room.on('audit', ({ act, target, allowed }) => events.push([act, target, allowed]));
  stage.server.events.on('audit', (_room, { act }) => {
    events.push(act);
    throw new Error('a listener');
  });
  const ana = await join(ANA);
  audited.length = 0;
  const focus = stage.server.server.chat.focus;
  const actor = { uri: BOB, aliases: [], displayName: null, anonymous: false, anonymousUri: null };
  expect(() => focus.moderate(ROOM, { act: 'kick', target: ANA }, actor)).toThrow('You may not do that');
  await someone(ANA).kick();
  await ana.answered('BYE');
  expect(events).toEqual([['kick', ANA, false], 'kick', ['kick', ANA, true], 'kick']);
  expect(audited.map(({ actor, allowed }) => [actor, allowed])).toEqual([
    [BOB, false],
    [null, true],
  ]);
});

test('GDM-05, BYE-10: who makes a room moderates it; with onCreatorLeave close it ends with him', async () => {
  const ad = 'sip:another@localhost';
  const ana = await Caller.join(stage.server, ad, { uri: ANA });
  const created = stage.server.server.existing('another');
  expect(created.participants.get(ANA)?.role).toBe('moderator');
  await created.configure({ onCreatorLeave: 'close' });
  const bob = await Caller.join(stage.server, ad, { uri: BOB });
  expect(created.participants.get(BOB)?.role).toBe('participant');
  await ana.bye();
  expect((await bob.answered('BYE')).headers.get('Reason')).toContain('nobody is left who moderates');
  expect(stage.server.server.room('another')).toBeUndefined();
});

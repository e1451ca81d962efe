import type { TestParticipant } from '../../lib/client/testing.js';
import type { RoomOptions } from '../../plugin/options/options.js';
import { Callees } from '../support/callee.js';
import * as blink from '../support/blink.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

let server: ServerUnderTest;
let room: string;
let ana: TestParticipant;
let bob: TestParticipant;

/** A room where Ana moderates. */
async function start(options: RoomOptions = {}, more: ServerUnderTestOptions = {}): Promise<void> {
  const defaults = { commands: true, moderators: ['sip:ana@example.com'], ...options };
  server = await ServerUnderTest.start({ ...more, rooms: { defaults } });
  room = server.newRoom();
  ana = await server.join(room, 'ana', { nick: 'Ana' });
  bob = await server.join(room, 'bob', { nick: 'Bob B' });
}
afterEach(() => server.close());

/** What the room answers to a command. */
async function answer({ participant, events }: TestParticipant, command: string): Promise<string | undefined> {
  expect(await participant.send(command)).toMatchObject({ status: 200 });
  const [{ text, from, private: isPrivate }] = await events.next('message');
  expect({ from, isPrivate }).toEqual({ from: room, isPrivate: true });
  return text;
}

const heard = async ({ events }: TestParticipant): Promise<string | undefined> =>
  (await events.next('message'))[0].text;

test('/who, /help, /topic, /nick: answered to who typed them, and to nobody else', async () => {
  await start({ subject: 'cheese' });
  expect(await answer(ana, '/who')).toBe('Here: Ana (moderator), Bob B.');
  expect(await answer(bob, '/HELP')).not.toContain('/kick');
  expect(await answer(ana, '/help')).toContain('/kick WHO [REASON]: removes somebody');
  expect(await answer(bob, '/help ban')).toBe('/ban WHO [MINUTES] [REASON]: removes somebody, who may not come back');
  expect(await answer(bob, '/topic')).toBe('The topic is: cheese');
  expect(await answer(bob, '/nick Robert')).toBe('You are Robert now.');
  expect(await answer(bob, '/nick Ana')).toBe('Ana is taken, or reserved.');
  expect(await answer(bob, '/nick')).toBe('It is /nick NAME. A name with blanks is written in quotes.');
  expect(await answer(bob, '/etc/passwd is a file')).toContain('There is no command /etc/passwd.');
  await bob.participant.send('done');
  expect(await heard(ana)).toBe('done');
});

test('/me goes on as it is, // says a slash, private messages are no commands, nor is anything without `commands`', async () => {
  await start();
  await bob.participant.send('/me waves');
  expect(await heard(ana)).toBe('/me waves');
  await bob.participant.send('//who is not asked');
  expect(await heard(ana)).toBe('/who is not asked');
  await bob.participant.sendPrivate('sip:ana@example.com', '/who');
  expect(await heard(ana)).toBe('/who');
  await server.server.room(room)?.configure({ commands: false });
  await bob.participant.send('/who');
  expect(await heard(ana)).toBe('/who');
});

test('/msg is a private message, refused in words where that would be', async () => {
  await start();
  const carla = await server.join(room, 'carla');
  expect(await ana.participant.send('/msg "Bob B" psst, "you"')).toMatchObject({ status: 200 });
  const [message] = await bob.events.next('message');
  expect(message).toMatchObject({ text: 'psst, "you"', private: true, from: 'sip:ana@example.com' });
  expect(await answer(ana, '/msg zoe psst')).toBe('zoe is not here.');
  expect(await answer(ana, '/msg zoe')).toBe('It is /msg WHO TEXT. A name with blanks is written in quotes.');
  await server.server.room(room)?.configure({ allowPrivateMessages: false });
  expect(await answer(carla, '/msg Ana psst')).toBe('You may not write that to Ana.');
  expect(carla.events.pending('message')).toEqual([]);
});

test('handlers hear of what is said with a command, and of no other command', async () => {
  const seen: object[] = [];
  await start(
    {},
    {
      authorizeMessage: ({ text, to, private: isPrivate }) => {
        seen.push({ text, to, isPrivate });
        if (text === 'spam') throw new Error('no');
      },
    },
  );
  expect(await answer(ana, '/who')).toContain('Here:');
  await ana.participant.send('//slash');
  await ana.participant.send('/msg "Bob B" psst');
  expect(await answer(ana, '/msg "Bob B" spam')).toBe('You may not write that to Bob B.');
  expect([await heard(bob), await heard(bob)]).toEqual(['/slash', 'psst']);
  const toBob = { to: 'sip:bob@example.com', isPrivate: true };
  expect(seen).toEqual([
    { text: '/slash', to: room, isPrivate: false },
    { text: 'psst', ...toBob },
    { text: 'spam', ...toBob },
  ]);
});

test('/kick: for moderators', async () => {
  await start();
  expect(await answer(bob, '/kick Ana')).toContain('You may not do that');
  expect(await answer(ana, '/kick nobody')).toContain('nobody is not in');
  expect(await answer(ana, '/kick "Bob B" too loud')).toBe('Bob B was removed.');
  expect((await bob.events.next('ended'))[0]).toMatchObject({ kind: 'removed' });
});

test('/leave ends the session with BYE, behind what was said before it', async () => {
  await start();
  // Who came and went between two NOTIFYs is told of by none.
  await ana.events.next('join', ({ uri }) => uri === 'sip:bob@example.com');
  void bob.participant.send('so long');
  void bob.participant.send('/leave').catch(() => undefined);
  expect((await bob.events.next('ended'))[0]).toMatchObject({ kind: 'removed' });
  expect(await heard(ana)).toBe('so long');
  await ana.events.next('leave', ({ uri }) => uri === 'sip:bob@example.com');
});

test('/invite without a way out says so', async () => {
  await start({ invite: 'moderators' });
  expect(await answer(bob, '/invite zoe@example.com')).toContain('You may not do that');
  expect(await answer(ana, '/invite zoe')).toBe('zoe is no address; write one like bob@example.com.');
  expect(await answer(ana, '/invite zoe@example.com')).toContain('outboundProxy');
});

test('/invite calls somebody, and tells what came of it', async () => {
  const callees = await Callees.start('udp');
  try {
    await start({}, { outboundProxy: callees.proxy });
    expect(await answer(bob, '/invite zoe@example.com')).toBe('sip:zoe@example.com is being called.');
    const zoe = await callees.invited();
    expect(zoe.header('Referred-By')).toContain('sip:bob@example.com');
    zoe.reply(480);
    expect(await heard(bob)).toBe('sip:zoe@example.com does not come: 480 Temporarily Unavailable.');
    expect(await answer(bob, '/invite carla@example.com')).toBe('sip:carla@example.com is being called.');
    await (await callees.invited()).join();
    expect(await heard(bob)).toBe('sip:carla@example.com is in the room.');
    expect(await answer(bob, '/invite ana@example.com')).toBe('sip:ana@example.com is in the room.');
    expect(ana.events.pending('message')).toEqual([]);
  } finally {
    await callees.close();
  }
});

test('Blink wraps what is typed in HTML', async () => {
  await start();
  const html = '<html><head><style>p { margin: 0 }</style></head><body><p>/kick &quot;Bob B&quot;</p></body></html>';
  await ana.participant.sendContent(room, 'text/html', html);
  expect((await bob.events.next('ended'))[0]).toMatchObject({ kind: 'removed' });
  expect(await heard(ana)).toBe('Bob B was removed.');
});

test("Blink's plain text", async () => {
  await start();
  const caller = await blink.blinkCalls(server, room);
  const to = /a=path:(\S+)/.exec(caller.response.body.toString())?.[1] ?? '';
  await caller.connect();
  caller.msrp.write(blink.bind(to));
  caller.msrp.write(blink.text(to, room, '/who', 'aaaaaaaabbbbbbbb'));
  expect((await caller.msrp.frameOf('SEND')).body).toContain('Here: Ana (moderator), Bob B, User 0.');
});

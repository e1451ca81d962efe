import { once } from 'node:events';
import { ChatroomsError } from '../../../plugin/index.js';
import type { Participant, Role, Room } from '../../../plugin/rooms-api.js';
import { Caller } from '../../support/caller.js';
import { ServerUnderTest } from '../../support/server.js';

const ROOM = 'sip:lounge@localhost';

let server: ServerUnderTest;
let room: Room;

beforeEach(async () => {
  server = await ServerUnderTest.start();
  room = server.server.create('lounge', { subject: 'Tea' });
});
afterEach(() => server.close());

const someone = (uri: string): Participant => {
  const participant = room.participants.get(uri);
  if (!participant) throw new Error(`${uri} is not in`);
  return participant;
};

describe('room.configure', () => {
  test('changes what is given, and says so', async () => {
    const events: unknown[] = [];
    room.on('config', ({ subject, locked }) => events.push({ subject, locked }));
    room.on('subject', (subject) => events.push(subject));
    await room.configure({ locked: true });
    await room.setSubject('Cake');
    expect(events).toEqual([{ subject: 'Tea', locked: true }, { subject: 'Cake', locked: true }, 'Cake']);
    expect(room.config).toMatchObject({ subject: 'Cake', locked: true, allowNicknames: true, deletion: 'never' });
    await expect(Caller.call(server, ROOM)).rejects.toThrow('403');
  });

  test.each([
    ['an unknown option', { colour: 'red' }, 'There is no option colour.'],
    ['a wrong value', { allowPrivateMessages: 'some' }, 'Option allowPrivateMessages'],
    ['no types at all', { acceptWrappedTypes: [] }, 'Option acceptWrappedTypes'],
    ['TLS where there is none', { tls: 'required' }, 'Option tls'],
    ['a way to confirm there is not', { fanout: { confirm: 'sometimes' } }, 'Option fanout.confirm'],
  ])('%s is refused, and nothing changes', async (_name, change, message) => {
    const before = room.config;
    const failure = await room.configure(change as object).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ChatroomsError);
    expect(failure).toMatchObject({ code: 'CHAT_ERR_OPTION', message: expect.stringContaining(message) });
    expect(room.config).toBe(before);
  });

  test('a room that was closed has nothing to be configured, also when there is another one of its name', async () => {
    await room.close();
    await expect(room.configure({})).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_UNKNOWN' });
    const again = server.server.create('lounge');
    await expect(room.setSubject('Cake')).rejects.toMatchObject({ code: 'CHAT_ERR_ROOM_UNKNOWN' });
    expect(again.config.subject).toBe('');
  });
});

test('7701-6.3-04: fanout.confirm holds from the next message on', async () => {
  const ana = await Caller.join(server, ROOM, { uri: 'sip:ana@example.com' });
  const bob = await Caller.join(server, ROOM, { uri: 'sip:bob@example.com' });
  const asked: (string | undefined)[] = [];
  // The first copy of each session is confirmed in any case.
  for (const confirm of ['partial', 'partial', 'never', 'always'] as const) {
    await room.configure({ fanout: { confirm } });
    const said = await ana.exchange(
      `From: <sip:ana@example.com>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: text/plain\r\n\r\nhi`,
    );
    expect(said.what).toBe('200');
    const copy = await bob.msrp.frameOf('SEND');
    const report = copy.headers.get('failure-report');
    asked.push(report);
    if (report === undefined) bob.msrp.answer(copy, '200 OK');
  }
  expect(asked).toEqual([undefined, 'partial', 'no', undefined]);
  expect(room.config.fanout).toEqual({ confirm: 'always' });
});

describe('participant.role', () => {
  test('is that of the list of moderators, which it changes', async () => {
    await Caller.call(server, ROOM, { uri: 'sip:ana@example.com' });
    const ana = someone('sip:ana@example.com');
    const roles: Role[] = [ana.role];
    await room.configure({ moderators: ['sip:bob@example.com'] });
    for (const role of ['moderator', 'moderator', 'participant'] as const) {
      await ana.setRole(role);
      roles.push(ana.role);
    }
    expect(roles).toEqual(['participant', 'moderator', 'moderator', 'participant']);
    expect(room.config.moderators).toEqual(['sip:bob@example.com']);
    await room.configure({ moderators: ['sip:ANA@example.com:5060', 'sip:ana@EXAMPLE.com'] });
    expect(ana.role).toBe('moderator');
    await ana.setRole('participant');
    expect(ana.role).toBe('participant');
  });

  test('of somebody who hides by the URI nobody sees', async () => {
    const headers: [string, string][] = [['Privacy', 'id']];
    await Caller.call(server, ROOM, { uri: 'sip:ana@example.com', headers });
    const [hidden] = room.participants.values();
    await hidden.setRole('moderator');
    expect([hidden.role, hidden.uri]).toEqual(['moderator', expect.stringContaining('@anonymous.invalid')]);
    expect(room.config.moderators).toEqual(['sip:ana@example.com']);
  });

  test('nobody becomes moderator by a URI that is everybody’s', async () => {
    await Caller.call(server, ROOM, { uri: 'sip:anonymous@anonymous.invalid' });
    const [nobody] = room.participants.values();
    await expect(nobody.setRole('moderator')).rejects.toMatchObject({ code: 'CHAT_ERR_IDENTITY' });
    expect(room.config.moderators).toEqual([]);
    await nobody.setRole('participant');
  });

  test('who has left has none to be set', async () => {
    const caller = await Caller.call(server, ROOM);
    const participant = someone('sip:caller@example.com');
    const left = once(room, 'leave');
    await caller.bye();
    await left;
    await expect(participant.setRole('moderator')).rejects.toMatchObject({ code: 'CHAT_ERR_NO_PARTICIPANT' });
    expect(participant.role).toBe('participant');
  });
});

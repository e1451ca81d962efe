import { type EventLog, joinRoom, type TestParticipant } from '../../../lib/client/testing.js';
import { FakeFocus } from '../../support/fake-focus.js';
import { FakeMsrpPeer } from '../../support/fake-msrp-peer.js';
import { cpim, roomAnswer } from '../../support/fake-signalling.js';
import { closeStage, joinStage, openStage, type Stage } from '../../support/participant-stage.js';

const ROOM = 'sip:lobby@localhost';

test('joinRoom: SIP and MSRP over real sockets, from INVITE to BYE', async () => {
  const focus = await FakeFocus.listen();
  const peer = await FakeMsrpPeer.listen();
  const joining: Promise<TestParticipant> = joinRoom(ROOM, {
    uri: 'sip:alice@localhost',
    proxy: { host: '127.0.0.1', port: focus.port },
    nick: 'Alice',
  });
  const contact = `Contact: <${ROOM}>;isfocus`;
  const invite = await focus.nextOf('INVITE');
  focus.reply(invite, '200 OK', { headers: [contact, 'Content-Type: application/sdp'], body: roomAnswer(peer.path) });
  const { participant, events } = await joining;
  expect(participant.nickname).toBe('Alice');

  const subscribe = await focus.nextOf('SUBSCRIBE');
  focus.reply(subscribe, '200 OK', { headers: [contact, 'Expires: 3600'] });
  const body = `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="${ROOM}" version="0"><users><user entity="sip:alice@localhost"/></users></conference-info>`;
  const headers = [
    'Event: conference',
    'Subscription-State: active',
    contact,
    'Content-Type: application/conference-info+xml',
  ];
  focus.request('NOTIFY', subscribe, { headers, body });
  const [{ participants }] = await events.next('roster');
  expect(participants.map((entry) => participant.isSelf(entry))).toEqual([true]);

  peer.send(cpim('<sip:bob@localhost>', `<${ROOM}>`, 'hi'));
  expect((await events.next('message'))[0].text).toBe('hi');
  expect((await participant.send('hello')).status).toBe(200);

  const left = participant.leave();
  const goodbyes = [await focus.nextOf('SUBSCRIBE'), await focus.nextOf('BYE')];
  for (const goodbye of goodbyes) focus.reply(goodbye, '200 OK');
  await left;
  await peer.disconnected();
  await Promise.all([focus.close(), peer.close()]);
});

describe('EventLog', () => {
  let stage: Stage;
  let events: EventLog;

  beforeEach(async () => {
    stage = await openStage();
    ({ events } = stage);
    await joinStage(stage);
  });

  afterEach(() => closeStage(stage));

  const say = (text: string): string => stage.peer.send(cpim('<sip:bob@example.com>', `<${ROOM}>`, text));

  test('gives what came before and what comes after the question, in order', async () => {
    say('one');
    say('two');
    await stage.peer.frameOf('200');
    await stage.peer.frameOf('200');
    expect((await events.next('message'))[0].text).toBe('one');
    const later = events.next('message', ({ text }) => text === 'four');
    say('three');
    say('four');
    await later;
    expect(events.pending('message')).toEqual([]);
  });

  test('two questions get two answers', async () => {
    const both = Promise.all([events.next('message'), events.next('message')]);
    say('one');
    say('two');
    expect((await both).map(([{ text }]) => text)).toEqual(['one', 'two']);
  });

  test('does not wait for ever', async () => {
    say('one');
    const asked = events.next('message', ({ text }) => text === 'never', 5000);
    const outcome = expect(asked).rejects.toMatchObject({
      code: 'CHAT_ERR_TEST_TIMEOUT',
      message: 'no message event of that kind within 5000 ms; instead came "one"',
    });
    await stage.peer.frameOf('200');
    stage.clock.advance(5000);
    await outcome;
  });

  test('says what there is when there is none of that name, and knows the names', async () => {
    const asked = events.next('nickname', undefined, 5000);
    const outcome = expect(asked).rejects.toMatchObject({
      message: expect.stringMatching(/instead came nothing at all$/),
    });
    stage.clock.advance(5000);
    await outcome;
    await expect(events.next('mesage' as 'message')).rejects.toMatchObject({ code: 'CHAT_ERR_USAGE' });
  });
});

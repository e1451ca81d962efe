// Tests of the bot, for jest: npx jest examples/test-kit
//
// Rooms, SIP and MSRP are the real ones, in memory: no drachtio-server, no port, and no waiting.
const { createTestRooms, ManualClock } = require('drachtio-chatroom/testing');
const { quizBot } = require('./quiz-bot.js');

const says = (events, wanted) => events.next('message', ({ text }) => text === wanted);

describe('quiz-bot', () => {
  let kit;
  let clock;

  beforeEach(async () => {
    clock = new ManualClock();
    kit = await createTestRooms({ clock });
    kit.rooms.register(quizBot, { questions: [{ question: 'Two and two?', answer: '4' }] });
  });

  afterEach(() => kit.close());

  test('who answers first has it, and everybody reads so', async () => {
    const ana = await kit.join('lobby', { nick: 'ana' });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    await ana.participant.send('!quiz');
    await says(bruno.events, 'Two and two?');
    await ana.participant.send('5');
    await bruno.participant.send('4');
    await says(ana.events, 'bruno has it!');
    await says(ana.events, 'That was the quiz.');
  });

  test('who shouts is muted for a minute', async () => {
    const { participant, events } = await kit.join('lobby', { nick: 'ana' });
    await participant.send('WHAT A QUIZ');
    await says(events, 'You are muted for a minute: please do not shout.');
    expect(await participant.send('sorry')).toMatchObject({ status: 403 });
    clock.advance(60_000);
    expect(await participant.send('sorry')).toMatchObject({ status: 200 });
  });

  test('private messages are none of its business', async () => {
    const ana = await kit.join('lobby', { nick: 'ana' });
    const bruno = await kit.join('lobby', { nick: 'bruno' });
    await ana.participant.sendPrivate('sip:bruno@localhost', '!quiz');
    await says(bruno.events, '!quiz');
    await ana.participant.send('hello');
    await says(bruno.events, 'hello');
    expect(bruno.events.pending('message')).toEqual([]);
  });
});

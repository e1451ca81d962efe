// The same from an ES module: NODE_OPTIONS=--experimental-vm-modules npx jest examples/test-kit
import { createTestRooms } from 'drachtio-chatroom/testing';
import { quizBot } from './quiz-bot.js';

test('the quiz begins when somebody says so', async () => {
  const kit = await createTestRooms();
  try {
    kit.rooms.register(quizBot);
    const { participant, events } = await kit.join('lobby', { nick: 'ana' });
    await participant.send('!quiz');
    await events.next('message', ({ text }) => text === 'Which RFC are chat rooms?');
  } finally {
    await kit.close();
  }
});

// A bot somebody wrote: it asks a question when told to, gives a point to who answers first, and mutes who shouts. It knows
// the rooms alone, so that the same function serves them and its tests.
const QUESTIONS = [
  { question: 'Which RFC are chat rooms?', answer: '7701' },
  { question: 'And MSRP?', answer: '4975' },
];

/** Milliseconds of silence for who shouts. */
const PENALTY = 60_000;

const nameOf = (participant) => participant?.nickname ?? participant?.uri;

/** A plugin: `rooms.register(quizBot, { questions })`. */
function quizBot(rooms, { questions = QUESTIONS } = {}) {
  /** The question each room is at. */
  const asked = new Map();

  const ask = (room, index) => {
    const next = questions[index];
    asked.set(room, index);
    return room.send(next ? next.question : 'That was the quiz.');
  };

  const answer = async (room, { from, text = '' }) => {
    const participant = room.find(from);
    if (text === '!quiz') return ask(room, 0);
    if (text.length > 3 && text === text.toUpperCase() && /\p{L}/u.test(text)) {
      await participant?.mute(PENALTY);
      return participant?.send('You are muted for a minute: please do not shout.');
    }
    const current = questions[asked.get(room)];
    if (current?.answer !== text.trim()) return undefined;
    await room.send(`${nameOf(participant)} has it!`);
    return ask(room, asked.get(room) + 1);
  };

  rooms.on('message', (room, message) => {
    if (!message.private) answer(room, message).catch((error) => console.error(`quiz: ${error.message}`));
  });
  rooms.on('roomClosed', (room) => asked.delete(room));
}

module.exports = { quizBot };

// Two who talk in a process of their own, so that what the test does to the server is not taken for delays of the server.
// Argument: JSON { room, sip }. Every line of its standard input is answered by one of its standard output:
//   `talk N MS`   N messages, MS ms apart (0: each when the one before is there): the delays in ms, as JSON
//   `quit`        both leave
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { joinRoom } from '../../../dist/lib/client/testing.js';

const { room, sip } = JSON.parse(process.argv[2]);
const options = { proxy: sip, transport: 'tcp' };
const ana = await joinRoom(room, { uri: 'sip:talker-ana@example.com', ...options });
const bob = await joinRoom(room, { uri: 'sip:talker-bob@example.com', ...options });
let count = 0;

async function talk(messages, apart) {
  const delays = [];
  const arrivals = [];
  for (let n = 0; n < messages; n++) {
    const text = `talk ${++count}`;
    const began = performance.now();
    const arrived = bob.events
      .next('message', (message) => message.text === text, 60_000)
      .then(() => delays.push(performance.now() - began));
    arrivals.push(arrived);
    const sent = ana.participant.send(text).then(({ status }) => {
      if (status !== 200) throw new Error(`${text} was answered ${status}`);
    });
    if (apart > 0) await pause(apart);
    else await Promise.all([arrived, sent]);
    arrivals.push(sent);
  }
  await Promise.all(arrivals);
  return delays;
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, messages, apart] = line.split(' ');
  if (command === 'quit') break;
  try {
    process.stdout.write(`${JSON.stringify(await talk(Number(messages), Number(apart)))}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  }
}
await Promise.allSettled([ana.participant.leave(), bob.participant.leave()]);
process.exit(0);

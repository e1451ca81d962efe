// Two who talk in a process of their own, so that what the test does to the server is not taken for delays of the server.
// Argument: JSON { room, sip, patient }; patient ones, when refused for overload, say it again until it is taken. Every line of its standard input is answered by one of its standard output:
//   `talk N`   N messages, each when the one before is there: their delays in ms, as JSON
//   `ended`    `true` once both have been told to go
//   `quit`     both leave
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { joinRoom } from '../../../dist/lib/client/testing.js';

const { room, sip, patient } = JSON.parse(process.argv[2]);
const options = { proxy: sip, transport: 'tcp' };
const ana = await joinRoom(room, { uri: 'sip:talker-ana@example.com', ...options });
const bob = await joinRoom(room, { uri: 'sip:talker-bob@example.com', ...options });
/** Milliseconds. */
const RETRY = 50;
let count = 0;

/** The status; the client takes 413 for a failure. */
const say = (text) =>
  ana.participant.send(text).then(
    ({ status }) => status,
    (error) => {
      if (error.msrpStatus === 413) return 413;
      throw error;
    },
  );

async function talk(messages) {
  const delays = [];
  for (let n = 0; n < messages; n++) {
    const text = `talk ${++count}`;
    const began = performance.now();
    const arrived = bob.events.next('message', (message) => message.text === text, 60_000);
    let status = await say(text);
    const again = () => patient && status === 413;
    while (again()) {
      await setTimeout(RETRY);
      status = await say(text);
    }
    if (status !== 200) throw new Error(`${text} was answered ${status}`);
    await arrived;
    delays.push(performance.now() - began);
  }
  return delays;
}

async function ended() {
  await Promise.all([ana, bob].map(({ events }) => events.next('ended', undefined, 60_000)));
  return true;
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, messages] = line.split(' ');
  if (command === 'quit') break;
  try {
    const answer = command === 'ended' ? await ended() : await talk(Number(messages));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: error.message })}\n`);
  }
}
await Promise.allSettled([ana.participant.leave(), bob.participant.leave()]);
process.exit(0);

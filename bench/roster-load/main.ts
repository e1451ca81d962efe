// Plays the participants of one room who watch its roster. A process of its own, told by messages what to do.
import { type Answer, type Command, NO_TRAFFIC, type Traffic } from './commands.js';
import { Crowd } from './crowd.js';

let crowd: Crowd | undefined;

async function carryOut(command: Command): Promise<Traffic> {
  if (command.kind === 'connect') {
    crowd?.close();
    crowd = await Crowd.connect(command.room, command.link, command.port);
    return NO_TRAFFIC;
  }
  if (!crowd) throw new Error('connect comes first');
  if (command.kind === 'join') return crowd.join(command.count, command.subscribe, command.pace);
  if (command.kind === 'leave') return crowd.leave(command.stay, command.pace);
  crowd.check(command.full);
  return NO_TRAFFIC;
}

const answer = (message: Answer): void => void process.send?.(message);

process.on('message', (command: Command) => {
  carryOut(command).then(
    (traffic) => answer({ traffic }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));

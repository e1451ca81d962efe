import type { Contender, Setup } from './harness/contender.js';
import { Absent } from './harness/contender.js';
import { System } from './harness/system.js';
import type { Entrant } from './rows/fanout.js';

/** What became of those who were to take part. */
export interface ArenaEvents {
  /** It is not in these rooms, for this reason. */
  absent(contender: Contender, reason: string): void;
  /** It broke on the way in. */
  failed(contender: Contender, error: unknown): void;
}

/** Starts everybody who can be measured so, with all participants in; in the order given. Those who break are left out. */
export async function enter(
  contenders: readonly Contender[],
  setup: Setup,
  textOctets: number,
  events: ArenaEvents,
): Promise<Entrant[]> {
  const entered = new Map<Contender, Entrant>();
  let like: { peerPath: string } | undefined;
  // Those who speak as the server does take the lengths of its paths, so it comes before the floors.
  const servers = contenders.filter(({ name }) => name.startsWith('server'));
  for (const contender of [...servers, ...contenders.filter((other) => !servers.includes(other))]) {
    const reason =
      contender.lacks(setup) ?? (contender.maxTextOctets < textOctets ? 'its messages are not so large' : undefined);
    if (reason !== undefined) {
      events.absent(contender, reason);
      continue;
    }
    try {
      const running = await started(contender, setup, like);
      if (running instanceof System && servers.includes(contender)) like = running.endpoints[0];
      entered.set(contender, { name: contender.name, sameProtocol: contender.sameProtocol, running });
    } catch (error) {
      if (error instanceof Absent) events.absent(contender, error.message);
      else events.failed(contender, error);
    }
  }
  return contenders.flatMap((contender) => entered.get(contender) ?? []);
}

async function started(contender: Contender, setup: Setup, like: { peerPath: string } | undefined) {
  const running = await contender.start(setup, like);
  try {
    await running.join(setup.rooms * setup.participants);
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Stops all of them. */
export async function leave(entrants: readonly Entrant[]): Promise<void> {
  await Promise.all(entrants.map(({ running }) => running.stop()));
}

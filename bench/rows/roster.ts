import { RosterLoad } from '../harness/roster-load.js';
import { startConfigured } from '../harness/server.js';
import type { Pace, SipLink, Traffic } from '../roster-load/commands.js';
import { summarize } from '../stats.js';

/** `fast`: as the joins go; `slow`: twenty a second, each told to everybody before the next. */
export type PaceName = 'fast' | 'slow';
/** Of the room; `none`: nobody subscribes. */
export type Notify = 'none' | 'auto' | 'full';

export interface RosterLine {
  link: SipLink;
  participants: number;
  pace: PaceName;
  notify: Notify;
}

/** What the joins cost, or the leaves. */
export interface RosterCost extends Traffic {
  /** User and system time of the server, embedded SIP endpoint included. */
  cpuSeconds: number;
}

export interface RosterMeasured extends RosterLine {
  /** Medians of the rounds, member by member. */
  join: RosterCost;
  leave: RosterCost;
}

/** `roster.full` of the room, its default: above it counts are told. */
const FULL = 500;
const ROOM = 'sip:bench@localhost';

/** In another room, so that V8 has compiled what is measured: how many come and go. */
const WARM_UP = 100;
const WARM_ROOM = 'sip:warm@localhost';

const PACES: Record<PaceName, Pace> = {
  fast: { everyMs: 0, told: false },
  slow: { everyMs: 50, told: true },
};
const HASTE: Pace = { everyMs: 0, told: true };

/** What is measured; without subscriptions first, for what the others are held against. */
export function rosterLines(sizes: readonly number[]): RosterLine[] {
  const lines = sizes.flatMap((participants) =>
    // Ten thousand NOTIFYs a second are more than what one waits for here.
    (participants > FULL ? (['fast'] as const) : (['fast', 'slow'] as const)).flatMap((pace): RosterLine[] => {
      const both = (['none', 'auto'] as const).map((notify) => ({ link: 'tcp', participants, pace, notify }) as const);
      return participants > FULL ? both : [...both, { link: 'tcp', participants, pace, notify: 'full' }];
    }),
  );
  const datagrams = sizes
    .filter((participants) => participants === 200)
    .flatMap((participants) =>
      (['none', 'auto'] as const).map((notify) => ({ link: 'udp', participants, pace: 'fast', notify }) as const),
    );
  return [...lines, ...datagrams];
}

async function run({ link, participants, pace, notify }: RosterLine): Promise<{ join: RosterCost; leave: RosterCost }> {
  // What is coalesced in a second hides what each join costs.
  const interval = pace === 'slow' ? { interval: 0 } : {};
  const roster = { ...interval, ...(notify !== 'none' && { notify }) };
  const { subject, sip } = await startConfigured({
    rooms: { defaults: { roster }, static: { [WARM_ROOM]: { roster: { interval: 0 } } } },
  });
  const load = new RosterLoad();
  const costing = async (command: Parameters<RosterLoad['ask']>[0]): Promise<RosterCost> => {
    const before = subject.cpuSeconds();
    const traffic = await load.ask(command);
    return { ...traffic, cpuSeconds: subject.cpuSeconds() - before };
  };
  try {
    const subscribe = notify !== 'none';
    await load.ask({ kind: 'connect', link, port: sip, room: WARM_ROOM });
    await load.ask({ kind: 'join', count: WARM_UP, subscribe, pace: HASTE });
    await load.ask({ kind: 'leave', stay: 0, pace: HASTE });
    await load.ask({ kind: 'connect', link, port: sip, room: ROOM });
    const join = await costing({ kind: 'join', count: participants, subscribe, pace: PACES[pace] });
    await load.ask({ kind: 'check', full: FULL });
    const leave = await costing({ kind: 'leave', stay: 1, pace: PACES[pace] });
    await load.ask({ kind: 'check', full: FULL });
    return { join, leave };
  } catch (error) {
    const line = `${link}, N = ${participants}, ${pace}, notify ${notify}`;
    throw new Error(`${line}: ${(error as Error).message}\n${subject.complaints}`.trim(), { cause: error });
  } finally {
    await subject.stop();
    await load.stop();
  }
}

const MEMBERS = ['seconds', 'notifies', 'fullNotifies', 'octets', 'bodyOctets', 'repeated', 'cpuSeconds'] as const;

function median(costs: readonly RosterCost[]): RosterCost {
  const entries = MEMBERS.map((member) => [member, summarize(costs.map((cost) => cost[member])).median] as const);
  return Object.fromEntries(entries) as Record<(typeof MEMBERS)[number], number>;
}

/** One line; a process started anew for each round. */
export async function roster(line: RosterLine, rounds: number): Promise<RosterMeasured> {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let round = 0; round < rounds; round += 1) runs.push(await run(line));
  return { ...line, join: median(runs.map(({ join }) => join)), leave: median(runs.map(({ leave }) => leave)) };
}

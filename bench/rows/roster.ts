import { RosterLoad } from '../harness/roster-load.js';
import { startConfigured } from '../harness/server.js';
import type { Pace, SipLink, Traffic } from '../roster-load/commands.js';

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
  join: RosterCost;
  leave: RosterCost;
}

/** `roster.full` of the room, its default: above it counts are told. */
const FULL = 500;
/** Participants for which there is a target. */
export const JUDGED = 200;

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
  return sizes.flatMap((participants) => {
    const line = (link: SipLink, pace: PaceName, notify: Notify): RosterLine => ({ link, participants, pace, notify });
    const lines = [line('tcp', 'fast', 'none'), line('tcp', 'fast', 'auto')];
    // Counts are the same to all; and twenty joins a second would be told to a thousand each.
    if (participants > FULL) return lines;
    lines.push(line('tcp', 'fast', 'full'));
    lines.push(line('tcp', 'slow', 'none'), line('tcp', 'slow', 'auto'), line('tcp', 'slow', 'full'));
    if (participants === JUDGED) lines.push(line('udp', 'fast', 'none'), line('udp', 'fast', 'auto'));
    return lines;
  });
}

/** One line, in a process started anew. Rejects when anybody was told what is not so. */
export async function roster({ link, participants, pace, notify }: RosterLine): Promise<RosterMeasured> {
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
    return { link, participants, pace, notify, join, leave };
  } catch (error) {
    const line = `${link}, N = ${participants}, ${pace}, notify ${notify}`;
    throw new Error(`${line}: ${(error as Error).message}\n${subject.complaints}`.trim(), { cause: error });
  } finally {
    await subject.stop();
    await load.stop();
  }
}

import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { type RunningServer, type Surroundings, serveUnder } from '../../support/program.js';
import type { Delays } from './fault.js';
import { Talk } from './talk.js';

export const ROOM = 'sip:lobby@localhost';

/** A server, and two who talk there. */
export interface Scene {
  server: RunningServer;
  talk: Talk;
  /** They talk while `fault` lasts. */
  readonly through: (fault: () => Promise<void>) => Promise<Delays>;
  /** A figure of /metrics. */
  readonly metric: (name: string) => Promise<number>;
  /** MiB of memory it has at the moment. */
  readonly memory: () => Promise<number>;
  /** MiB of memory it had when it had most. */
  readonly peak: () => Promise<number>;
}

/** Milliseconds between two looks, which are not to be the load themselves. */
const LOOK = 100;

/** Resolves when it holds. */
export async function witnessed(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await after(LOOK);
}

/**
 * @param room where they talk
 * @param patient whether they may be refused: see `Talk.begin`
 */
export async function scene<T>(
  flags: readonly string[],
  use: (scene: Scene) => Promise<T>,
  { room = ROOM, patient, ...surroundings }: Surroundings & { room?: string; patient?: boolean } = {},
): Promise<T> {
  const server = await serveUnder(surroundings, '--log-level', 'warn', ...flags);
  const talk = await Talk.begin(room, server.sip, patient);
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(server.health.replace('healthz', 'metrics'))).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const memory = async (): Promise<number> => (await metric('chatroom_memory_resident_bytes')) / 1_048_576;
  const peak = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.program.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  };
  const through = async (fault: () => Promise<void>): Promise<Delays> => ({
    before: await talk.say(),
    during: await talk.during(fault),
  });
  try {
    return await use({ server, talk, through, metric, memory, peak });
  } finally {
    await talk.end();
    server.program.kill();
  }
}

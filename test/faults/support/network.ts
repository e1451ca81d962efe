import { type RunningServer, type Surroundings, serveUnder } from '../../support/program.js';
import type { Delays } from './fault.js';
import { Talk } from './talk.js';

export const ROOM = 'sip:lobby@localhost';

/** A server, and two who talk there. */
export interface Scene {
  server: RunningServer;
  talk: Talk;
  /** They talk while `fault` lasts. */
  through(fault: () => Promise<void>): Promise<Delays>;
  /** A figure of /metrics. */
  metric(name: string): Promise<number>;
  /** MiB of memory it has at the moment. */
  memory(): Promise<number>;
}

/** @param room where they talk */
export async function scene<T>(
  flags: readonly string[],
  use: (scene: Scene) => Promise<T>,
  { room = ROOM, ...surroundings }: Surroundings & { room?: string } = {},
): Promise<T> {
  const server = await serveUnder(surroundings, '--log-level', 'warn', ...flags);
  const talk = await Talk.begin(room, server.sip);
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(server.health.replace('healthz', 'metrics'))).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  const memory = async (): Promise<number> => (await metric('chatroom_memory_resident_bytes')) / 1_048_576;
  const through = async (fault: () => Promise<void>): Promise<Delays> => ({
    before: await talk.say(),
    during: await talk.during(fault),
  });
  try {
    return await use({ server, talk, through, metric, memory });
  } finally {
    await talk.end();
    server.program.kill();
  }
}

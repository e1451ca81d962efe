import { NicknamePeer } from '../harness/nickname-peer.js';
import type { Subject } from '../harness/process.js';
import { startNicknameServer } from '../harness/server.js';
import { type Summary, summarize } from '../stats.js';
import type { Timing } from './fanout.js';

/** Nicknames of others in the room. */
const HELD = 10_000;
/** Sessions that ask, each with one request outstanding. */
const SESSIONS = [1, 100] as const;
/** A session comes back to a nickname after so many others. */
const NAMES = 1000;

export interface Nicknames {
  /** Lookalikes are refused (`refuseConfusableNicknames`). */
  confusable: boolean;
  held: number;
  sessions: number;
  /** Median. */
  requestsPerSecond: number;
  cpuMicrosPerRequest: Summary & { rounds: number[] };
}

interface Round {
  requestsPerSecond: number;
  cpuMicros: number;
}

/** Each peer asks for one nickname after the other until `until`; returns how many were granted. */
async function ask(peers: readonly NicknamePeer[], until: number): Promise<number> {
  const granted = await Promise.all(
    peers.map(async (peer, index) => {
      let requests = 0;
      for (; performance.now() < until; requests += 1) await peer.request(`Fox ${index}-${requests % NAMES}`);
      return requests;
    }),
  );
  return granted.reduce((sum, requests) => sum + requests, 0);
}

async function round(peers: readonly NicknamePeer[], subject: Subject, measureMs: number): Promise<Round> {
  const [start, cpu] = [performance.now(), subject.cpuSeconds()];
  const requests = await ask(peers, start + measureMs);
  const [seconds, cpuSeconds] = [(performance.now() - start) / 1000, subject.cpuSeconds() - cpu];
  return { requestsPerSecond: requests / seconds, cpuMicros: (cpuSeconds / requests) * 1e6 };
}

/**
 * What a nickname costs in a room where 10,000 others have one: requests that are granted, each for another name than
 * the one before, over connections of their own. Nobody watches the roster.
 */
export async function nicknames({ warmupMs, measureMs }: Timing, rounds: number): Promise<Nicknames[]> {
  const results: Nicknames[] = [];
  for (const confusable of [false, true]) {
    const { subject, peers: signalling } = await startNicknameServer(HELD, confusable);
    const peers: NicknamePeer[] = [];
    try {
      for (let i = 0; i < Math.max(...SESSIONS); i += 1) peers.push(await NicknamePeer.bind(await signalling.join(i)));
      await ask(peers, performance.now() + warmupMs);
      for (const sessions of SESSIONS) {
        const measured: Round[] = [];
        while (measured.length < rounds) measured.push(await round(peers.slice(0, sessions), subject, measureMs));
        const cpu = measured.map(({ cpuMicros }) => cpuMicros);
        results.push({
          confusable,
          held: HELD,
          sessions,
          requestsPerSecond: summarize(measured.map(({ requestsPerSecond }) => requestsPerSecond)).median,
          cpuMicrosPerRequest: { ...summarize(cpu), rounds: cpu },
        });
      }
    } finally {
      for (const peer of peers) peer.close();
      signalling.close();
      await subject.stop();
    }
  }
  return results;
}

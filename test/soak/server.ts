/**
 * The process under test: embedded endpoint, unmodified drachtio-srf, rooms. Told by its parent when to start, it says how
 * it fares and what there is in it; whatever is logged as an error is a finding.
 */
import { EventEmitter, once } from 'node:events';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import type { Logger } from '../../lib/util/log.js';
import { DialOut } from '../../plugin/invitations/dial-out.js';
import { parseOptions } from '../../plugin/options/parse-options.js';
import { Server } from '../../plugin/server.js';
import type { ServerEvents } from '../../plugin/server-events.js';
import type { Census } from './census.js';
import { CountingClock } from './counting-clock.js';
import { DOMAIN, FACTORY, MODERATORS } from './cast.js';
import { type ServerQuestion, type ServerStart, tell } from './ipc.js';

const HEALTH_EVERY = 500;
const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** Parts of drachtio-srf that its types do not show. */
interface SrfInside {
  _dialogs: Map<string, unknown>;
  app: { client?: { mapServer: Map<unknown, Record<string, { size: number }>> } };
}

const finding = (text: string): void => tell({ news: 'finding', text: `server: ${text.slice(0, 2_000)}` });

const ignored = (): void => {};
const log: Logger = {
  debug: ignored,
  info: ignored,
  warn: ignored,
  error: (fields, message) => finding(`${message ?? ''} ${describe(fields)}`),
};

function describe(fields: object): string {
  const shown = Object.entries(fields).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Error ? value.stack : value,
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

class Subject {
  private constructor(
    private readonly clock: CountingClock,
    private readonly embedded: EmbeddedDrachtio,
    private readonly server: Server,
    private readonly srf: SrfInside,
  ) {}

  static async start({ speed, rooms, outboundProxy }: ServerStart): Promise<Subject> {
    const clock = new CountingClock(speed);
    const settings = parseOptions({
      domain: DOMAIN,
      logger: log,
      msrp: { listen: '127.0.0.1:0' },
      rooms: { defaults: { moderators: MODERATORS, ringTimeout: 20_000 } },
      limits: { maxRooms: 100 * rooms },
      factory: FACTORY,
      outboundProxy,
      // Nobody is spared; those who are called go away by themselves.
      invitations: { perMinute: 100_000, sessionTimer: 90 },
    });
    const events = new EventEmitter<ServerEvents>();
    const server = new Server(settings, events, { clock });
    const srf = new Srf();
    srf.on('error', (error: unknown) => finding(`srf: ${String(error)}`));
    server.attach(srf as unknown as Parameters<Server['attach']>[0]);
    await server.listen();
    const embedded = await startEmbeddedDrachtio({ udp: ANY_PORT, tcp: ANY_PORT, clock, log });
    const connected = once(srf, 'connect');
    void srf.connect({ ...embedded.control, secret: embedded.secret });
    await connected;
    return new Subject(clock, embedded, server, srf as unknown as SrfInside);
  }

  get sip(): { host: string; port: number } {
    return this.embedded.addresses.udp ?? ANY_PORT;
  }

  census(): Census {
    const { server, embedded, srf, clock } = this;
    const { rooms, participants, endpoints, sessions, connections, pendingOctets, partialOctets } = server.chat.stats;
    const pending = (name: string): number =>
      [...(srf.app.client?.mapServer.values() ?? [])].reduce((sum, maps) => sum + (maps[name]?.size ?? 0), 0);
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    globalThis.gc?.();
    return {
      kept: {
        sipDialogs: embedded.load.dialogs,
        sipTransactions: embedded.load.transactions,
        srfDialogs: srf._dialogs.size,
        inviteDialogs: server.dialogs.size,
        subscriptions: server.subscriptions.size,
        referrals: server.referrals.size,
        invitations: server.invitations instanceof DialOut ? server.invitations.size : 0,
        rooms,
        participants,
        endpoints,
        msrpSessions: sessions,
        msrpConnections: connections,
        pendingOctets,
        partialOctets,
        timers: clock.running,
      },
      srf: {
        requests: pending('pendingRequests'),
        clientTransactions: pending('pendingSipRequests'),
        networkInvites: pending('pendingNetworkInvites'),
        acks: pending('pendingAckOrPrack'),
      },
      heap: process.memoryUsage().heapUsed,
      resources,
    };
  }
}

function reportHealth(): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let last = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    const { heapUsed } = process.memoryUsage();
    tell({ news: 'health', health: { busy: utilization, delay: delay.max / 1e6, heap: heapUsed } });
    delay.reset();
  }, HEALTH_EVERY);
}

let subject: Subject | undefined;

async function answer(question: ServerQuestion): Promise<void> {
  if (question.ask === 'start') {
    subject = await Subject.start(question.options);
    tell({ news: 'listening', addresses: { sip: subject.sip } });
    reportHealth();
  } else if (subject) tell({ news: 'census', census: subject.census() });
}

process.on('message', (question: ServerQuestion) => {
  answer(question).catch((error: unknown) => {
    finding(`cannot start: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  });
});
process.on('unhandledRejection', (error) =>
  finding(`unhandled rejection ${error instanceof Error ? error.stack : String(error)}`),
);
process.on('uncaughtException', (error) => finding(`uncaught exception ${error.stack}`));
process.on('disconnect', () => process.exit(0));

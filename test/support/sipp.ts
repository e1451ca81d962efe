import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import type { SippScenario } from './sipp-scenario.js';

export type SippTransport = 'u1' | 't1';

export interface SippRun {
  /** A file, or what was written by us. */
  scenario: string | SippScenario;
  target: { host: string; port: number };
  /** `u1` is UDP, `t1` TCP, each from one socket. */
  transport: SippTransport;
  /** @defaultValue 1 */
  calls?: number;
  /** Calls a second. @defaultValue 10 */
  rate?: number;
  /** Of SIPp. @defaultValue a free one */
  port?: number;
  /** What `[authentication]` answers with; the Request-URI stands there without its scheme. */
  login?: { user: string; password: string; uri: string };
}

export interface SippResult {
  /** Exit code, 0 when every call succeeded. */
  code: number | null;
  /** What it logged of failures. */
  log: string;
}

/** So few that what they are sent at one moment has room in the buffers of the sockets, and nothing is lost over UDP. */
const CALLS_AT_ONCE = 60;
const BUFFER = 212_992;

/** Runs a scenario; resolves when it is over. */
export async function sipp(run: SippRun): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    const { host, port } = run.target;
    const scenario = typeof run.scenario === 'string' ? run.scenario : join(folder, 'scenario.xml');
    if (typeof run.scenario !== 'string') await writeFile(scenario, run.scenario.xml);
    const load = ['-t', run.transport, '-m', `${run.calls ?? 1}`, '-r', `${run.rate ?? 10}`, '-l', `${CALLS_AT_ONCE}`];
    const local = [
      '-i',
      '127.0.0.1',
      '-p',
      `${run.port ?? (await freePort())}`,
      '-nostdin',
      '-trace_err',
      '-buff_size',
      `${BUFFER}`,
    ];
    // Its watchdog logs when SIPp itself got no processor for half a second, which is no failure of a call.
    const patience = ['-watchdog_minor_threshold', '60000', '-watchdog_major_threshold', '60000'];
    const limits = ['-timeout', '90', '-timeout_error', ...patience];
    const login = run.login ? ['-au', run.login.user, '-ap', run.login.password, '-auth_uri', run.login.uri] : [];
    const args = [`${host}:${port}`, '-sf', scenario, ...load, ...local, ...limits, ...login];
    const child = spawn('sipp', args, { cwd: folder, stdio: 'ignore' });
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    const logs = (await readdir(folder)).filter((name) => name.endsWith('_errors.log'));
    const log = (await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8'))))
      .join('\n')
      .slice(0, 4_000);
    return { code, log };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a scenario ends with that went as it says. */
export const WELL: SippResult = { code: 0, log: '' };

/** Where SIPp takes the calls of a server under test: its outbound proxy. */
export class SippCallee {
  private constructor(
    readonly transport: SippTransport,
    readonly port: number,
  ) {}

  static async at(transport: SippTransport): Promise<SippCallee> {
    return new SippCallee(transport, await freePort());
  }

  /** For the option `outboundProxy`. */
  get proxy(): string {
    return `sip:127.0.0.1:${this.port}${this.transport === 'u1' ? '' : ';transport=tcp'}`;
  }

  /** Takes one call; resolves when it listens, with a promise of how that went. */
  async take(scenario: SippScenario): Promise<{ result: Promise<SippResult> }> {
    const { transport, port } = this;
    const state = { over: false };
    const target = { host: '127.0.0.1', port: 9 };
    const result = sipp({ scenario, target, transport, port }).finally(() => {
      state.over = true;
    });
    // One that fails at once says why by its result.
    while (!state.over && !(await isBound(port, transport))) await new Promise((resolve) => setImmediate(resolve));
    return { result };
  }
}

/** State of a socket, as Linux writes it: TCP that listens, UDP that is connected to nobody. */
const STATE = { u1: '07', t1: '0A' };

/**
 * Whether a socket of this machine takes what comes to the port of 127.0.0.1, as Linux tells; SIPp says so to nobody. What
 * is left of connections of a run before, from the same port, does not.
 */
async function isBound(port: number, transport: SippTransport): Promise<boolean> {
  const table = await readFile(transport === 'u1' ? '/proc/net/udp' : '/proc/net/tcp', 'utf8');
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.includes(`: ${local} 00000000:0000 ${STATE[transport]} `);
}

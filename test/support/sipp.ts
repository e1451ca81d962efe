import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './program.js';

export interface SippRun {
  scenario: string;
  target: { host: string; port: number };
  /** `u1` is UDP, `t1` TCP, each from one socket. */
  transport: 'u1' | 't1';
  calls: number;
  /** Calls a second. */
  rate: number;
}

/** Runs a scenario; resolves with SIPp's exit code, 0 when every call succeeded, and what it logged of failures. */
export async function sipp(run: SippRun): Promise<{ code: number | null; log: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    const { host, port } = run.target;
    const load = ['-t', run.transport, '-m', `${run.calls}`, '-r', `${run.rate}`, '-l', '600'];
    const local = ['-i', '127.0.0.1', '-p', `${await freePort()}`, '-nostdin', '-trace_err'];
    // Its watchdog logs when SIPp itself got no processor for half a second, which is no failure of a call.
    const patience = ['-watchdog_minor_threshold', '60000', '-watchdog_major_threshold', '60000'];
    const limits = ['-timeout', '90', '-timeout_error', ...patience];
    const args = [`${host}:${port}`, '-sf', run.scenario, ...load, ...local, ...limits];
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

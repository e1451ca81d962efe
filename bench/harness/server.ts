import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SipPeers } from './join.js';
import { freePort, Subject } from './process.js';
import { System } from './system.js';

const PROGRAM = join('dist', 'plugin', 'cli', 'main.js');

const address = (port: number): string => `127.0.0.1:${port}`;

/** Our server, the whole program: embedded SIP endpoint, focus and switch in one process. */
export async function startServer(): Promise<System> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
  const [sip, msrp] = [await freePort(), await freePort()];
  const args = ['serve', '--sip', address(sip), '--msrp', address(msrp)];
  const quiet = ['--http', 'off', '--log-level', 'error'];
  const subject = await Subject.start('the server', [PROGRAM, ...args, ...quiet], [sip, msrp]);
  try {
    const peers = await SipPeers.connect(sip);
    return new System(
      'server',
      subject,
      (index) => peers.join(index),
      () => peers.close(),
    );
  } catch (error) {
    await subject.stop();
    throw error;
  }
}

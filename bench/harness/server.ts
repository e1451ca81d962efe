import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatroomsOptions } from '../../plugin/index.js';
import { certificate } from './certificate.js';
import { program } from './compile.js';
import type { Link } from './driver.js';
import { ROOM, SipPeers } from './join.js';
import { freePort, Subject } from './process.js';
import { System } from './system.js';

const PROGRAM = join('dist', 'plugin', 'cli', 'main.js');

/** What both programs write once they let participants in. */
const READY = 'is running';

const address = (port: number): string => `127.0.0.1:${port}`;

/** What besides plain TCP the server listens on. On loopback WebSocket is plain. */
function listen(link: Link, port: number): string[] {
  if (link === 'tcp') return ['--msrps', 'off'];
  if (link === 'ws') return ['--msrps', 'off', '--msrp-ws', address(port)];
  const { cert, key } = certificate();
  return ['--msrps', address(port), '--tls-cert', cert, '--tls-key', key];
}

/** Our server, the whole program: embedded SIP endpoint, focus and switch in one process. All participants use `link`. */
export async function startServer(link: Link, probe = false): Promise<System> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
  const [sip, msrp, other] = [await freePort(), await freePort(), await freePort()];
  const args = ['serve', '--sip', address(sip), '--msrp', address(msrp), ...listen(link, other)];
  const quiet = ['--http', 'off', '--log-level', 'error'];
  const ports = link === 'tcp' ? [sip, msrp] : [sip, msrp, other];
  const subject = await Subject.start('the server', [PROGRAM, ...args, ...quiet], { ports, ready: READY, probe });
  return joined(subject, sip, link);
}

/** Our server with a limit of its own to the size of a message, which the command line does not offer. */
export async function startServerForSize(maxMessageSize: number): Promise<System> {
  const { subject, sip } = await startConfigured({ limits: { maxMessageSize } });
  return joined(subject, sip, 'tcp');
}

/** Our server with options that the command line does not offer, SIP over UDP and TCP on port `sip`; nobody in it yet. */
export async function startConfigured(options: ChatroomsOptions): Promise<{ subject: Subject; sip: number }> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
  const [sip, msrp] = [await freePort(), await freePort()];
  const args = [program('configured-server'), String(sip), String(msrp), JSON.stringify(options)];
  return { subject: await Subject.start('the server', args, { ports: [sip, msrp], ready: READY }), sip };
}

/** Our server with so many nicknames in the room already, and the SIP side of those who come. */
export async function startNicknameServer(
  held: number,
  confusable: boolean,
): Promise<{ subject: Subject; peers: SipPeers }> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
  const [sip, msrp] = [await freePort(), await freePort()];
  const settings = [sip, msrp, ROOM, held, confusable ? 'confusable' : 'plain'].map(String);
  const args = [program('nickname-server'), ...settings];
  const subject = await Subject.start('the server', args, { ports: [sip, msrp], ready: READY });
  try {
    return { subject, peers: await SipPeers.connect(sip, 'tcp') };
  } catch (error) {
    await subject.stop();
    throw error;
  }
}

async function joined(subject: Subject, sip: number, link: Link): Promise<System> {
  try {
    const peers = await SipPeers.connect(sip, link);
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

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIMITS } from '../../lib/focus/policy.js';
import type { ChatroomsOptions } from '../../plugin/index.js';
import { certificate } from './certificate.js';
import { compile, program } from './compile.js';
import { Absent, type Contender, type Setup } from './contender.js';
import type { Link } from './driver.js';
import { SipPeers } from './join.js';
import { freePort, Subject, type SubjectOptions } from './process.js';
import { ROOM, roomUri } from './rooms.js';
import { System } from './system.js';

/** What all programs of ours write once they let participants in. */
const READY = 'is running';
/** Everybody in one room. */
const ONE_ROOM = Number.POSITIVE_INFINITY;

const address = (port: number): string => `127.0.0.1:${port}`;

/** Where and how the server is started. */
export interface ServerOptions {
  /** The checkout it is of. @defaultValue this one */
  root?: string;
  /** More flags of `serve`. @defaultValue none */
  flags?: readonly string[];
  /** Of the process. @defaultValue none */
  subject?: Partial<SubjectOptions>;
}

/** A server with nobody in it, and the port of its SIP. */
interface Started {
  subject: Subject;
  sip: number;
}

/** The program of a checkout that was built. */
export function builtProgram(root: string): string {
  const path = resolve(root, 'dist', 'plugin', 'cli', 'main.js');
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`);
  return path;
}

/** What besides plain TCP the server listens on. On loopback WebSocket is plain. */
function listen(link: Link, port: number): string[] {
  if (link === 'tcp') return ['--msrps', 'off'];
  if (link === 'ws') return ['--msrps', 'off', '--msrp-ws', address(port)];
  const { cert, key } = certificate();
  return ['--msrps', address(port), '--tls-cert', cert, '--tls-key', key];
}

/** The whole program: embedded SIP endpoint, focus and switch in one process. */
async function startProgram(link: Link, { flags = [], root = '.', subject = {} }: ServerOptions): Promise<Started> {
  const path = builtProgram(root);
  const [sip, msrp, other] = [await freePort(), await freePort(), await freePort()];
  const args = ['serve', '--sip', address(sip), '--msrp', address(msrp), ...listen(link, other)];
  const quiet = ['--http', 'off', '--log-level', 'error', ...flags];
  const ports = link === 'tcp' ? [sip, msrp] : [sip, msrp, other];
  return {
    subject: await Subject.start('the server', [path, ...args, ...quiet], { ports, ready: READY, ...subject }),
    sip,
  };
}

/** Our server with options that the command line does not offer, SIP over UDP and TCP on port `sip`; nobody in it yet. */
export async function startConfigured(options: ChatroomsOptions, where: ServerOptions = {}): Promise<Started> {
  const { root = '.', subject = {} } = where;
  builtProgram(root);
  const [sip, msrp] = [await freePort(), await freePort()];
  const args = [resolve(program('configured-server')), String(sip), String(msrp), JSON.stringify(options)];
  const settings = { ports: [sip, msrp], ready: READY, cwd: root, ...subject };
  return { subject: await Subject.start('the server', args, settings), sip };
}

/** Our server; all participants use `link` and are in one room. */
export async function startServer(link: Link, options: ServerOptions = {}): Promise<System> {
  return peopled(await startProgram(link, options), link, ONE_ROOM);
}

/** Our server with a limit of its own to the size of a message. */
export async function startServerForSize(maxMessageSize: number): Promise<System> {
  return peopled(await startConfigured({ limits: { maxMessageSize } }), 'tcp', ONE_ROOM);
}

/** Our server with so many workers; no copy is answered, everybody is in one room. */
export async function startServerWithWorkers(workers: number, options: ServerOptions = {}): Promise<System> {
  const settings = { workers, rooms: { defaults: { fanout: { confirm: 'never' as const } } } };
  return peopled(await startConfigured(settings, options), 'tcp', ONE_ROOM);
}

/** Our server with so many nicknames in the room already, and the SIP side of those who come. */
export async function startNicknameServer(
  held: number,
  confusable: boolean,
): Promise<{ subject: Subject; peers: SipPeers }> {
  builtProgram('.');
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

/** With the SIP side of those who come, so many in each room. */
async function peopled({ subject, sip }: Started, link: Link, perRoom: number): Promise<System> {
  try {
    const peers = await SipPeers.connect(sip, link);
    return new System(
      'server',
      subject,
      (index) => peers.join(index, roomUri(Math.floor(index / perRoom))),
      () => peers.close(),
    );
  } catch (error) {
    await subject.stop();
    throw error;
  }
}

/** What a setup needs that the command line has no flags for; undefined when those are enough. */
function configuration({ confirm, participants }: Setup): ChatroomsOptions | undefined {
  if (confirm === 'always' && participants <= LIMITS.maxParticipants) return undefined;
  const limits = { maxParticipants: Math.max(participants, LIMITS.maxParticipants) };
  if (confirm === 'always') return { limits };
  // An older build does not know the option and refuses it: the row is left out.
  return { limits, rooms: { defaults: { fanout: { confirm } } } };
}

/** Our server as it is built in `root`. */
export function ourServer(name: string, where: ServerOptions = {}): Contender {
  return {
    name,
    sameProtocol: true,
    maxTextOctets: Number.POSITIVE_INFINITY,
    prepare: () => {
      builtProgram(where.root ?? '.');
      compile('configured-server');
      return Promise.resolve('ready');
    },
    lacks: ({ confirm, link }) =>
      confirm !== 'always' && link !== 'tcp' ? `unconfirmed copies are measured over tcp, not ${link}` : undefined,
    start: async (setup) => {
      const configured = configuration(setup);
      const start = configured ? startConfigured(configured, where) : startProgram(setup.link, where);
      const started = await start.catch((error: Error) => {
        const refused = setup.confirm !== 'always' && /fanout/.test(error.message);
        throw refused ? new Absent(`this build refuses the room option fanout.confirm '${setup.confirm}'`) : error;
      });
      return peopled(started, setup.link, setup.participants);
    },
  };
}

/**
 * One large message through the switch, to readers fast and slow: what it costs in memory. Not part of `npm run bench`:
 *
 *     npx tsx bench/large-message.ts [MIB] [READERS] [SLOW]      1024 4 1
 *
 * The switch runs in a process of its own, whose peak resident memory is printed. Slow readers read 16 MiB/s, the
 * others as fast as they can. Every reader's octets are compared by digest.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { MessageHasher } from '../test/support/message-hasher.js';
import { request, response } from '../test/support/msrp-frames.js';
import { cpim, endpoint, localUri, NotingFocus, OPEN_RULES, peerUri, ROOM } from '../test/support/switch-world.js';
import { ChatSwitch } from '../lib/switch/switch.js';
import { DiskSpool } from '../lib/transport/disk-spool.js';
import { MsrpServer } from '../lib/transport/msrp-server.js';
import { TcpListener } from '../lib/transport/tcp.js';
import { systemClock } from '../lib/util/clock.js';
import { silent } from '../lib/util/log.js';

const MIB = 1_048_576;
const PIECE = 65_536;
/** Of slow readers, in octets a second; and how often they read, in ms. */
const SLOW_RATE = 16 * MIB;
const SLOW_STEP = 50;

interface Peak {
  rss: number;
  held: number;
  spooled: number;
}

/** The process measured. */
async function serve(ids: readonly string[]): Promise<void> {
  const server = new MsrpServer({ clock: systemClock, log: silent });
  const spool = new DiskSpool();
  const chat = new ChatSwitch({ clock: systemClock, log: silent, transport: server, maxMessageSize: 2 ** 40, spool });
  chat.events = new NotingFocus();
  chat.openRoom({ uri: ROOM, rules: OPEN_RULES });
  for (const id of ids) chat.addEndpoint(endpoint(id));
  const { port } = await server.listen((door) => new TcpListener({ host: '127.0.0.1', port: 0 }, door));
  const full = spool.free;
  const peak: Peak = { rss: 0, held: 0, spooled: 0 };
  const look = (): void => {
    peak.rss = Math.max(peak.rss, process.memoryUsage.rss());
    peak.held = Math.max(peak.held, chat.held);
    peak.spooled = Math.max(peak.spooled, full - spool.free);
  };
  setInterval(look, 20);
  process.on('message', (question) => {
    if (question !== 'peak') process.exit(0);
    look();
    process.send?.(peak);
  });
  process.send?.(port);
}

const answerOf = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => {
    child.once('message', (message) => resolve(message as T));
  });

/** Connects and binds; answers every SEND. */
function join(id: string, port: number, hasher: MessageHasher): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let answered = 0;
  socket.on('data', (bytes: Buffer) => {
    hasher.read(bytes);
    for (; answered < hasher.tids.length; answered++)
      socket.write(response(hasher.tids[answered], '200 OK', localUri(id), peerUri(id)));
  });
  socket.write(request('bind1234', 'SEND', localUri(id), peerUri(id), ['Message-ID: bind1234', 'Byte-Range: 1-0/0']));
  return new Promise((resolve) => {
    socket.once('data', () => resolve(socket));
  });
}

/** Lets the socket read its share of every step. */
function slowDown(socket: Socket, hasher: MessageHasher): void {
  let allowed = 0;
  setInterval(() => {
    allowed += (SLOW_RATE * SLOW_STEP) / 1000;
    if (hasher.octets < allowed) socket.resume();
  }, SLOW_STEP).unref();
  socket.on('data', () => {
    if (hasher.octets >= allowed) socket.pause();
  });
}

async function say(id: string, socket: Socket, octets: number): Promise<string> {
  const head = cpim(id.replace('#1', ''), ROOM, '');
  const hash = createHash('sha256').update(head);
  const lines = ['Message-ID: large123', 'Byte-Range: 1-*/*', 'Content-Type: message/cpim'];
  const [before, after] = request('large123', 'SEND', localUri(id), peerUri(id), lines, `${head}|`).split('|');
  const write = (bytes: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      socket.write(bytes, () => resolve());
    });
  await write(before);
  for (let at = 0; at < octets; at += PIECE) {
    const piece = Buffer.alloc(Math.min(PIECE, octets - at), `${at} `);
    hash.update(piece);
    await write(piece);
  }
  await write(after);
  return hash.digest('hex');
}

async function main(mib: number, readers: number, slow: number): Promise<void> {
  const ids = ['alice#1', ...Array.from({ length: readers }, (_, i) => `r${i}#1`)];
  const child = fork(__filename, ['serve', ...ids]);
  const port = await answerOf<number>(child);
  const hashers = ids.map(() => new MessageHasher());
  const sockets = await Promise.all(ids.map((id, i) => join(id, port, hashers[i])));
  for (let i = 1; i <= slow; i++) slowDown(sockets[i], hashers[i]);
  child.send('peak');
  const before = await answerOf<Peak>(child);
  const start = performance.now();
  const digest = await say(ids[0], sockets[0], mib * MIB);
  const said = performance.now();
  const arrived = hashers.slice(1).map(
    (hasher, i) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (hasher.digests.length > 0 || hasher.flags.includes('#')) resolve();
        };
        sockets[i + 1].on('data', look);
        look();
      }),
  );
  await Promise.all(arrived);
  const end = performance.now();
  child.send('peak');
  const peak = await answerOf<Peak>(child);
  const whole = hashers.slice(1).filter(({ digests }) => digests[0] === digest).length;
  const inMib = (octets: number): string => `${(octets / MIB).toFixed(1)} MiB`;
  console.log(`${mib} MiB to ${readers} readers, ${slow} of them slow: ${whole} got all octets`);
  console.log(`said in ${((said - start) / 1000).toFixed(1)} s, all arrived in ${((end - start) / 1000).toFixed(1)} s`);
  console.log(`resident memory ${inMib(before.rss)} before, ${inMib(peak.rss)} at most`);
  console.log(`octets of the message in memory ${inMib(peak.held)} at most, on disk ${inMib(peak.spooled)} at most`);
  child.send('end');
  for (const socket of sockets) socket.destroy();
  if (whole < readers) process.exitCode = 1;
}

const [first = '1024', second = '4', third = '1', ...rest] = process.argv.slice(2);
if (first === 'serve') void serve([second, third, ...rest]);
else void main(Number(first), Number(second), Number(third));

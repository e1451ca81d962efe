import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { certificate } from './certificate.js';
import { compile, program } from './compile.js';
import { binary, compileC } from './compile-c.js';
import type { Contender, Setup } from './contender.js';
import { freePort, Subject } from './process.js';
import { roomUri } from './rooms.js';
import { System } from './system.js';

const FLOOR = join(__dirname, '..', 'floor');
const DRIVER = join(__dirname, '..', 'driver');

/** Of the server's session-ids where the server itself is not measured. */
const SESSION_ID_LENGTH = 16;
/** A session-id of the floors begins with its room. */
const ROOM_LENGTH = 4;
/** The one in C has a whole message in memory for each recipient. */
const C_MAX_TEXT = 65_536;

const digits = (length: number): string => randomBytes(length).toString('hex').slice(0, length);
const sessionId = (room: number, length: number): string =>
  room.toString(16).padStart(ROOM_LENGTH, '0') + digits(length - ROOM_LENGTH);

const lengthOf = (endpoint: { peerPath: string } | undefined): number =>
  /\/([^/;]+);/.exec(endpoint?.peerPath ?? '')?.[1]?.length ?? SESSION_ID_LENGTH;

/** `like`: the session-ids are as long, so that both move the same octets. */
function system(name: string, subject: Subject, port: number, setup: Setup, like?: { peerPath: string }): System {
  const { link, participants } = setup;
  const scheme = link === 'tls' ? 'msrps' : 'msrp';
  const transport = link === 'ws' ? 'ws' : 'tcp';
  const length = lengthOf(like);
  const joinOne = (index: number) => {
    const room = Math.floor(index / participants);
    return Promise.resolve({
      link,
      host: '127.0.0.1',
      port,
      ownPath: `${scheme}://127.0.0.1:9/${digits(32)};${transport}`,
      peerPath: `${scheme}://127.0.0.1:${port}/${sessionId(room, length)};${transport}`,
      room: roomUri(room),
      from: `sip:p${index}@bench.invalid`,
    });
  };
  return new System(name, subject, joinOne, () => {});
}

/** Bare Node with nobody in it; see `Contender.start`. */
export async function startFloor(setup: Setup, like?: { peerPath: string }): Promise<System> {
  const port = await freePort();
  const { confirm, link } = setup;
  const credentials = link === 'tls' ? certificate() : undefined;
  const args = [String(port), link, confirm, ...(credentials ? [credentials.cert, credentials.key] : [])];
  const subject = await Subject.start('the floor', [program('floor'), ...args], { ports: [port] });
  return system('floor', subject, port, setup, like);
}

/** The best that bare Node does. */
export const nodeFloor: Contender = {
  name: 'floor',
  sameProtocol: true,
  maxTextOctets: Number.POSITIVE_INFINITY,
  prepare: () => {
    compile('floor');
    return Promise.resolve('ready');
  },
  lacks: () => undefined,
  start: startFloor,
};

/** The best that anything does. */
export const cFloor: Contender = {
  name: 'c-floor',
  sameProtocol: true,
  maxTextOctets: C_MAX_TEXT,
  prepare: () => {
    const modules = ['buffer.c', 'buffer.h', 'frame.c', 'frame.h'].map((file) => join(DRIVER, file));
    compileC('fanout', [join(FLOOR, 'fanout.c'), ...modules]);
    return Promise.resolve('ready');
  },
  lacks: ({ link }) => (link === 'tcp' ? undefined : `no ${link} in the C floor`),
  start: async (setup, like) => {
    const port = await freePort();
    const args = [binary('fanout'), String(port), setup.confirm];
    const subject = await Subject.start('the C floor', args, { ports: [port], native: true });
    return system('c-floor', subject, port, setup, like);
  },
};

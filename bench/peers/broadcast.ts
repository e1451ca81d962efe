import type { Contender, Running } from '../harness/contender.js';
import { compile, type Program, program } from '../harness/compile.js';
import { freePort, Subject } from '../harness/process.js';
import { prepareDriver } from './driver.js';
import { lacksOf, MAX_TEXT_OCTETS } from './one-room.js';
import { npmVersion } from './packages.js';
import { PeerRoom, type RoomAddress } from './peer-room.js';

async function start(name: string, file: Program, protocol: RoomAddress['protocol']): Promise<Running> {
  const port = await freePort();
  const subject = await Subject.start(name, [program(file), String(port)], { ports: [port] });
  return new PeerRoom(subject, { protocol, port, room: '-' }, () => {});
}

const broadcast = (name: string, npmPackage: string, file: Program, protocol: RoomAddress['protocol']): Contender => ({
  name,
  sameProtocol: false,
  maxTextOctets: MAX_TEXT_OCTETS,
  prepare: () => {
    if (npmVersion(npmPackage) === undefined) {
      return Promise.resolve(`not installed: npm install --no-save ${npmPackage}`);
    }
    compile(file);
    return Promise.resolve(prepareDriver());
  },
  version: () => npmVersion(npmPackage) ?? 'unknown',
  lacks: lacksOf,
  start: () => start(name, file, protocol),
});

/** What one writes in an afternoon with Node: the others are sent each message one after another. */
export const broadcasts: readonly Contender[] = [
  broadcast('socket.io', 'socket.io', 'peers/socket-io', 'socket.io'),
  broadcast('ws-broadcast', 'ws', 'peers/ws-broadcast', 'ws'),
];

import type { Contender, Running } from '../harness/contender.js';
import { freePort, Subject } from '../harness/process.js';
import { prepareDriver } from './driver.js';
import { DaemonFolder, unprivileged } from './folder.js';
import { lacksOf, MAX_TEXT_OCTETS } from './one-room.js';
import { debianVersion, ejabberdLibraries, installPackage, notInstalled, type Package } from './packages.js';
import { PeerRoom } from './peer-room.js';
import { ROOMS } from './xmpp/domain.js';
import { ejabberdCommand, ejabberdConfig } from './xmpp/ejabberd.js';
import { prosodyConfig, QUIET_JOIN } from './xmpp/prosody.js';

/** What differs between the XMPP servers. */
interface Daemon {
  name: Package;
  /** Writes what it needs into the folder; returns the command that starts it in the foreground. */
  configure: (folder: DaemonFolder, port: number) => string[];
}

const prosody: Daemon = {
  name: 'prosody',
  configure: (folder, port) => {
    folder.write(QUIET_JOIN.file, QUIET_JOIN.text);
    const config = folder.write('prosody.cfg.lua', prosodyConfig(folder.path, port));
    return unprivileged(['prosody', '-F', '--config', config], { HOME: folder.path });
  },
};

const ejabberd: Daemon = {
  name: 'ejabberd',
  configure: (folder, port) => {
    const config = folder.write('ejabberd.yml', ejabberdConfig(port));
    return unprivileged(ejabberdCommand(folder.path), {
      HOME: folder.path,
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: `${folder.path}/ejabberd.log`,
      ERL_CRASH_DUMP_BYTES: '0',
      ERL_LIBS: ejabberdLibraries(),
    });
  },
};

async function start({ configure, name }: Daemon): Promise<Running> {
  const port = await freePort();
  const folder = new DaemonFolder(name);
  try {
    const subject = await Subject.start(name, configure(folder, port), {
      ports: [port],
      native: true,
      cwd: folder.path,
    });
    return new PeerRoom(subject, { protocol: 'xmpp', port, room: `bench@${ROOMS}` }, () => folder.remove());
  } catch (error) {
    folder.remove();
    throw error;
  }
}

function prepare(name: Package, install: boolean): string {
  if (install && debianVersion(name) === undefined) {
    try {
      installPackage(name);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return debianVersion(name) === undefined ? notInstalled(name) : prepareDriver();
}

const multiUserChat = (daemon: Daemon): Contender => ({
  name: daemon.name,
  sameProtocol: false,
  maxTextOctets: MAX_TEXT_OCTETS,
  prepare: (install) => Promise.resolve(prepare(daemon.name, install)),
  version: () => debianVersion(daemon.name) ?? 'unknown',
  lacks: lacksOf,
  start: () => start(daemon),
});

/** XMPP servers of Debian, each with one Multi-User Chat (XEP-0045). */
export const daemons: readonly Contender[] = [multiUserChat(prosody), multiUserChat(ejabberd)];

// The MSRP side alone: switch and transport, told by hand who is in, as a focus would. No SIP, no focus.
// Usage: main.js CONTROL_PORT MSRP_PORT ROOM_URI; on the control port, a line each: FROM_URI OWN_PATH PEER_PATH
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type * as Policy from '../../lib/focus/policy.js';
import type { EndpointMedia, SwitchEvents } from '../../lib/focus-switch.js';
import type * as Switch from '../../lib/switch/switch.js';
import type * as Msrp from '../../lib/transport/msrp-server.js';
import type * as Tcp from '../../lib/transport/tcp.js';
import type * as Clocks from '../../lib/util/clock.js';
import type * as Collections from '../../lib/util/idle-collection.js';
import type * as Logs from '../../lib/util/log.js';

// The build, not the source: what is measured is what is shipped.
const lib = join(process.cwd(), 'dist', 'lib');
const { ChatSwitch } = require(join(lib, 'switch', 'switch.js')) as typeof Switch;
const { MsrpServer } = require(join(lib, 'transport', 'msrp-server.js')) as typeof Msrp;
const { TcpListener } = require(join(lib, 'transport', 'tcp.js')) as typeof Tcp;
const { ROOM_DEFAULTS, rulesOf } = require(join(lib, 'focus', 'policy.js')) as typeof Policy;
const { systemClock } = require(join(lib, 'util', 'clock.js')) as typeof Clocks;
const { IdleCollection } = require(join(lib, 'util', 'idle-collection.js')) as typeof Collections;
const { silent } = require(join(lib, 'util', 'log.js')) as typeof Logs;

const [control = '', msrp = '', room = ''] = process.argv.slice(2);
const LOOPBACK = '127.0.0.1';

// As the program has it.
void new IdleCollection({ clock: systemClock });

const nobody: SwitchEvents = { nickname: () => 200, sessionBound: () => {}, sessionLost: () => {} };

/** As the focus would describe one who offered what participants of the bench offer. */
function endpoint(uri: string, peerPath: string, ownPath: string): EndpointMedia {
  const uris = [uri];
  return {
    id: `${uri}#1`,
    room,
    participant: uri,
    moderator: false,
    mayWrite: true,
    fromUris: uris,
    toUris: uris,
    roomAliases: [],
    session: {
      line: 0,
      localUri: ownPath,
      peer: {
        path: [peerPath],
        acceptTypes: ['message/cpim', 'text/plain'],
        acceptWrappedTypes: ['*'],
        chatroom: { nickname: true, privateMessages: true, tokens: [], extensions: [] },
        maxSize: null,
        direction: 'sendrecv',
        fingerprint: null,
      },
      connector: 'peer',
      connectTo: null,
      secure: false,
      direction: 'sendrecv',
      cema: false,
    },
    privateMessages: true,
    delivery: 'stream',
    roomToUri: null,
    lenientNickname: false,
  };
}

async function main(): Promise<void> {
  const server = new MsrpServer({ clock: systemClock, log: silent });
  const chat = new ChatSwitch({ clock: systemClock, log: silent, transport: server, maxMessageSize: 2 ** 20 });
  chat.events = nobody;
  chat.openRoom({ uri: room, rules: rulesOf(ROOM_DEFAULTS) });
  await server.listen((door) => new TcpListener({ host: LOOPBACK, port: Number(msrp) }, door));
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      const [uri = '', ownPath = '', peerPath = ''] = line.split(' ');
      chat.addEndpoint(endpoint(uri, ownPath, peerPath));
      socket.write('in\n');
    });
  }).listen(Number(control), LOOPBACK);
  process.once('SIGTERM', () => process.exit(0));
}

void main();

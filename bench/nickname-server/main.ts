// Our server with nicknames in its room before anybody comes, held by participants that are in this process alone.
// Usage: main.js SIP_PORT MSRP_PORT ROOM_URI HELD confusable|plain
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import Srf from 'drachtio-srf';
import type * as Embedded from '../../lib/embedded-drachtio/index.js';
import type { Focus } from '../../lib/focus/index.js';
import type * as Parsing from '../../plugin/options/parse-options.js';
import type * as Serving from '../../plugin/server.js';

// The build, not the source: what is measured is what is shipped.
const dist = join(process.cwd(), 'dist');
const { parseOptions } = require(join(dist, 'plugin', 'parse-options.js')) as typeof Parsing;
const { Server } = require(join(dist, 'plugin', 'server.js')) as typeof Serving;
const { startEmbeddedDrachtio } = require(join(dist, 'lib', 'embedded-drachtio', 'index.js')) as typeof Embedded;

const [sip = '', msrp = '', room = '', held = '', lookalikes = ''] = process.argv.slice(2);

/** A thousand places more than there are names. */
const SPARE = 1000;

function holdNicknames(focus: Focus): void {
  const profile = {
    agProjects: false,
    assumePrivateMessages: false,
    lenientNickname: false,
    delivery: 'stream',
  } as const;
  for (let i = 0; i < Number(held); i += 1) {
    const uri = `sip:held${i}@bench.invalid`;
    const identity = { uri, aliases: [], displayName: null, anonymous: false, anonymousUri: null };
    const request = { room, identity, roomAliases: [room], callId: `held${i}`, method: 'dialed-in', profile } as const;
    const { id } = focus.join(request, { ended: () => {}, redeclared: () => {} });
    const status = focus.nickname(id, `Held ${i}`);
    if (status !== 200) throw new Error(`nickname ${i} was refused with ${status}`);
  }
}

async function main(): Promise<void> {
  const options = parseOptions({
    msrp: { listen: `127.0.0.1:${msrp}` },
    limits: { maxParticipants: Number(held) + SPARE },
    rooms: {
      defaults: { nicknameChangesPerMinute: 1_000_000_000, refuseConfusableNicknames: lookalikes === 'confusable' },
    },
  });
  const server = new Server(options, new EventEmitter());
  const address = { host: '127.0.0.1', port: Number(sip) };
  const endpoint = await startEmbeddedDrachtio({ udp: address, tcp: address });
  const srf = new Srf();
  const connected = new Promise<void>((resolve) => srf.on('connect', () => resolve()));
  void srf.connect({ ...endpoint.control, secret: endpoint.secret });
  await connected;
  await server.listen();
  server.attach(srf as unknown as Parameters<typeof server.attach>[0]);
  holdNicknames(server.chat.focus);
  process.stdout.write('the nickname server is running\n');
  process.once('SIGTERM', () => process.exit(0));
}

void main();

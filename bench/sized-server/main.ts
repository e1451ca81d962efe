// Our server as `drachtio-chatroom serve` builds it, with another limit to the size of a message.
// Usage: main.js SIP_PORT MSRP_PORT OCTETS
import { join } from 'node:path';
import Srf from 'drachtio-srf';
import type * as Embedded from '../../lib/embedded-drachtio/index.js';
import type * as Plugin from '../../plugin/index.js';

// The build, not the source: what is measured is what is shipped.
const dist = join(process.cwd(), 'dist');
const { chatrooms } = require(join(dist, 'plugin', 'index.js')) as typeof Plugin;
const { startEmbeddedDrachtio } = require(join(dist, 'lib', 'embedded-drachtio', 'index.js')) as typeof Embedded;

const [sip, msrp, maxMessageSize] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  const address = { host: '127.0.0.1', port: sip };
  const rooms = chatrooms({ msrp: { listen: `127.0.0.1:${msrp}` }, limits: { maxMessageSize } });
  const endpoint = await startEmbeddedDrachtio({ udp: address, tcp: address });
  const srf = new Srf();
  const connected = new Promise<void>((resolve) => srf.on('connect', () => resolve()));
  void srf.connect({ ...endpoint.control, secret: endpoint.secret });
  await connected;
  await rooms.listen();
  await rooms.attach(srf);
  process.stdout.write('the sized server is running\n');
  process.once('SIGTERM', () => process.exit(0));
}

void main();

// Our server as `drachtio-chatroom serve` builds it, with options that the command line does not offer.
// Usage: main.js SIP_PORT MSRP_PORT OPTIONS_AS_JSON
import { join } from 'node:path';
import Srf from 'drachtio-srf';
import type * as Embedded from '../../lib/embedded-drachtio/index.js';
import type * as Plugin from '../../plugin/index.js';

// The build, not the source: what is measured is what is shipped.
const dist = join(process.cwd(), 'dist');
const { chatrooms } = require(join(dist, 'plugin', 'index.js')) as typeof Plugin;
const { startEmbeddedDrachtio } = require(join(dist, 'lib', 'embedded-drachtio', 'index.js')) as typeof Embedded;

const [sip, msrp, given = '{}'] = process.argv.slice(2);

async function main(): Promise<void> {
  const address = { host: '127.0.0.1', port: Number(sip) };
  const rooms = chatrooms({ msrp: { listen: `127.0.0.1:${msrp}` }, ...(JSON.parse(given) as Plugin.ChatroomsOptions) });
  const endpoint = await startEmbeddedDrachtio({ udp: address, tcp: address });
  const srf = new Srf();
  const connected = new Promise<void>((resolve) => srf.on('connect', () => resolve()));
  void srf.connect({ ...endpoint.control, secret: endpoint.secret });
  await connected;
  await rooms.listen();
  await rooms.attach(srf);
  process.stdout.write('the configured server is running\n');
  process.once('SIGTERM', () => process.exit(0));
}

void main();

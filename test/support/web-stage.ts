import { join } from 'node:path';
import Srf from 'drachtio-srf';
import { type EmbeddedDrachtio, startEmbeddedDrachtio } from '../../lib/embedded-drachtio/index.js';
import { silent } from '../../lib/util/log.js';
import { HttpServer } from '../../plugin/api/http-server.js';
import { connect, disconnect } from '../../plugin/cli/drachtio-connection.js';
import { addBrowserSide } from '../../plugin/cli/web.js';
import { type Chatrooms, chatrooms, type ChatroomsOptions } from '../../plugin/index.js';
import { systemClock } from '../../lib/util/clock.js';
import { METHODS } from '../../plugin/server.js';
import { NEVER_LATE } from './server.js';

/** Where the build puts the pages. */
const PAGES = join(__dirname, '..', '..', 'dist', 'plugin', 'web', 'public');
const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** Rooms, and the pages as they were built, in this process: so that a test can do in a room what no page can. */
export class WebStage {
  private constructor(
    readonly rooms: Chatrooms,
    readonly url: string,
    private readonly http: HttpServer,
    private readonly endpoint: EmbeddedDrachtio,
    private readonly srf: Srf,
  ) {}

  static async start(options: Omit<ChatroomsOptions, 'msrp'> = {}): Promise<WebStage> {
    const http = new HttpServer({ log: silent });
    let port = 0;
    const rooms = chatrooms({
      domain: 'localhost',
      ...options,
      limits: { ...NEVER_LATE, ...options.limits },
      msrp: { listen: '127.0.0.1:0', tls: false, sharedWs: { advertise: '127.0.0.1:0', port: () => port } },
    });
    const endpoint = await startEmbeddedDrachtio({ udp: ANY_PORT, tcp: ANY_PORT, sharedWs: true });
    addBrowserSide(http, {
      web: {},
      host: ANY_PORT.host,
      domains: ['localhost'],
      trustedPeers: [],
      workers: 1,
      auth: options.auth,
      maxMessageSize: options.limits?.maxMessageSize,
      directory: PAGES,
      rooms,
      sip: () => endpoint,
    });
    port = await http.listen(ANY_PORT);
    await rooms.listen();
    const srf = new Srf();
    await connect(srf, { ...endpoint.control, secret: endpoint.secret }, systemClock);
    await rooms.attach(srf);
    await endpoint.routed(METHODS);
    return new WebStage(rooms, `http://127.0.0.1:${port}/`, http, endpoint, srf);
  }

  async close(): Promise<void> {
    await this.rooms.close({ timeout: 2000 });
    disconnect(this.srf);
    await this.endpoint.close();
    await this.http.close();
  }
}

import { createServer, type Server } from 'node:http';

/** The operator's door: `/healthz`. */
export class HealthServer {
  readonly #server: Server;
  /** SIP and MSRP accept traffic. */
  ready = false;

  constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').split('?', 1)[0];
      const known = path === '/healthz' && (request.method === 'GET' || request.method === 'HEAD');
      const [status, text] = known ? (this.ready ? [200, 'ok'] : [503, 'starting or stopping']) : [404, 'not found'];
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : text);
    });
    // Nobody needs longer to ask for a page without a body.
    this.#server.requestTimeout = 5_000;
    this.#server.headersTimeout = 5_000;
    this.#server.maxConnections = 100;
  }

  /** Resolves to the port; rejects with Node's error. */
  listen({ host, port }: { host: string; port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

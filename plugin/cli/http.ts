import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '../../lib/util/log.js';
import type { Metrics } from './metrics.js';

const PLAIN = 'text/plain; charset=utf-8';

interface Page {
  status: number;
  text: string;
  /** @defaultValue plain text */
  type?: string;
}

/** The operator's door: `/healthz` and `/metrics`. */
export class OperatorServer {
  readonly #server: Server;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  /** SIP and MSRP accept traffic. */
  ready = false;

  constructor({ metrics, log }: { metrics: Metrics; log: Logger }) {
    this.#metrics = metrics;
    this.#log = log;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        log.error({ error: (error as Error).message, url: request.url }, 'HTTP request failed');
        if (!response.headersSent) reply(request, response, { status: 500, text: 'failed' });
      });
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
        this.#server.on('error', (error) => this.#log.error({ error }, 'HTTP listener failed'));
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const path = isRead ? (request.url ?? '').split('?', 1)[0] : '';
    reply(request, response, await this.#page(path));
  }

  async #page(path: string): Promise<Page> {
    switch (path) {
      case '/healthz':
        return this.ready ? { status: 200, text: 'ok' } : { status: 503, text: 'starting or stopping' };
      case '/metrics':
        return { status: 200, text: await this.#metrics.text(), type: this.#metrics.contentType };
      default:
        return { status: 404, text: 'not found' };
    }
  }
}

function reply({ method }: IncomingMessage, response: ServerResponse, { status, text, type = PLAIN }: Page): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(method === 'HEAD' ? undefined : text);
}

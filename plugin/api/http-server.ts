import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Logger } from '../../lib/util/log.js';
import { refuseUpgrade } from '../../lib/util/refuse-upgrade.js';
import { checkValid } from './invalid.js';
import { foreseen, INTERNAL, ProblemError, problemResponse } from './problem.js';

/** Takes a connection over that asked for another protocol, as servers of WebSockets do. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Longest time, in ms, that a request may take to come in: nobody sends much here. */
const REQUEST_TIMEOUT = 5_000;
/**
 * Time, in ms, for which a connection may wait for its next request: longer than the 60 s of usual proxies, and than the pause
 * between two commands. Who asks in the very moment in which it is closed cannot tell what became of his request.
 */
const IDLE_TIMEOUT = 75_000;
const MAX_CONNECTIONS = 10_000;
const NOT_FOUND = new ProblemError(404, 'CHAT_ERR_HTTP_NOT_FOUND', 'There is nothing at this path.');

const isApi = ({ req }: Context): boolean => req.path.startsWith('/api/');

/** The one HTTP port of the program: what each of its parts adds to `app` and to `upgrades`. */
export class HttpServer {
  readonly app = new OpenAPIHono({ defaultHook: checkValid });
  /** By path. */
  readonly upgrades = new Map<string, UpgradeHandler>();
  readonly #server: Server;
  readonly #log: Logger;

  constructor({ log }: { log: Logger }) {
    this.#log = log;
    this.app.use('*', async (context, next) => {
      await next();
      const { method, path } = context.req;
      log.debug({ method, path, status: context.res.status }, 'HTTP request');
    });
    this.app.notFound((context) =>
      isApi(context) ? problemResponse(context, NOT_FOUND) : context.text('not found', 404),
    );
    this.app.onError((error, context) => {
      const problem = foreseen(error);
      if (problem) return problemResponse(context, problem);
      log.error({ error: error.message, stack: error.stack, path: context.req.path }, 'HTTP request failed');
      return isApi(context) ? problemResponse(context, INTERNAL) : context.text('failed', 500);
    });
    // Node looks only so often for requests that take too long.
    const serverOptions = { connectionsCheckingInterval: REQUEST_TIMEOUT / 5 };
    this.#server = createAdaptorServer({ fetch: this.app.fetch, serverOptions }) as Server;
    this.#server.requestTimeout = REQUEST_TIMEOUT;
    this.#server.headersTimeout = REQUEST_TIMEOUT;
    this.#server.keepAliveTimeout = IDLE_TIMEOUT;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const handler = this.upgrades.get((request.url ?? '').split('?', 1)[0]);
      if (handler) handler(request, socket, head);
      else refuseUpgrade(socket, '404 Not Found');
    });
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
}

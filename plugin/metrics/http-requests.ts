import type { Hono, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { Tally } from '../../lib/util/tally.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** HTTP requests by route: by the pattern of the path, as whoever asks can make up any number of paths. */
export class HttpRequests {
  readonly #counts = new Tally();

  /** By `METHOD ROUTE STATUS`, since the start. */
  get totals(): Readonly<Record<string, number>> {
    return this.#counts.totals;
  }

  /** To be called before the routes are added that are to be counted. */
  watch(app: Pick<Hono, 'use'>): void {
    app.use('*', this.#count);
  }

  readonly #count: MiddlewareHandler = async (context, next) => {
    await next();
    const { method } = context.req;
    // What stands for all paths is in front of the routes, and none itself.
    const route = matchedRoutes(context).findLast(({ path }) => path !== '/*' && path !== '*');
    const known = METHODS.has(method) ? method : 'other';
    this.#counts.count(`${known} ${route ? patternOf(route.path) : 'none'} ${context.res.status}`);
  };
}

/** As the document of the API has it: `/rooms/{room}`, not `/rooms/:room`. */
const patternOf = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** The pages for browsers: `/`, `/admin`, their files, and `/config.json`. */
import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { readFiles, type WebFile } from './files.js';
import { UNKNOWN_HOST } from './sockets.js';
import type { Visitors } from './visitor.js';

/** What a page has to know of the server: `/config.json`. */
export interface PageConfig {
  title: string;
  version: string;
  /** Where a room is that is given by name alone. */
  domain: string;
  domains: readonly string[];
  /** `digest`: a user and a password are needed. */
  auth: 'open' | 'digest';
  /** Of SIP over WebSocket: a path here, or a `wss://` URL; null where pages cannot chat. */
  sip: string | null;
  /** Of MSRP over WebSocket: a path here, in which `{port}` stands for the port of the SDP answer; null: as the answer says. */
  msrp: string | null;
  /** Also where the page came without TLS. */
  plain: boolean;
  /** Octets. */
  maxMessageSize: number;
}

export interface WebPagesOptions {
  /** Looked at each time; where SIP is does not change. */
  readonly config: PageConfig;
  visitors: Pick<Visitors, 'meansUs'>;
  /** Of the built pages. @defaultValue that of the package */
  directory?: string;
}

/** Where the build puts them, beside this file. */
const PUBLIC = join(__dirname, 'public');

/** Adds the pages. What was not built is not found. */
export function addWeb(app: OpenAPIHono, options: WebPagesOptions): void {
  const { visitors, directory = PUBLIC } = options;
  const headers = pageHeaders(options.config);
  const paths = new Map<string, WebFile>();
  for (const [name, file] of readFiles(directory)) paths.set(pathOf(name), file);

  for (const path of ['/config.json', ...paths.keys()]) {
    app.use(path, async (context, next) => {
      if (!visitors.meansUs(context.req.header('host'))) return context.text(UNKNOWN_HOST, 403, headers);
      await next();
      return undefined;
    });
  }
  app.get('/config.json', (context) =>
    context.body(JSON.stringify(options.config), 200, {
      ...headers,
      'content-type': 'application/json',
      'cache-control': 'no-store',
    }),
  );
  for (const [path, file] of paths) {
    app.get(path, async (context) => {
      const coding = file.codingFor(context.req.header('accept-encoding') ?? '');
      const etag = file.etag(coding);
      // `no-cache` is: ask each time whether it is still the same.
      const described = { ...headers, etag, vary: 'Accept-Encoding', 'cache-control': 'no-cache' };
      if (isSame(context.req.header('if-none-match'), etag)) return context.body(null, 304, described);
      const content = await file.content(coding);
      return context.body(new Uint8Array(content), 200, {
        ...described,
        'content-type': file.type,
        'content-length': String(content.length),
        ...(coding !== 'identity' && { 'content-encoding': coding }),
      });
    });
  }
}

/** The chat page stands at the root, each other one at its name; what they show beside it, in a folder of that name. */
function pathOf(name: string): string {
  if (name === 'chat/index.html') return '/';
  return `/${name.replace(/\/index\.html$/, '')}`;
}

/** RFC 9110 §13.1.2: the weak comparison, to one of a list or to any. */
const isSame = (given: string | undefined, etag: string): boolean =>
  given !== undefined && given.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

/**
 * Nothing but our own files runs, shows or is connected to, and nobody shows us in a frame: what others write in a room
 * stays text even where a page of ours is mistaken.
 */
function pageHeaders({ sip }: PageConfig): Record<string, string> {
  const elsewhere = sip?.includes('://') ? ` ${new URL(sip).origin}` : '';
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self'${elsewhere}`,
    'media-src blob:',
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

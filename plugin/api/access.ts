/** Who may use the HTTP API. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import type { Clock } from '../../lib/util/clock.js';
import { sourceOf } from '../../lib/util/source.js';
import { TokenBuckets } from '../../lib/util/token-buckets.js';
import { isLoopback } from '../sip/host-port.js';
import { ProblemError } from './problem.js';

export interface AccessOptions {
  clock: Clock;
  /** The HTTP port listens on a loopback address. */
  loopback: boolean;
  /** What `Authorization: Bearer` has to say; a function is asked for each request. @defaultValue none: only this machine may, and no web page */
  token?: (() => string | undefined) | string | undefined;
  /** IP address of who asks, behind proxies that are known. @defaultValue that of the connection */
  addressOf?: ((request: IncomingMessage) => string | undefined) | undefined;
}

/** Wrong tokens of one address, or one /64 of IPv6: a person who mistypes, and not who tries them all. */
const WRONG = { perSecond: 1, burst: 20 };
/** Seconds in which the bucket of an address is full again. */
const RETRY_AFTER = String(WRONG.burst / WRONG.perSecond);

/** Headers of proxies: who asks is somewhere else. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Values of Sec-Fetch-Site: a person, or a page of ours. Of the same site is whatever else this machine serves. */
const OWN_SITE = new Set(['none', 'same-origin']);

/**
 * Lets a request through, or answers it with 401, 403 or 429 as a problem.
 *
 * With a token it is needed always. Without one the machine itself may, as whoever is on it may do much else: no web page
 * from elsewhere, whose requests a browser sends from here too, neither by its own name for our address (DNS rebinding) nor
 * by ours; and nobody through a proxy.
 */
export function access({ clock, loopback, token, addressOf = ownAddress }: AccessOptions): MiddlewareHandler {
  const wrong = new TokenBuckets(clock, WRONG);
  const current = typeof token === 'function' ? token : () => token;
  return async (context, next) => {
    const expected = current();
    if (expected === undefined) checkLocal(context, loopback);
    else checkToken(context, digest(expected), { wrong, source: sourceOf(addressOf(requestOf(context)) ?? '') });
    await next();
  };
}

const requestOf = ({ env }: Context): IncomingMessage => (env as HttpBindings).incoming;
const ownAddress = ({ socket }: IncomingMessage): string | undefined => socket.remoteAddress;

interface Guessing {
  wrong: TokenBuckets;
  /** Of the request. */
  source: string;
}

function checkToken(context: Context, expected: Buffer, { wrong, source }: Guessing): void {
  if (!wrong.has(source)) {
    throw new ProblemError(429, 'CHAT_ERR_HTTP_RATE', 'Too many wrong tokens from this address; wait.', {
      headers: { 'retry-after': RETRY_AFTER },
    });
  }
  const given = /^bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '')?.[1];
  // Of the same length whatever was given, so that the time tells nothing.
  if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
  if (given !== undefined) wrong.take(source);
  const detail = given === undefined ? 'Send Authorization: Bearer TOKEN.' : 'That is not the token (http.token).';
  // RFC 6750 §3: "error" only where credentials were given.
  const challenge = `Bearer realm="drachtio-chatroom"${given === undefined ? '' : ', error="invalid_token"'}`;
  throw new ProblemError(401, 'CHAT_ERR_HTTP_TOKEN', detail, { headers: { 'www-authenticate': challenge } });
}

function checkLocal({ req }: Context, loopback: boolean): void {
  if (!loopback) throw refusal('The HTTP port is open to other machines, or behind a proxy, and there is no token');
  const host = req.header('host') ?? '';
  if (!isLoopback(hostname(host))) throw refusal('Without a token only this machine may, by a loopback name');
  const forwarded = FORWARDED.some((name) => req.header(name) !== undefined);
  if (forwarded) throw refusal('Without a token nobody may through a proxy');
  const origin = req.header('origin');
  const site = req.header('sec-fetch-site') ?? 'none';
  const isOwn = origin === undefined || origin === `http://${host}`;
  if (!isOwn || !OWN_SITE.has(site)) throw refusal('Without a token no web page of elsewhere may');
}

const refusal = (why: string): ProblemError =>
  new ProblemError(403, 'CHAT_ERR_HTTP_ACCESS', `${why}; set http.token, and send it as Authorization: Bearer.`);

/** Of `HOST[:PORT]`, without brackets; empty for what is none. */
function hostname(host: string): string {
  if (!URL.canParse(`http://${host}`)) return '';
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

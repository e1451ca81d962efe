import type Srf from 'drachtio-srf';
import type { Clock } from '../../lib/util/clock.js';
import { drachtioError, StartupError } from './startup-error.js';

/** Milliseconds the first connection may take. */
const CONNECT_TIMEOUT = 10_000;

/** drachtio-srf retries for ever with a growing delay; milliseconds it may grow to (DRA-G13). */
const RETRY_MAX_DELAY = 5_000;

/** The events of an Srf that its types leave out. */
interface SrfEvents {
  on(event: 'error' | 'connect', listener: (error: unknown) => void): void;
  on(event: 'close', listener: () => void): void;
  off(event: 'error' | 'connect' | 'close', listener: (error: unknown) => void): void;
}

const isError = (error: unknown): boolean => error !== null && error !== undefined;

/**
 * Connects to the control port. Later losses are repaired by drachtio-srf itself.
 *
 * Rejects with a StartupError when the first attempt fails.
 */
export function connect(srf: Srf, server: { host: string; port: number; secret: string }, clock: Clock): Promise<void> {
  const events = srf as unknown as SrfEvents;
  const reconnect: { retryMaxDelay: number; maxAttempts?: number } = { retryMaxDelay: RETRY_MAX_DELAY };
  // DRA-G13: an 'error' without listener ends the process. Who works with the connection logs what happens to it.
  events.on('error', () => {});
  return new Promise((resolve, reject) => {
    const settle = (error?: StartupError): void => {
      timer.cancel();
      events.off('error', failed);
      events.off('connect', connected);
      events.off('close', closed);
      if (!error) return resolve();
      // drachtio-srf offers no way to stop its retries; it looks at this after each one.
      reconnect.maxAttempts = 1;
      disconnect(srf);
      reject(error);
    };
    const failed = (error: unknown): void => settle(drachtioError(error, server));
    const closed = (): void => failed(new Error('it closed the connection'));
    const connected = (error: unknown): void => {
      if (!isError(error)) settle();
      else settle(new StartupError('drachtio-server does not accept the secret; see --secret and DRACHTIO_SECRET'));
    };
    const timer = clock.after(CONNECT_TIMEOUT, () => failed(undefined));
    events.on('error', failed);
    events.on('connect', connected);
    events.on('close', closed);
    const options = { ...server, reconnect };
    void srf.connect(options);
  });
}

/** Tells whether there is a connection, from the next change on. */
export function watch(srf: Srf, changed: (up: boolean) => void): void {
  const events = srf as unknown as SrfEvents;
  events.on('close', () => changed(false));
  events.on('connect', (error) => {
    if (!isError(error)) changed(true);
  });
}

/** Ends the connection, if there is one. */
export function disconnect(srf: Srf): void {
  try {
    srf.disconnect();
  } catch {
    // It throws when there is no connection at the moment (DRA-G13).
  }
}

import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { Endpoint } from './flow.js';

/** What TLS shows, and whom it believes; both are looked at anew for each connection. */
export interface TlsCredentials {
  /** Certificate and key, and how TLS is spoken by those who connect. */
  readonly server: SecureContextOptions;
  /** Whose certificates are taken of those we connect to, and what we show when asked. */
  readonly client: SecureContext;
  /** Calls `listener` after `server` was replaced. */
  onChange(listener: () => void): void;
}

/** SIP over TLS: where to listen, or nowhere, so that only we connect. Port 0 takes a free one. */
export type TlsOptions =
  | { listen: Endpoint; credentials: TlsCredentials }
  | { listen?: undefined; credentials: Pick<TlsCredentials, 'client'> };

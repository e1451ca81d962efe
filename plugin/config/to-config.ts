import { hostPort } from '../sip/host-port.js';
import type { Config } from './config.js';
import type { Settings } from './schema.js';

/** Sorts complete settings by who consumes them. */
export function toConfig(settings: Settings): Config {
  const { $schema: _schema, sip, drachtio, http, webhooks, log, trace, drainTimeout, ...others } = settings;
  const { msrp, digest, invitations, ...options } = others;
  const { tls, ws, wss, ...media } = msrp;
  const { host, port, secret = 'cymru' } = drachtio;
  return {
    chatrooms: {
      ...options,
      msrp: { ...media, tls: listening(tls), ws: listening(ws), wss: listening(wss) },
      digest: { ...digest, sql: digest.sql && { ...digest.sql, url: digest.sql.url ?? '' } },
      invitations: {
        ...invitations,
        credentials: invitations.credentials && { password: '', ...invitations.credentials },
      },
    },
    sip: {
      listen: hostPort(sip.listen, ''),
      tls: sip.tls ? hostPort(sip.tls, '') : undefined,
      ws: sip.ws ? hostPort(sip.ws, '') : undefined,
      limits: sip.limits,
    },
    drachtio: host === undefined ? undefined : { host, port, secret },
    http: {
      listen: http.listen ? hostPort(http.listen, '') : undefined,
      token: http.token,
      web: http.web === true ? {} : http.web,
    },
    webhooks: webhooks.map(signed),
    log,
    trace: { ...trace, maxDuration: trace.maxDuration * 1000 },
    drainTimeout: drainTimeout * 1000,
  };
}

/** That there is a secret is a rule. */
const signed = ({ secret = '', ...webhook }: Settings['webhooks'][number]): Config['webhooks'][number] => ({
  ...webhook,
  secret,
});

/** False unless it says where to listen. */
function listening<T extends { listen?: string | false }>(
  given: T | false,
): (Omit<T, 'listen'> & { listen: string }) | false {
  if (!given || !given.listen) return false;
  return { ...given, listen: given.listen };
}

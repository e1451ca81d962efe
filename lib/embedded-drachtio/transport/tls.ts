import { createServer, isIP, type Socket } from 'node:net';
import { connect, createServer as createTlsServer } from 'node:tls';
import { Handshakes } from '../../util/handshakes.js';
import { PacedLog } from '../../util/paced-log.js';
import { isLoopbackSource } from '../../util/source.js';
import type { TransportContext } from './options.js';
import type { StreamFactory } from './streams.js';
import type { TlsCredentials, TlsOptions } from './tls-options.js';

/** Milliseconds that a handshake may take. */
const HANDSHAKE_TIMEOUT = 10_000;
/** Handshakes at once: more than come back together when a network does. */
const MAX_HANDSHAKES = 1_000;
/** Of them from one address, where others than this machine connect: nobody keeps the others out by himself. */
const MAX_HANDSHAKES_PER_ADDRESS = 100;

/**
 * TLS over TCP (RFC 3261 §26.2.1). Connections are taken by a TCP server and handed to a TLS server that listens nowhere, so
 * that they count from the moment they are there.
 */
export function tlsStreams({ listen, credentials }: TlsOptions, { clock, log }: TransportContext): StreamFactory {
  // Anybody may cause these lines.
  const paced = new PacedLog(clock, log);
  const handshake = (server: TlsCredentials, isOpen: boolean): NonNullable<StreamFactory['handshake']> => {
    const maxHandshakesPerAddress = isOpen ? MAX_HANDSHAKES_PER_ADDRESS : undefined;
    return (done) => {
      const limits = { maxHandshakes: MAX_HANDSHAKES, maxHandshakesPerAddress };
      const handshakes = new Handshakes(clock, HANDSHAKE_TIMEOUT, limits);
      // RFC 3261 §26.3.1 lets user agents have no certificate of their own: none is asked for.
      const tls = createTlsServer({ ...server.server, requestCert: false });
      tls.on('secureConnection', (stream) => {
        stream.disableRenegotiation();
        if (handshakes.finish(stream)) done(stream);
        else stream.destroy();
      });
      tls.on('tlsClientError', (error, { remoteAddress }) => {
        log.debug({ remote: remoteAddress, error: error.message }, 'SIP over TLS: handshake failed');
      });
      server.onChange(() => tls.setSecureContext(server.server));
      return (socket) => {
        const { remoteAddress = '' } = socket;
        if (handshakes.begin(socket)) tls.emit('connection', socket);
        else paced.info(remoteAddress, { remote: remoteAddress }, 'SIP over TLS: too many handshakes at once');
      };
    };
  };
  return {
    name: 'tls',
    createServer: (accept) => createServer({ noDelay: true }, accept),
    ...(listen && { handshake: handshake(credentials, !isLoopbackSource(listen.host)) }),
    connect: ({ host, port, name = host }, connected): Socket => {
      const failed = (error: Error): void => {
        paced.info(host, { server: name, port, error: error.message }, 'no SIP over TLS to this server');
      };
      const stream = connect({
        host,
        port,
        secureContext: credentials.client,
        // RFC 6066 §3: a server name is never an address; without one the certificate has to name the address.
        ...(isIP(name) === 0 && { servername: name }),
      });
      stream.once('error', failed);
      stream.once('secureConnect', () => {
        stream.off('error', failed);
        connected();
      });
      return stream;
    },
  };
}

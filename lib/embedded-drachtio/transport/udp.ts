import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { parseMessage } from '../message/index.js';
import { advertised } from './advertise.js';
import type { Endpoint, Flow } from './flow.js';
import type { TransportContext } from './options.js';
import type { Receiver } from './receiver.js';

/** A burst of joins must not overflow the socket while JavaScript is busy; the kernel may grant less. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** One UDP socket; every answer and request leaves from it, so that it passes the NATs in front of it (RFC 3581). */
export class UdpTransport {
  readonly #socket: Socket;
  readonly #context: TransportContext;
  readonly local: Endpoint;
  #closed = false;
  /** Datagrams handed to the socket that have not left. */
  #sending = 0;
  /** Called when the last of them has. */
  #sent: (() => void) | undefined;

  private constructor(socket: Socket, context: TransportContext, receiver: Receiver) {
    const { address, port } = socket.address();
    this.#socket = socket;
    this.#context = context;
    this.local = { host: address, port };
    socket.on('error', (error) => context.log.warn({ error }, 'UDP socket failed'));
    socket.on('message', (bytes, { address, port }) => {
      // RFC 5626 §3.5.2 keep-alives and the CRLFs some clients send: a valid message is longer than this.
      if (bytes.length <= 4) return;
      const flow = this.flowTo({ host: address, port });
      const result = parseMessage(bytes, context.limits);
      if (result.ok) receiver.message(result.message, flow, bytes);
      else receiver.refused(result, flow);
    });
  }

  /** Binds the socket; rejects with Node's error (`code`, `address`, `port`). */
  static bind({ host, port }: Endpoint, context: TransportContext, receiver: Receiver): Promise<UdpTransport> {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER);
        } catch (error) {
          context.log.debug({ error }, 'UDP receive buffer left at the default');
        }
        resolve(new UdpTransport(socket, context, receiver));
      });
    });
  }

  flowTo(remote: Endpoint): Flow {
    const flow: Flow = {
      transport: 'udp',
      reliable: false,
      local: advertised(this.local, remote),
      remote,
      closed: false,
      send: (message, failed) => {
        if (this.#closed) {
          failed?.(new Error('UDP socket closed'));
          return;
        }
        // Node throws for port 0, which a Contact or a forged source may name.
        if (remote.port === 0) {
          failed?.(new Error('no such port'));
          return;
        }
        this.#context.sent(flow, message);
        this.#sending++;
        this.#socket.send(message, remote.port, remote.host, (error) => {
          this.#sending--;
          if (this.#sending === 0) this.#sent?.();
          if (error) failed?.(error);
        });
      },
    };
    return flow;
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => {
      const close = (): void => void this.#socket.close(() => resolve());
      // Node sends after a look-up, even of an address, and drops what a closed socket has not sent: the 200 to a BYE.
      if (this.#sending === 0) close();
      else this.#sent = close;
    });
  }
}

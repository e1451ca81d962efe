import { createHash } from 'node:crypto';
import { resolveSrv } from 'node:dns/promises';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { DigestAlgorithm } from '../../msrp/index.js';
import type { Fingerprint } from '../../sdp/index.js';
import { type Certificate, certificateOf, selfSigned } from '../../transport/certificate.js';
import { type Clock, systemClock } from '../../util/clock.js';
import { ChatroomsError } from '../../util/errors.js';
import type {
  ByteStream,
  ByteStreamDelegate,
  ListenOptions,
  MsrpTransport,
  StreamListener,
  StreamTarget,
} from '../msrp/byte-stream.js';
import { NodeListener } from './listener.js';
import { couple, matchesFingerprint, SocketStream } from './stream.js';
import { authorities, trustOptions } from './trust.js';

export { matchesFingerprint } from './stream.js';

/** How MSRP over TCP and TLS connects, and what TLS shows. */
export interface NodeTransportOptions {
  clock?: Clock;
  /** Milliseconds until a connection attempt counts as failed. @defaultValue 10000 */
  connectTimeout?: number;
  /** PEM of the certificate to show in TLS, and of its key. @defaultValue one made for this participant alone */
  certificate?: { cert: string; key: string };
  /**
   * Who takes part is not to be known: `certificate` names somebody, so it is not shown, and one made for this participant
   * alone takes its place (4975-14.4-02, 7701-11-05).
   * @defaultValue false
   */
  anonymous?: boolean;
  /** PEM of the authorities that vouch for servers, in place of Node's. @defaultValue those of Node */
  ca?: string;
  /** Opens a stream without TLS. @defaultValue TCP */
  connect?: (target: { host: string; port: number }) => Socket;
  /** SRV records of a name. @defaultValue DNS */
  resolveSrv?: (name: string) => Promise<readonly SrvRecord[]>;
}

/** An SRV record, as `node:dns` gives it. */
export interface SrvRecord {
  name: string;
  port: number;
  priority: number;
  weight: number;
}

/** The name in a certificate that names nobody. */
const NOBODY = 'anonymous.invalid';

/** MSRP over TCP and TLS with the sockets of Node. */
export class NodeTransport implements MsrpTransport {
  readonly #options: NodeTransportOptions;
  readonly #clock: Clock;
  readonly #connectTimeout: number;
  readonly #authorities: { ca?: string };
  #certificate: Promise<Certificate> | undefined;

  /** @throws ChatroomsError `CHAT_ERR_USAGE` for a `ca` that is none */
  constructor(options: NodeTransportOptions = {}) {
    this.#options = options;
    this.#authorities = authorities(options.ca);
    this.#clock = options.clock ?? systemClock;
    this.#connectTimeout = options.connectTimeout ?? 10_000;
  }

  // 4975-6.2-01, -02: Node resolves a name and tries its addresses in order
  async connect(target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream> {
    const { connect = connectTcp } = this.#options;
    if (!target.secure) return this.#open(connect({ host: target.host, port: target.port }), target, delegate);
    // RFC 4976 §9.2: a relay is shown none
    const own = target.presentCertificate ? await this.#ownCertificate() : undefined;
    return this.#open(openTls(target, own, this.#authorities), target, delegate);
  }

  async listen(options: ListenOptions): Promise<StreamListener> {
    const certificate = options.secure ? await this.#ownCertificate() : undefined;
    return NodeListener.open({ ...options, certificate, clock: this.#clock });
  }

  async fingerprints(): Promise<readonly Fingerprint[]> {
    return (await this.#ownCertificate()).fingerprints;
  }

  hash(algorithm: DigestAlgorithm, text: string): string {
    return createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  }

  // RFC 4976 §8; RFC 2782: by priority, then by chance as their weights have it
  async locateRelay(domain: string): Promise<readonly { host: string; port: number }[]> {
    try {
      const records = await (this.#options.resolveSrv ?? resolveSrv)(`_msrps._tcp.${domain}`);
      return records
        .map((record) => ({ record, rank: Math.random() ** (1 / Math.max(record.weight, 0.01)) }))
        .toSorted((a, b) => a.record.priority - b.record.priority || b.rank - a.rank)
        .map(({ record }) => ({ host: record.name, port: record.port }));
    } catch {
      // no such record is the usual case; the name itself is tried then
      return [];
    }
  }

  #ownCertificate(): Promise<Certificate> {
    const { certificate, anonymous = false } = this.#options;
    this.#certificate ??=
      certificate && !anonymous ? Promise.resolve(certificateOf(certificate)) : selfSigned([NOBODY], this.#clock);
    return this.#certificate;
  }

  #open(socket: Socket, target: StreamTarget, delegate: ByteStreamDelegate): Promise<ByteStream> {
    return new Promise((resolve, reject) => {
      const where = `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
      let failure: Error | undefined;
      const timer = this.#clock.after(this.#connectTimeout, () => {
        socket.destroy(new Error(`no answer within ${this.#connectTimeout / 1000} s`));
      });
      const failed = (): void => {
        timer.cancel();
        reject(failure instanceof ChatroomsError ? failure : unreachable(where, target.secure, failure));
      };
      const remember = (error: Error): void => {
        failure = error;
      };
      socket.on('error', remember);
      socket.once('close', failed);
      socket.once(target.secure ? 'secureConnect' : 'connect', () => {
        // 4975-14.4-01: "a mismatch ends the media session immediately"
        if (target.secure && target.fingerprint && !matchesFingerprint(socket as TLSSocket, target.fingerprint)) {
          const text = `the certificate of ${where} is not the one its SDP names`;
          failure = new ChatroomsError('CHAT_ERR_CERTIFICATE', text);
          socket.destroy();
          return;
        }
        timer.cancel();
        socket.off('close', failed);
        couple(socket, delegate);
        socket.off('error', remember);
        resolve(new SocketStream(socket));
      });
    });
  }
}

function unreachable(where: string, secure: boolean, cause: Error | undefined): ChatroomsError {
  const hint = secure ? 'certificate (--ca), port and firewall' : 'its --msrp and --advertise address and the firewall';
  const text = `the room's MSRP address ${where} cannot be reached: ${cause?.message ?? 'closed'}; check ${hint}`;
  return new ChatroomsError('CHAT_ERR_MSRP_UNREACHABLE', text, { cause });
}

function openTls(target: StreamTarget, own: Certificate | undefined, trusted: { ca?: string }): TLSSocket {
  return connectTls({
    host: target.host,
    port: target.port,
    ...trustOptions(target),
    ...(own ? { cert: own.cert, key: own.key } : {}),
    ...trusted,
  });
}

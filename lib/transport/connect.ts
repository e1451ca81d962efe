/** Opens connections: TCP and TLS, to addresses and names. */
import { lookup as systemLookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type SecureContext } from 'node:tls';
import type { Clock } from '../util/clock.js';
import { listenTo, shared, SocketStream, watch } from './socket.js';
import { TlsStream } from './tls.js';
import type { Accept, ConnectFailure, ConnectTarget, StreamEvents } from './transport.js';
import { isMeant } from './trust.js';

export interface OpenOptions {
  clock: Clock;
  /** Give up after so many ms, name resolution and handshake included. */
  timeout: number;
  /** What we present and whom we trust in TLS. @defaultValue no certificate, the CAs of Node */
  secureContext?: SecureContext;
  /** @defaultValue the resolver of the system */
  lookup?: LookupFunction;
  /** Whether an address may be connected to. @defaultValue any may */
  permits?: (address: string) => boolean;
}

/** How long one address of several may keep us from the next one, in ms. */
const ATTEMPT_TIMEOUT = 2500;

/**
 * Opens a connection: either `accept` is called once it is there, or `failed` once. Returns what gives the attempt up.
 *
 * 4975-6.2-01: a numeric address is taken as written, a name is asked for A and AAAA. 4975-6.2-02: "If a connect attempt
 * fails try the remaining addresses"; Node takes the families in turn (RFC 8305).
 */
export function open(
  target: ConnectTarget,
  options: OpenOptions,
  accept: Accept,
  failed: (why: ConnectFailure) => void,
): () => void {
  const { lookup = systemLookup, permits = () => true } = options;
  // Of a numeric host nobody asks the resolver.
  if (isIP(target.host) !== 0 && !permits(target.host)) {
    queueMicrotask(() => failed('connect-failed'));
    return () => undefined;
  }
  const address = {
    host: target.host,
    port: target.port,
    lookup: permitted(lookup, permits),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT,
  };
  let why: ConnectFailure = 'connect-failed';
  const tell = (): void => {
    timer.cancel();
    failed(why);
  };
  const established = (): void => {
    timer.cancel();
    socket.off('close', tell);
  };
  let socket: Socket;
  if (target.tls) {
    const { secureContext } = options;
    const tls = connectTls({
      ...address,
      secureContext,
      // RFC 6066 §3: a server name is never an address.
      servername: isIP(target.name) === 0 ? target.name : undefined,
      checkServerIdentity: (_host, certificate) => checkServerIdentity(target.name, certificate),
      // Who it is we look at below: a self-signed certificate may be the one the SDP promised.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    });
    socket = tls;
    tls.once('secureConnect', () => {
      const stream = new TlsStream(tls);
      if (isMeant(stream.tls, target.fingerprint)) {
        established();
        listenTo(stream, accept);
        return;
      }
      // 4975-14.4-01: a fingerprint that does not match ends the session at once.
      why = 'bad-certificate';
      tls.destroy();
    });
  } else {
    let events: StreamEvents | undefined;
    const callback = (length: number): boolean => {
      events?.data(shared.subarray(0, length));
      return true;
    };
    const tcp = connectTcp({ ...address, onread: { buffer: shared, callback } });
    socket = tcp;
    tcp.once('connect', () => {
      established();
      events = watch(tcp, new SocketStream(tcp), accept);
    });
  }
  const abandon = (): void => {
    socket.destroy();
  };
  const timer = options.clock.after(options.timeout, abandon);
  socket.once('error', () => undefined);
  socket.once('close', tell);
  return abandon;
}

/**
 * What a name is found to be without what may not be connected to. The addresses that pass are those connected to: asked
 * a second time, the name might lead elsewhere.
 */
const permitted =
  (lookup: LookupFunction, permits: (address: string) => boolean): LookupFunction =>
  (name, options, callback) =>
    lookup(name, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [{ address: found }] : (found ?? []);
      const kept = addresses.filter(({ address }) => permits(address));
      if (!error && kept.length === 0) {
        const denied = new Error(`${name} has no address that may be connected to`);
        callback(Object.assign(denied, { code: 'EACCES' }), '', 0);
      } else callback(error, typeof found === 'string' ? found : (kept as typeof found), family);
    });

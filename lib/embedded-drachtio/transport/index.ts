// RFC 3261 §18, RFC 3581 (rport), RFC 3263 (reduced), RFC 5626 keep-alives, RFC 5922 (TLS), RFC 7118 (WebSocket).
export { advertised } from './advertise.js';
export type { Addresses, Endpoint, Flow, Hop, TransportName } from './flow.js';
export { DEFAULT_PORTS, isReliable, isTransportName } from './flow.js';
export { MAX_DATAGRAM, TransportLayer, UnsupportedTransport } from './layer.js';
export { DEFAULT_STREAM_LIMITS, type StreamLimits, type TransportContext, type TransportOptions } from './options.js';
export type { TlsCredentials, TlsOptions } from './tls-options.js';
export type { SipUpgrade } from './ws.js';
export { type Dns, systemDns, transportOf } from './resolver.js';
export { type StreamFactory, tcpStreams } from './streams.js';

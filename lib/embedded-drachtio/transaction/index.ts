// RFC 3261 §17, RFC 6026: the four transaction machines, and the layer that matches messages to them.
export { ClientTransaction, type ClientTransactionEvents } from './client-transaction.js';
export { cancelRequest } from './invite-client.js';
export { type NextHop, randomToken, TransactionLayer, type TransactionLimits } from './layer.js';
export { ServerTransaction, type ServerTransactionEvents } from './server-transaction.js';
export { DEFAULT_TIMERS, lifetime, type SipTimers } from './timers.js';

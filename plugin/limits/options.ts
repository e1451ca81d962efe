/** Options of `limits` about how much and how fast; docs/limits.md has them all in one table. */
import { z } from 'zod';

/** Each has a safe default. `false` takes a rate, or a bound by address, away. */
export interface LimitOptions {
  /** Devices of one participant in one room. @defaultValue 16 */
  maxEndpointsPerParticipant?: number;
  /** Subscriptions to the roster of one room. @defaultValue 4 × maxParticipants */
  maxSubscriptions?: number;
  /**
   * Messages of one participant, with all his devices in a room; others are refused with 413. Is-composing documents and
   * notifications about messages count a quarter, NICKNAME nothing. @defaultValue 20; none while MSRP listens on loopback alone
   */
  messagesPerSecond?: number | false;
  /** So many at once after a quiet time. @defaultValue 5 × messagesPerSecond */
  messageBurst?: number;
  /**
   * Octets of one participant, likewise; beyond it his connection is read more slowly. A frame counts as 2048 at least.
   * @defaultValue 2097152; none while MSRP listens on loopback alone
   */
  bytesPerSecond?: number | false;
  /** So many at once after a quiet time. @defaultValue 8 × bytesPerSecond */
  bytesBurst?: number;
  /**
   * INVITEs outside of a dialog of one address, or one /64 of IPv6, before anybody is asked who sent them; others are refused
   * with 503 and Retry-After. `trustedPeers` have no such limit. @defaultValue 50; none while MSRP listens on loopback alone
   */
  joinsPerSecond?: number | false;
  /** So many at once after a quiet time. @defaultValue 4 × joinsPerSecond */
  joinBurst?: number;
  /** MSRP connections; others are closed at once. @defaultValue 10000 */
  maxConnections?: number;
  /** MSRP connections on which no session is bound yet; the oldest of more are closed. @defaultValue 1000 */
  maxUnboundConnections?: number;
  /**
   * The same from one address, or one /64 of IPv6. @defaultValue 100; none while MSRP listens on loopback alone, or where a
   * proxy in front (`msrp.ws.advertise`) is the address of everybody
   */
  maxUnboundPerAddress?: number | false;
  /** MSRP sessions on one connection, as a relay has them; the next is refused with 403. @defaultValue 1000 */
  maxSessionsPerConnection?: number;
  /** Header lines of an MSRP frame; with more the connection is closed. @defaultValue 64 */
  maxHeaderLines?: number;
  /**
   * Octets that messages on their way hold in memory, of all rooms; as they fill it, less may wait for each reader, and those
   * furthest behind miss messages first. @defaultValue 268435456
   */
  maxTotalPendingBytes?: number;
  /** Messages of one device that have begun and not ended; others are refused with 413. @defaultValue 32 */
  maxPartialMessages?: number;
  /** Octets that unfinished messages of all rooms hold in memory; others are refused with 413. @defaultValue 268435456 */
  maxPartialBytes?: number;
}

const WHOLE = 'has to be a whole number above 0';
const ABOVE = 'has to be a number above 0, or false';
const count = z.int(WHOLE).positive(WHOLE).optional();
const rate = z.union([z.number().positive(), z.literal(false)], ABOVE).optional();

/** Members of the schema of `limits`; what each is for stands in the JSON Schema of the configuration file. */
export const limitFields = {
  maxEndpointsPerParticipant: count.describe('Devices of one participant in one room. Default 16'),
  maxSubscriptions: count.describe('Subscriptions to the roster of one room. Default 4 × maxParticipants'),
  messagesPerSecond: rate.describe('Of one participant; more are 413; false for none. Default 20; none on loopback'),
  messageBurst: count.describe('So many at once. Default 5 × messagesPerSecond'),
  bytesPerSecond: rate.describe('Of one participant, read more slowly then. Default 2097152; none on loopback'),
  bytesBurst: count.describe('So many octets at once. Default 8 × bytesPerSecond'),
  joinsPerSecond: rate.describe('INVITEs of one address; more are 503. Default 50; none on loopback'),
  joinBurst: count.describe('So many at once. Default 4 × joinsPerSecond'),
  maxConnections: count.describe('MSRP connections. Default 10000'),
  maxUnboundConnections: count.describe('Of them, without a session; the oldest of more are closed. Default 1000'),
  maxUnboundPerAddress: z
    .union([z.int().positive(), z.literal(false)], 'has to be a whole number above 0, or false')
    .describe('The same from one address. Default 100; none on loopback')
    .optional(),
  maxSessionsPerConnection: count.describe('MSRP sessions on one connection. Default 1000'),
  maxHeaderLines: count.describe('Header lines of an MSRP frame. Default 64'),
  maxTotalPendingBytes: count.describe('Octets that messages on their way hold in memory. Default 268435456'),
  maxPartialMessages: count.describe('Messages of one device begun and not ended. Default 32'),
  maxPartialBytes: count.describe('Octets that unfinished messages of all rooms hold. Default 268435456'),
};

/** Signatures of deliveries, by the convention of Standard Webhooks (symmetric, `v1`). */
import { createHmac } from 'node:crypto';

/** What a secret begins with whose rest is Base64. */
const PREFIX = 'whsec_';

export interface Delivery {
  /** The same for every attempt. */
  id: string;
  /** Seconds since the epoch, of this attempt. */
  timestamp: number;
  body: string;
}

/** The key a secret stands for: Base64 behind `whsec_`, else the octets of the text. */
export const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);

/** The headers that say who sent it, and that nobody changed it on the way. */
export function signed(key: Buffer, { id, timestamp, body }: Delivery): Record<string, string> {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${mac}` };
}

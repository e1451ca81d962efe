/** What a drachtio-server tells of SIP, to those who look on: what it received, and echoes of what it sent for us. */
import { sipReceived, sipSent } from '../../lib/util/channels.js';

const BREAK = '\r\n';

/**
 * A message of the control protocol, of which these have a SIP message behind the first line:
 *
 *     ID|sip|network|SIZE|PROTOCOL|ADDRESS|PORT|TIME|TRANSACTION|DIALOG|[OUR ADDRESS|OUR PORT|]
 *     ID|sip|application|…                                what the server sent of itself
 *     ID|response|ID|OK|application|SIZE|PROTOCOL|ADDRESS|PORT|…
 *
 * What is sent again, ACKs that are not for a 2xx, and 100 are between the server and the network.
 */
export function tellSip(text: string): void {
  if (!sipReceived.hasSubscribers && !sipSent.hasSubscribers) return;
  const end = text.indexOf(BREAK);
  if (end < 0) return;
  const [, verb, ...rest] = text.slice(0, end).split('|');
  const tokens = verb === 'response' && rest[1] === 'OK' ? rest.slice(2) : rest;
  const [source, , protocol, host, port] = tokens;
  const message = text.slice(end + BREAK.length);
  // An answer that the server made up came from nowhere.
  if ((verb !== 'sip' && verb !== 'response') || host === '' || host === undefined || message === '') return;
  const told = { host, port, protocol, octets: Buffer.from(message) };
  if (source === 'network') sipReceived.publish(published(told, nameOf(tokens[8], tokens[9]), false));
  // Of a request that address is the server's, of a response the peer's.
  else if (source === 'application') sipSent.publish(published(told, null, !message.startsWith('SIP/2.0 ')));
}

interface Told {
  host: string;
  port: string | undefined;
  protocol: string | undefined;
  octets: Buffer;
}

function published(
  { host, port, protocol = '', octets }: Told,
  other: string | null,
  isLocal: boolean,
): Parameters<typeof sipSent.publish>[0] {
  const named = nameOf(host, port);
  const [local, remote] = isLocal ? [named, other] : [other, named];
  return { wire: { id: `drachtio ${protocol} ${named}`, transport: protocol, local, remote }, octets };
}

const nameOf = (host: string | undefined, port: string | undefined): string | null =>
  host === undefined || host === '' || port === undefined || port === '' ? null : `${host}:${port}`;

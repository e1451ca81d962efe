/** message/cpim as the actors write and read it; shares no code with the product. */

/** A message before it is cut into chunks. */
export interface Content {
  from: string;
  to: string;
  /** CPIM header lines beside From and To. */
  extra?: readonly string[];
  type?: string;
  text: string;
}

export const TEXT = 'text/plain;charset=utf-8';
export const COMPOSING = 'application/im-iscomposing+xml';
export const DISPOSITION = 'message/imdn+xml';

export const wrapped = ({ from, to, extra = [], type = TEXT, text }: Content): string =>
  [`From: <${from}>`, `To: <${to}>`, ...extra, '', `Content-Type: ${type}`, '', text].join('\r\n');

/** RFC 3994. */
export const composing = (): string =>
  '<?xml version="1.0" encoding="UTF-8"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>';

/** RFC 5438 §11.1.1; of whom it is about only the Message-ID. */
export const delivered = (messageId: string, recipient: string): string =>
  '<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">' +
  `<message-id>${messageId}</message-id><datetime>2026-11-21T10:00:00Z</datetime><recipient-uri>${recipient}</recipient-uri>` +
  '<delivery-notification><status><delivered/></status></delivery-notification></imdn>';

/** What a recipient reads. */
export interface Letter {
  from: string;
  to: string[];
  /** Lower case, without parameters. */
  type: string;
  text: string;
}

/** @param octets as latin1 */
export function letterOf(octets: string): Letter {
  const all = Buffer.from(octets, 'latin1').toString('utf8');
  const [envelope = '', mime = '', ...rest] = all.split(/\r\n\r\n/);
  const uris = (name: string): string[] =>
    [...envelope.matchAll(new RegExp(`^${name}:[^<\r\n]*<([^>]*)>`, 'gim'))].map(([, uri]) => uri);
  const type = /^content-type:\s*([^;\s]*)/im.exec(mime)?.[1].toLowerCase() ?? '';
  return { from: uris('From')[0] ?? '', to: uris('To'), type, text: rest.join('\r\n\r\n') };
}

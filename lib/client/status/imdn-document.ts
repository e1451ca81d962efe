import { element, wrap } from '../../conference-event/xml-writer.js';
import { readStatusDocument } from './status-document.js';

/** 5438-11-01: type and namespace of a disposition notification. */
export const IMDN_TYPE = 'message/imdn+xml';
const NAMESPACE = 'urn:ietf:params:xml:ns:imdn';

const STATUSES = {
  delivery: ['delivered', 'failed', 'forbidden', 'error'],
  display: ['displayed', 'forbidden', 'error'],
  processing: ['processed', 'stored', 'forbidden', 'error'],
} as const;

/** What a notification is about: a message that arrived, was shown, or is being worked on. */
export type NoticeKind = keyof typeof STATUSES;
const KINDS = Object.keys(STATUSES) as NoticeKind[];

/** What a disposition notification says (RFC 5438 §11.1). */
export interface ImdnDocument {
  /** IMDN Message-ID of the message it is about. */
  messageId: string;
  /** When that message was sent, as it said itself. */
  dateTime: string;
  /** Who got it. */
  recipientUri?: string;
  /** For whom it was meant when it was written. */
  originalRecipientUri?: string;
  notice: NoticeKind;
  status: (typeof STATUSES)[NoticeKind][number];
}

/** Writes a disposition notification. 5438-11-01: its elements in the order of the schema. */
export function formatImdn(document: ImdnDocument): string {
  const { messageId, dateTime, recipientUri, originalRecipientUri, notice, status } = document;
  const content = [
    ...element('message-id', messageId),
    ...element('datetime', dateTime),
    ...element('recipient-uri', recipientUri),
    ...element('original-recipient-uri', originalRecipientUri),
    ...wrap(`${notice}-notification`, wrap('status', [`<${status}/>`])),
  ];
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...wrap(`imdn xmlns="${NAMESPACE}"`, content), ''].join('\n');
}

/** Reads a disposition notification; undefined when it is none, or lacks an element that is mandatory. */
export function readImdn(xml: Uint8Array): ImdnDocument | undefined {
  const texts = readStatusDocument(xml, NAMESPACE);
  const messageId = texts?.get('imdn/message-id');
  const dateTime = texts?.get('imdn/datetime');
  if (!texts || !messageId || dateTime === undefined) return undefined;
  const notice = KINDS.find((kind) => texts.has(`imdn/${kind}-notification/status`));
  if (notice === undefined) return undefined;
  const status = STATUSES[notice].find((word) => texts.has(`imdn/${notice}-notification/status/${word}`));
  if (status === undefined) return undefined;
  const recipientUri = texts.get('imdn/recipient-uri');
  const originalRecipientUri = texts.get('imdn/original-recipient-uri');
  return {
    messageId,
    dateTime,
    ...(recipientUri ? { recipientUri } : {}),
    ...(originalRecipientUri ? { originalRecipientUri } : {}),
    notice,
    status,
  };
}

import {
  contentHeaderValue,
  type CpimMessage,
  cpimUriKey,
  type Envelope,
  headerValue,
  IMDN_NAMESPACE,
  parseAddress,
} from '../../cpim/index.js';
import { newMessageId } from '../../msrp/index.js';
import { formatImdn, IMDN_TYPE, type ImdnDocument } from './imdn-document.js';
import type { Outcome } from '../msrp/outgoing-message.js';
import { misuse } from '../participant-errors.js';
import type { MessageHead } from '../received-message.js';

/** What can be asked of who gets a message (RFC 5438 §7.1.1.3). `processing` is for those on the way to answer. */
export type DispositionRequest = 'positive-delivery' | 'negative-delivery' | 'processing' | 'display';
const REQUESTS: readonly string[] = [
  'positive-delivery',
  'negative-delivery',
  'processing',
  'display',
] satisfies DispositionRequest[];

/** What became of a message of ours, as somebody tells. */
export interface Disposition extends ImdnDocument {
  /** Who tells; the room has checked it. */
  from: string;
  /** Nickname the roster knows for them. */
  nickname?: string;
}

export type CpimHeaders = NonNullable<CpimMessage['other']>;

const imdn = (name: string, value: string): CpimHeaders[number] => ({ namespace: IMDN_NAMESPACE, name, value });

/** RFC 5438 §10: Token, within reason. */
const ID = /^[\w.!%*+`'~-]{1,128}$/;

/**
 * 5438-6-01: headers that ask for dispositions; serializeCpim declares their namespace. DateTime is in every message.
 * @throws ChatroomsError `CHAT_ERR_USAGE`
 */
export function requestHeaders(id: string, requests: readonly DispositionRequest[]): CpimHeaders {
  if (!ID.test(id)) throw misuse(`${JSON.stringify(id)} is not an IMDN Message-ID; leave it out for a random one`);
  const unknown = requests.find((request) => !REQUESTS.includes(request));
  if (unknown !== undefined) throw misuse(`"${unknown}" cannot be asked for; use ${REQUESTS.join(', ')}`);
  return [imdn('Message-ID', id), imdn('Disposition-Notification', requests.join(', '))];
}

/** 5438-7.1-01: "absence of this header field or … an empty value" asks for nothing, unknown values are ignored. */
export function readRequests(envelope: Envelope): DispositionRequest[] {
  const value = headerValue(envelope, IMDN_NAMESPACE, 'Disposition-Notification') ?? '';
  const words = value.split(',').map((word) => (word.split(';', 1)[0] ?? '').trim().toLowerCase());
  return words.filter((word): word is DispositionRequest => REQUESTS.includes(word));
}

/** What a recipient tells; 5438-7.2-01: "MUST NOT generate "processing" notifications". */
export type Notice = 'delivery' | 'display';

const ANSWERS = {
  delivery: { request: 'positive-delivery', status: 'delivered' },
  display: { request: 'display', status: 'displayed' },
} as const;

export interface DispositionSender {
  /** URI others know us by, and whether it is made up to hide us; may change. */
  self: { readonly self: string; readonly anonymous: boolean };
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Sends a document in private. */
  deliver: (to: string, document: string, headers: CpimHeaders) => Promise<Outcome>;
}

/** Tells senders what became of their messages here, once each (RFC 5438 §7.2). */
export class DispositionNotifier {
  readonly #sender: DispositionSender;
  readonly #told = new WeakMap<Envelope, Set<Notice>>();

  constructor(sender: DispositionSender) {
    this.#sender = sender;
  }

  /** @returns undefined when nothing is owed, else how the room answered; rejects as `deliver` does */
  async tell({ envelope, contentType }: MessageHead, notice: Notice): Promise<Outcome | undefined> {
    const { request, status } = ANSWERS[notice];
    const id = headerValue(envelope, IMDN_NAMESPACE, 'Message-ID')?.trim();
    const from = envelope.from?.uri;
    if (!id || from === undefined || !readRequests(envelope).includes(request)) return undefined;
    // "it is forbidden to request an IMDN for an IMDN"; nor do our own devices tell each other
    if (isNotification(envelope, contentType) || cpimUriKey(from) === cpimUriKey(this.#sender.self.self))
      return undefined;
    // "MUST NOT construct more than one IMDN per disposition type"
    const told = this.#told.get(envelope) ?? new Set();
    if (told.has(notice)) return undefined;
    this.#told.set(envelope, told.add(notice));
    try {
      return await this.#send(envelope, from, { messageId: id, notice, status });
    } catch (error) {
      told.delete(notice);
      throw error;
    }
  }

  #send(envelope: Envelope, from: string, answer: Pick<ImdnDocument, 'messageId' | 'notice' | 'status'>) {
    const { self, now, deliver } = this.#sender;
    // "MUST be present if the IM carried the Original-To header field"; 5438-8-02: but it may name who hides
    const original = self.anonymous ? undefined : headerValue(envelope, IMDN_NAMESPACE, 'Original-To');
    const originalRecipient = original === undefined ? undefined : parseAddress(original)?.uri;
    const document = formatImdn({
      ...answer,
      // "the date and time the IM was sent (not the IMDN)"
      dateTime: envelope.dateTime ?? new Date(now()).toISOString(),
      // 5438-8-02: what the room knows us by, not the To somebody wrote
      recipientUri: self.self,
      ...(originalRecipient === undefined ? {} : { originalRecipientUri: originalRecipient }),
    });
    // 5438-7.2-01: "MUST copy the contents of the IMDN-Record-Route header fields into IMDN-Route header fields"
    const routes = envelope.other
      .filter(({ namespace, name }) => namespace === IMDN_NAMESPACE && name === 'IMDN-Record-Route')
      .map(({ value }) => imdn('IMDN-Route', value));
    // "The IMDN is then sent to the URI in the top IMDN-Route header field", else "in the From header field"
    const to = (routes[0] && parseAddress(routes[0].value)?.uri) ?? from;
    return deliver(to, document, [imdn('Message-ID', newMessageId()), ...routes]);
  }
}

function isNotification(envelope: Envelope, contentType: string): boolean {
  const disposition = contentHeaderValue(envelope, 'Content-Disposition') ?? '';
  return contentType === IMDN_TYPE || /^notification\s*(?:;|$)/i.test(disposition);
}

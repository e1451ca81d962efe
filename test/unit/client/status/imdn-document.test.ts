import * as fc from 'fast-check';
import { formatImdn, type ImdnDocument, readImdn } from '../../../../lib/client/status/imdn-document.js';

const NAMESPACE = 'urn:ietf:params:xml:ns:imdn';

const KINDS: Pick<ImdnDocument, 'notice' | 'status'>[] = [
  { notice: 'delivery', status: 'delivered' },
  { notice: 'delivery', status: 'failed' },
  { notice: 'display', status: 'displayed' },
  { notice: 'display', status: 'forbidden' },
  { notice: 'processing', status: 'stored' },
  { notice: 'processing', status: 'error' },
];
const text = fc.string({
  unit: fc.constantFrom('a', '<', '&', '"', ']]>', 'é', '🍕', '-'),
  minLength: 1,
  maxLength: 40,
});
const parts = fc.record(
  { messageId: text, dateTime: text, recipientUri: text, originalRecipientUri: text },
  { requiredKeys: ['messageId', 'dateTime'] },
);

test('5438-11-01 what is written is read back', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom(...KINDS), (rest, kind) => {
      const document: ImdnDocument = { ...rest, ...kind };
      expect(readImdn(Buffer.from(formatImdn(document)))).toEqual(document);
    }),
  );
});

const EXAMPLE = `<?xml version="1.0" encoding="UTF-8"?>
  <imdn xmlns="${NAMESPACE}"> <message-id>34jk324j</message-id>
    <datetime>2008-04-04T12:16:49-05:00</datetime> <recipient-uri>im:bob@example.com</recipient-uri>
    <original-recipient-uri >im:bob@example.com</original-recipient-uri>
    <delivery-notification> <status> <delivered/> </status> </delivery-notification> </imdn>`;

test('5438-11-01 the example of RFC 5438 §7.2.1.1', () => {
  expect(readImdn(Buffer.from(EXAMPLE))).toEqual({
    messageId: '34jk324j',
    dateTime: '2008-04-04T12:16:49-05:00',
    recipientUri: 'im:bob@example.com',
    originalRecipientUri: 'im:bob@example.com',
    notice: 'delivery',
    status: 'delivered',
  });
});

test.each([
  ['its root', EXAMPLE.replace('<imdn', '<note').replace('</imdn>', '</note>')],
  ['its namespace', EXAMPLE.replace(NAMESPACE, 'urn:other')],
  ['message-id', EXAMPLE.replace(/<message-id>.*<\/message-id>/, '')],
  ['datetime', EXAMPLE.replace(/<datetime>.*<\/datetime>/, '')],
  ['a notification', EXAMPLE.replaceAll('delivery-notification', 'other-notification')],
  ['a status of its kind', EXAMPLE.replace('delivered', 'displayed')],
  ['its end', EXAMPLE.replace('</imdn>', '')],
])('5438-11-01 one without %s is none', (_name, document) => {
  expect(readImdn(Buffer.from(document))).toBeUndefined();
});

test('anything at all is read without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(EXAMPLE.length), (octets, at) => {
      readImdn(octets);
      readImdn(Buffer.concat([Buffer.from(EXAMPLE.slice(0, at)), octets, Buffer.from(EXAMPLE.slice(at))]));
    }),
  );
});

import { inviteesOf } from '../../../../plugin/lists/invitees.js';
import type { ListEntry } from '../../../../plugin/lists/resource-lists.js';

const creator = {
  uri: 'sip:+34600000001@ims.example.net',
  aliases: ['tel:+34600000001', 'sip:ana@example.com'],
  displayName: null,
  anonymous: false,
  anonymousUri: null,
};
const own = (uri: string): boolean => /@conf\.example\.com/i.test(uri);

const entry = (uri: string, more: Partial<ListEntry> = {}): ListEntry => ({ uri, headers: {}, ...more });

const uris = (entries: ListEntry[], rcs = false): string[] =>
  inviteesOf(entries, { own, creator, rcs }).map(({ uri, copyControl }) => `${copyControl} ${uri}`);

test('FAC-09: duplicates, the creator, URIs of our own and other schemes get no INVITE', () => {
  const entries = [
    entry('sip:bea@example.com', { copyControl: 'cc' }),
    entry('SIP:bea@EXAMPLE.com', { copyControl: 'to' }),
    entry('sips:bea@example.com'),
    entry('sip:ana@example.com', { copyControl: 'to' }),
    entry('tel:+34-600-000-001'),
    entry('sip:chat-factory@conf.example.com'),
    entry('mailto:carl@example.com'),
    entry('im:carl@example.com'),
    entry('sip:'),
    entry('tel:+34600000002'),
  ];
  expect(uris(entries)).toEqual(['to SIP:bea@EXAMPLE.com', 'bcc tel:+34600000002']);
});

test('IDN-06: with profile rcs a number is one person, whatever URI it stands in', () => {
  const entries = [
    entry('sip:+34600000001@elsewhere.example;user=phone'),
    entry('tel:+34 600'.replace(' ', '-'), { copyControl: 'cc' }),
    entry('sip:%2B34600@ims.example.net;user=phone', { copyControl: 'to' }),
    entry('sip:34600@ims.example.net'),
  ];
  expect(uris(entries, true)).toEqual(['to sip:%2B34600@ims.example.net;user=phone', 'bcc sip:34600@ims.example.net']);
  expect(uris(entries)).toHaveLength(4);
});

test('FAC-09: what duplicates say beside is kept: hidden once is hidden', () => {
  const entries = [
    entry('sip:bea@example.com', { anonymize: true, headers: { 'Session-Replaces': '1' }, displayName: 'Bea' }),
    entry('sip:bea@example.com', { copyControl: 'to' }),
  ];
  expect(inviteesOf(entries, { own, creator, rcs: true })).toEqual([
    {
      uri: 'sip:bea@example.com',
      displayName: 'Bea',
      copyControl: 'to',
      anonymize: true,
      headers: { 'Session-Replaces': '1' },
    },
  ]);
});

test('FAC-18: without profile rcs no header of an entry is passed on', () => {
  const entries = [entry('sip:bea@example.com', { headers: { 'Session-Replaces': '1' } })];
  expect(inviteesOf(entries, { own, creator, rcs: false })).toEqual([
    { uri: 'sip:bea@example.com', copyControl: 'bcc' },
  ]);
});

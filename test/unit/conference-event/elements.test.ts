import * as fc from 'fast-check';
import { type ConferenceDocument, formatDocument, type User } from '../../../lib/conference-event/index.js';
import { anyText } from '../../support/conference-documents.js';
import { schemaErrors } from '../../support/conference-schema.js';
import { attributeOf, childOf, elementsOf, parseXml, textOf, type XmlNode } from '../../support/xml-tree.js';

const ana: User = {
  entity: 'sip:ana@example.com',
  state: 'full',
  displayText: 'Ana B.',
  nickname: 'Ana B.',
  associatedAors: [{ uri: 'tel:+34600000001' }],
  roles: ['moderator', 'participant'],
  endpoints: [
    {
      entity: 'ana-1',
      state: 'full',
      displayText: 'Desk client',
      referred: { when: new Date(0), by: 'sip:bo@example.com' },
      status: 'disconnected',
      joiningMethod: 'dialed-out',
      joiningInfo: { when: new Date(Date.UTC(2024, 4, 1, 9, 58, 12)) },
      disconnectionMethod: 'busy',
      disconnectionInfo: {
        when: new Date(Date.UTC(2024, 4, 1, 10, 5, 31)),
        reason: 'Reason: SIP;cause=486;text="Busy Here"',
        by: 'sip:bo@example.com',
      },
      media: [{ id: '1', type: 'message', label: 'chat', srcId: '7', status: 'sendrecv' }],
    },
  ],
};

const ROOM: ConferenceDocument = {
  entity: 'sip:lunch@conf.example.com',
  state: 'full',
  version: 0,
  description: {
    displayText: 'Lunch club',
    subject: 'Where do we eat?',
    freeText: 'Open room for the third floor',
    keywords: ['food', 'social'],
    confUris: [{ uri: 'sip:lunch@conf.example.com', displayText: 'Chat room', purpose: 'participation' }],
    serviceUris: [
      { uri: 'sip:lunch@conf.example.com', purpose: 'event' },
      { uri: 'https://chat.example.com/rooms/lunch', purpose: 'web-page' },
    ],
    maximumUserCount: 200,
    availableMedia: [{ label: 'chat', displayText: 'Group text chat', type: 'message', status: 'sendrecv' }],
  },
  host: { displayText: 'PBX', webPage: 'https://chat.example.com/', uris: [{ uri: 'sip:admin@example.com' }] },
  conferenceState: { userCount: 1, active: true, locked: false },
  users: { state: 'full', list: [ana] },
};

const withUser = (user: User): ConferenceDocument => ({ ...ROOM, users: { state: 'full', list: [user] } });

/** The first element that names lead to, one below the other, from the root of the text. */
function at(document: ConferenceDocument, ...names: string[]): XmlNode {
  let node = parseXml(formatDocument(document)).root;
  for (const name of names) {
    const child = childOf(node, name);
    if (!child) throw new Error(`no ${name}`);
    node = child;
  }
  return node;
}

/** Name and text of each child. */
const told = (node: XmlNode): [string, string][] =>
  elementsOf(node).map((child) => [child.name.slice(child.name.indexOf('}') + 1), textOf(child)]);

const names = (node: XmlNode): string[] => told(node).map(([name]) => name);

test('DOC-02 every element in the order of the schema', async () => {
  expect(await schemaErrors(formatDocument(ROOM))).toEqual([]);
  expect(names(at(ROOM))).toEqual(['conference-description', 'host-info', 'conference-state', 'users']);
  expect(names(at(ROOM, 'users', 'user'))).toEqual(['display-text', 'associated-aors', 'roles', 'endpoint']);
  expect(names(at(ROOM, 'users', 'user', 'endpoint'))).toEqual([
    'display-text',
    'referred',
    'status',
    'joining-method',
    'joining-info',
    'disconnection-method',
    'disconnection-info',
    'media',
  ]);
});

test('DOC-04 4575-5.3-01 title, subject, topic, keywords and limit of the room', () => {
  const description = told(at(ROOM, 'conference-description'));
  expect(description.slice(0, 4)).toEqual([
    ['display-text', 'Lunch club'],
    ['subject', 'Where do we eat?'],
    ['free-text', 'Open room for the third floor'],
    ['keywords', 'food social'],
  ]);
  expect(description).toContainEqual(['maximum-user-count', '200']);
});

test('DOC-04 DOC-16 no keywords, no members and no limit are no elements', async () => {
  const bare: ConferenceDocument = {
    ...ROOM,
    description: { keywords: [], confUris: [], availableMedia: [], maximumUserCount: Number.POSITIVE_INFINITY },
    conferenceState: { userCount: 0.5 },
  };
  expect(told(at(bare, 'conference-description'))).toEqual([]);
  expect(told(at(bare, 'conference-state'))).toEqual([]);
  expect(await schemaErrors(formatDocument(bare))).toEqual([]);
});

test('DOC-05 where to join the room, and where else there is something of it', () => {
  expect(told(at(ROOM, 'conference-description', 'conf-uris', 'entry'))).toEqual([
    ['uri', 'sip:lunch@conf.example.com'],
    ['display-text', 'Chat room'],
    ['purpose', 'participation'],
  ]);
  expect(elementsOf(at(ROOM, 'conference-description', 'service-uris')).map(told)).toEqual([
    [
      ['uri', 'sip:lunch@conf.example.com'],
      ['purpose', 'event'],
    ],
    [
      ['uri', 'https://chat.example.com/rooms/lunch'],
      ['purpose', 'web-page'],
    ],
  ]);
});

test('DOC-06 the label of the medium is that of each endpoint', () => {
  const entry = at(ROOM, 'conference-description', 'available-media', 'entry');
  expect(attributeOf(entry, 'label')).toBe('chat');
  expect(told(entry)).toEqual([
    ['display-text', 'Group text chat'],
    ['type', 'message'],
    ['status', 'sendrecv'],
  ]);
  expect(told(at(ROOM, 'users', 'user', 'endpoint', 'media'))).toEqual([
    ['type', 'message'],
    ['label', 'chat'],
    ['src-id', '7'],
    ['status', 'sendrecv'],
  ]);
});

test('DOC-07 who runs the room, and how it is', () => {
  expect(told(at(ROOM, 'host-info')).slice(0, 2)).toEqual([
    ['display-text', 'PBX'],
    ['web-page', 'https://chat.example.com/'],
  ]);
  expect(told(at(ROOM, 'host-info', 'uris', 'entry'))).toEqual([['uri', 'sip:admin@example.com']]);
  expect(told(at(ROOM, 'conference-state'))).toEqual([
    ['user-count', '1'],
    ['active', 'true'],
    ['locked', 'false'],
  ]);
});

test('DOC-08 DOC-10 DOC-11 name, other addresses and roles of a user', () => {
  expect(told(at(ROOM, 'users', 'user'))[0]).toEqual(['display-text', 'Ana B.']);
  expect(told(at(ROOM, 'users', 'user', 'associated-aors', 'entry'))).toEqual([['uri', 'tel:+34600000001']]);
  expect(told(at(ROOM, 'users', 'user', 'roles'))).toEqual([
    ['entry', 'moderator'],
    ['entry', 'participant'],
  ]);
});

test('DOC-23 4575-5.7-01 4575-5.7-02 who invited an endpoint, and when, why and by whom it left', () => {
  const endpoint = ['users', 'user', 'endpoint'];
  expect(told(at(ROOM, ...endpoint, 'referred'))).toEqual([
    ['when', '1970-01-01T00:00:00Z'],
    ['by', 'sip:bo@example.com'],
  ]);
  expect(told(at(ROOM, ...endpoint, 'joining-info'))).toEqual([['when', '2024-05-01T09:58:12Z']]);
  expect(told(at(ROOM, ...endpoint, 'disconnection-info'))).toEqual([
    ['when', '2024-05-01T10:05:31Z'],
    ['reason', 'Reason: SIP;cause=486;text="Busy Here"'],
    ['by', 'sip:bo@example.com'],
  ]);
});

/** Whether XML 1.0 has a way to write a code point. */
function carried(character: string): boolean {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x20) return point === 0x09 || point === 0x0a || point === 0x0d;
  return (point < 0xd800 || point > 0xdfff) && point !== 0xfffe && point !== 0xffff;
}

const legal = (value: string): string => Array.from(value).filter(carried).join('');

test('DOC-01 every text and attribute is read as it was given, without what XML cannot carry', () => {
  const short = anyText.filter((text) => text.length < 1000);
  fc.assert(
    fc.property(short, short, short, short, (entity, displayText, nickname, subject) => {
      const document = { ...withUser({ entity, state: 'full', displayText, nickname }), description: { subject } };
      const user = at(document, 'users', 'user');
      expect([...user.attributes.values()]).toEqual([legal(entity), 'full', legal(nickname)]);
      expect(textOf(childOf(user, 'display-text'))).toBe(legal(displayText));
      expect(textOf(at(document, 'conference-description', 'subject'))).toBe(legal(subject));
    }),
    { numRuns: 300 },
  );
});

const smileys = (count: number): string => `a${'\u{1f600}'.repeat(count)}`;

test('DOC-01 what is longer than a line may be is cut, between two characters', () => {
  const user = at(withUser({ ...ana, displayText: smileys(5000), nickname: '&'.repeat(9000) }), 'users', 'user');
  expect(textOf(childOf(user, 'display-text'))).toBe(smileys(1749));
  expect([...user.attributes.values()][2]).toBe('&'.repeat(1400));
});

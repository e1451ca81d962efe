import * as fc from 'fast-check';
import {
  type ConferenceDocument,
  DocumentText,
  type Endpoint,
  formatDocument,
  type User,
} from '../../../lib/conference-event/index.js';
import { schemaErrors } from '../../support/conference-schema.js';

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
      status: 'connected',
      joiningMethod: 'dialed-in',
      joiningInfo: { when: new Date(Date.UTC(2024, 4, 1, 9, 58, 12)) },
      media: [{ id: '1', type: 'message', label: 'chat', srcId: '7', status: 'sendrecv' }],
    },
    {
      entity: 'ana-2',
      state: 'full',
      referred: { when: new Date(0), by: 'sip:bo@example.com' },
      status: 'disconnected',
      joiningMethod: 'dialed-out',
      disconnectionMethod: 'booted',
      disconnectionInfo: {
        when: new Date(0),
        reason: 'Reason: SIP;cause=603;text="Decline"',
        by: 'sip:bo@example.com',
      },
    },
  ],
};

const FULL: ConferenceDocument = {
  entity: 'sip:lunch@conf.example.com',
  state: 'full',
  version: 0,
  description: {
    displayText: 'Lunch club',
    subject: 'Where do we eat?',
    freeText: 'third floor',
    keywords: ['food', 'social'],
    confUris: [{ uri: 'sip:lunch@conf.example.com', displayText: 'Chat room', purpose: 'participation' }],
    serviceUris: [{ uri: 'https://chat.example.com/rooms/lunch', purpose: 'web-page' }],
    maximumUserCount: 200,
    availableMedia: [{ label: 'chat', displayText: 'Group text chat', type: 'message', status: 'sendrecv' }],
  },
  host: { displayText: 'PBX', webPage: 'https://chat.example.com/', uris: [{ uri: 'sip:admin@example.com' }] },
  conferenceState: { userCount: 1, active: true, locked: false },
  users: { state: 'full', list: [ana, { entity: 'sip:anonymous1@anonymous.invalid', state: 'full' }] },
};

test('DOC-01 DOC-02 4575-5.2-01 a document with every element is valid', async () => {
  expect(await schemaErrors(formatDocument(FULL))).toEqual([]);
});

test('4575-4.4-01 a partial document with a deleted user is valid', async () => {
  const partial: ConferenceDocument = {
    entity: FULL.entity,
    state: 'partial',
    version: 1,
    conferenceState: { userCount: 1 },
    users: { state: 'partial', list: [{ entity: 'sip:bo@example.com', state: 'deleted' }] },
  };
  const text = formatDocument(partial);
  expect(await schemaErrors(text)).toEqual([]);
  expect(text).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:xcon="urn:ietf:params:xml:ns:xcon-conference-info"',
      ' entity="sip:lunch@conf.example.com" state="partial" version="1">',
      ' <conference-state>',
      '  <user-count>1</user-count>',
      ' </conference-state>',
      ' <users state="partial">',
      '<user entity="sip:bo@example.com" state="deleted"/>',
      ' </users>',
      '</conference-info>',
      '',
    ].join('\n'),
  );
});

test('4575-4.4-01 a partial document with users of every state is valid', async () => {
  const left: Endpoint = {
    entity: 'ana-2',
    state: 'full',
    status: 'disconnected',
    disconnectionMethod: 'departed',
    disconnectionInfo: { when: new Date(Date.UTC(2024, 4, 1, 10, 5, 31)) },
  };
  const endpoints: Endpoint[] = [
    { entity: 'ana-1', state: 'deleted' },
    { entity: 'ana-3', state: 'partial', status: 'on-hold' },
    left,
  ];
  const list: User[] = [
    { entity: ana.entity, state: 'partial', endpoints },
    { entity: 'sip:carla@example.com', state: 'full' },
    { entity: 'sip:bo@example.com', state: 'deleted' },
  ];
  const text = formatDocument({ entity: FULL.entity, state: 'partial', version: 2, users: { state: 'partial', list } });
  expect(await schemaErrors(text)).toEqual([]);
  expect(text.slice(text.indexOf(' <users'))).toBe(
    [
      ' <users state="partial">',
      '<user entity="sip:ana@example.com" state="partial"><endpoint entity="ana-1" state="deleted"/>' +
        '<endpoint entity="ana-3" state="partial"><status>on-hold</status></endpoint>',
      '<endpoint entity="ana-2" state="full"><status>disconnected</status>' +
        '<disconnection-method>departed</disconnection-method>' +
        '<disconnection-info><when>2024-05-01T10:05:31Z</when></disconnection-info>',
      '</endpoint></user>',
      '<user entity="sip:carla@example.com" state="full"/>',
      '<user entity="sip:bo@example.com" state="deleted"/>',
      ' </users>',
      '</conference-info>',
      '',
    ].join('\n'),
  );
});

test('SUB-09 4575-4.3-01 one text serves all subscribers, but for the version', () => {
  for (const document of [FULL, { entity: FULL.entity, state: 'partial' as const }]) {
    const text = new DocumentText(document);
    for (const version of [0, 1, 4294967295]) {
      expect(text.withVersion(version)).toBe(formatDocument({ ...document, version }));
    }
    expect(text.withVersion(7)).toContain(' version="7"');
    expect(text.octets).toBe(Buffer.byteLength(text.withVersion(4294967295)));
  }
});

test('4575-3.3-01 the document of a room that ended is valid', async () => {
  expect(await schemaErrors(formatDocument({ entity: FULL.entity, state: 'deleted', version: 9 }))).toEqual([]);
});

test('DOC-09 7701-7.4-01 the nickname is an attribute of the user', () => {
  const text = formatDocument({ ...FULL, users: { state: 'full', list: [{ ...ana, nickname: 'A "<&>\'' }] } });
  expect(text).toContain('\n xcon:nickname="A &#34;&lt;&amp;&gt;\'"><');
});

test('DOC-20 yourown only where it is asked for', () => {
  expect(formatDocument(FULL)).not.toContain('yourown');
  const users = { state: 'full' as const, list: [{ ...ana, yourOwn: true }] };
  expect(formatDocument({ ...FULL, users })).toContain(
    '<user entity="sip:ana@example.com" state="full" yourown="true"',
  );
});

test('the schema check does find faults', async () => {
  const swapped = formatDocument(FULL).replace('<status>connected', '<status>sleeping');
  expect(await schemaErrors(swapped)).not.toEqual([]);
});

test('DOC-01 whatever the names are, the document is valid and its lines stay under 8 KB', async () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('<&"\u0001\ufffe\ud800>', ']]>', '&'.repeat(9000), '😀'.repeat(5000), '"'.repeat(1023), '\r\n\t'),
  );
  const texts = fc.tuple(any, any, any, fc.string({ unit: 'binary', maxLength: 255 }));
  await fc.assert(
    fc.asyncProperty(texts, async ([displayText, subject, reason, nickname]) => {
      const list: User[] = [
        { ...ana, displayText, nickname },
        { ...ana, entity: 'sip:b@c', endpoints: [{ entity: 'e', state: 'full', disconnectionInfo: { reason } }] },
      ];
      const text = formatDocument({ ...FULL, description: { displayText, subject }, users: { state: 'full', list } });
      expect(Math.max(...text.split('\n').map((line) => Buffer.byteLength(line)))).toBeLessThan(8192);
      expect(await schemaErrors(text)).toEqual([]);
    }),
    { numRuns: 12 },
  );
});

import * as fc from 'fast-check';
import type { ConferenceDocument, Endpoint, Execution, UriEntry, User } from '../../lib/conference-event/index.js';

/** Whatever a person may have typed, and what XML knows to be special. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    '<&"\u0001\ufffe\ud800>',
    ']]>',
    '\r\n\t',
    `it's "both"`,
    '😀'.repeat(300),
    '"'.repeat(1500),
  ),
);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const uri = fc.constantFrom('sip:ana@example.com', "sip:o'neil@example.com", 'tel:+34600000001', 'https://a.example/');

const uriEntries: fc.Arbitrary<UriEntry[] | undefined> = optional(
  fc.array(fc.record({ uri, displayText: optional(anyText), purpose: optional(fc.constantFrom('event')) }), {
    maxLength: 2,
  }),
);

const execution: fc.Arbitrary<Execution> = fc.record({
  when: optional(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })),
  reason: optional(anyText),
  by: optional(uri),
});

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  entity: fc.constantFrom('a-1', 'a-2', "o'n-1", `'"-1`),
  state: fc.constant('full' as const),
  displayText: optional(anyText),
  referred: optional(execution),
  status: optional(fc.constantFrom('connected' as const, 'disconnected' as const)),
  joiningMethod: optional(fc.constantFrom('dialed-in' as const, 'dialed-out' as const)),
  joiningInfo: optional(execution),
  disconnectionMethod: optional(fc.constantFrom('departed' as const, 'booted' as const)),
  disconnectionInfo: optional(execution),
  media: optional(
    fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('1', '2'),
        type: fc.constantFrom('message'),
        label: optional(anyText),
        status: optional(fc.constantFrom('sendrecv' as const, 'inactive' as const)),
      }),
      { selector: ({ id }) => id, maxLength: 2 },
    ),
  ),
});

const user: fc.Arbitrary<User> = fc.record({
  entity: fc.constantFrom(
    'sip:ana@example.com',
    'sip:bo@example.com',
    "sip:o'neil@example.com",
    'tel:+34600000001',
    'sip:anonymous1@anonymous.invalid',
  ),
  state: fc.constant('full' as const),
  displayText: optional(anyText),
  nickname: optional(anyText),
  associatedAors: uriEntries,
  roles: optional(fc.array(fc.constantFrom('moderator', 'participant'), { maxLength: 2 })),
  endpoints: optional(fc.uniqueArray(endpoint, { selector: ({ entity }) => entity, maxLength: 2 })),
});

const users = fc.uniqueArray(user, { selector: ({ entity }) => entity, maxLength: 4 });

const room = fc.record({
  description: fc.record({
    displayText: optional(anyText),
    subject: optional(anyText),
    freeText: optional(anyText),
    keywords: optional(fc.array(fc.constantFrom('food', 'floor3'), { maxLength: 3 })),
    confUris: uriEntries,
    serviceUris: uriEntries,
    maximumUserCount: optional(fc.nat()),
    availableMedia: optional(
      fc.uniqueArray(
        fc.record({ label: fc.constantFrom('chat', `'"`), displayText: optional(anyText), type: anyText }),
        {
          selector: ({ label }) => label,
          maxLength: 2,
        },
      ),
    ),
  }),
  host: optional(fc.record({ displayText: optional(anyText), webPage: optional(uri), uris: uriEntries })),
  conferenceState: optional(
    fc.record({ userCount: optional(fc.nat()), active: optional(fc.boolean()), locked: optional(fc.boolean()) }),
  ),
});

const documentOf = (parts: Omit<ConferenceDocument, 'entity' | 'state' | 'version' | 'users'>, list: User[]) =>
  ({
    entity: 'sip:lunch@conf.example.com',
    state: 'full',
    version: 0,
    ...parts,
    users: { state: 'full', list },
  }) satisfies ConferenceDocument;

/** A full document of a room. */
export const fullDocument: fc.Arbitrary<ConferenceDocument> = fc
  .tuple(room, users)
  .map(([parts, list]) => documentOf(parts, list));

/** The documents of a room before and after changes: some users stay the same object, some have another. */
export const twoDocuments: fc.Arbitrary<[ConferenceDocument, ConferenceDocument]> = fc
  .tuple(room, room, users, users, fc.boolean(), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
  .map(([one, other, before, changed, sameRoom, stays]) => {
    const kept = before.filter((_, index) => stays[index]);
    const after = [...kept, ...changed.filter(({ entity }) => !kept.some((had) => had.entity === entity))];
    const next = documentOf(sameRoom ? one : other, after);
    return [documentOf(one, before), { ...next, version: 1 }];
  });

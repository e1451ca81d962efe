import * as fc from 'fast-check';
import { readConferenceInfo } from '../../../lib/client/conference-info.js';
import { Roster } from '../../../lib/client/roster.js';
import {
  type ConferenceDocument,
  diffDocuments,
  formatDocument,
  type User,
} from '../../../lib/conference-event/index.js';
import { fullDocument, twoDocuments } from '../../support/conference-documents.js';
import { schemaErrors } from '../../support/conference-schema.js';
import { applyPartial } from '../../support/partial-conference-info.js';
import { meaning, parseXml } from '../../support/xml-tree.js';

const user = (name: string, nickname?: string): User => ({
  entity: `sip:${name}@example.com`,
  state: 'full',
  nickname,
  endpoints: [{ entity: `${name}-1`, state: 'full', status: 'connected' }],
});

const ana = user('ana');
const bo = user('bo');

const room = (version: number, list: readonly User[], subject?: string): ConferenceDocument => ({
  entity: 'sip:lunch@conf.example.com',
  state: 'full',
  version,
  description: { displayText: 'Lunch', subject },
  conferenceState: { userCount: list.length, active: true },
  users: { state: 'full', list },
});

/** A partial document in any case. */
const change = (before: ConferenceDocument, after: ConferenceDocument): ConferenceDocument =>
  diffDocuments(before, after) ?? { entity: after.entity, state: 'partial', version: after.version };

test('4575-4.4-01 who is new or changed is told whole, who is gone as deleted, who is the same not at all', () => {
  const named = user('bo', 'Bo');
  const carla = user('carla');
  expect(diffDocuments(room(4, [ana, bo, user('dora')]), room(5, [ana, named, carla]))).toEqual({
    entity: 'sip:lunch@conf.example.com',
    state: 'partial',
    version: 5,
    users: { state: 'partial', list: [named, carla, { entity: 'sip:dora@example.com', state: 'deleted' }] },
  });
});

test('4575-4.4-01 description and state are told whole when something in them changed', () => {
  expect(diffDocuments(room(1, [ana]), room(2, [ana, bo], 'Where?'))).toMatchObject({
    description: { displayText: 'Lunch', subject: 'Where?' },
    conferenceState: { userCount: 2, active: true },
    users: { list: [bo] },
  });
});

test('4575-4.3-01 without a change there is no document', () => {
  expect(diffDocuments(room(1, [ana, user('bo')]), room(2, [user('bo'), ana]))).toBeNull();
});

test('4575-4.4-01 what cannot be deleted is told as empty, and is valid so', async () => {
  const before: ConferenceDocument = { ...room(1, [ana]), host: { displayText: 'PBX' } };
  const after: ConferenceDocument = { entity: before.entity, state: 'full', version: 2 };
  const partial = change(before, after);
  expect(partial).toMatchObject({
    description: {},
    host: {},
    conferenceState: {},
    users: { state: 'deleted', list: [] },
  });
  expect(await schemaErrors(formatDocument(partial))).toEqual([]);
});

test('4575-3.3-01 the end of the room is told as it is', () => {
  const end: ConferenceDocument = { entity: 'sip:lunch@conf.example.com', state: 'deleted', version: 2 };
  expect(diffDocuments(room(1, [ana]), end)).toBe(end);
});

test('4575-4.6-01 the partial document makes the one after of the one before', () => {
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const applied = applyPartial(formatDocument(before), formatDocument(change(before, after)));
      const told = ['state', 'version'];
      // What is gone is left empty.
      const host = after.host ?? (before.host && {});
      const conferenceState = after.conferenceState ?? (before.conferenceState && {});
      const whole = { ...after, host, conferenceState };
      expect(meaning(applied, told)).toEqual(meaning(parseXml(formatDocument(whole)).root, told));
    }),
  );
});

const byUri = ({ participants }: Roster) => new Map(participants.map((entry) => [entry.uri, entry]));

test('4575-4.6-01 our own client comes to the same roster by partial as by full documents', () => {
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const told = new Roster();
      told.apply(readConferenceInfo(formatDocument(before)));
      expect(told.apply(readConferenceInfo(formatDocument(change(before, after)))).kind).toBe('changed');
      const whole = new Roster();
      whole.apply(readConferenceInfo(formatDocument(after)));
      expect(byUri(told)).toEqual(byUri(whole));
      expect([told.title, told.subject]).toEqual([whole.title, whole.subject]);
    }),
  );
});

test('4575-4.4-01 DOC-01 every full and every partial document is valid', async () => {
  await fc.assert(
    fc.asyncProperty(fullDocument, twoDocuments, async (full, [before, after]) => {
      expect(await schemaErrors(formatDocument(full))).toEqual([]);
      expect(await schemaErrors(formatDocument(change(before, after)))).toEqual([]);
    }),
    { numRuns: 10 },
  );
});

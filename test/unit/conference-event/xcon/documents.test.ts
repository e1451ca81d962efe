import * as fc from 'fast-check';
import {
  type ConferenceDocument,
  type User,
  XCON_DIFF_TYPE,
  XCON_TYPE,
  XconDocuments,
} from '../../../../lib/conference-event/index.js';
import { fullDocument, twoDocuments } from '../../../support/conference-documents.js';
import { schemaErrors, xconSchemaErrors } from '../../../support/conference-schema.js';
import { applyPatch } from '../../../support/xml-patch.js';
import { meaning, parseXml } from '../../../support/xml-tree.js';

/** Ids by the order in which they are asked for. */
function documents(): XconDocuments {
  const ids = new Map<string, string>();
  return new XconDocuments({
    userId: (entity) => {
      const id = ids.get(entity) ?? `xcon-userid:u-${ids.size + 1}`;
      ids.set(entity, id);
      return id;
    },
  });
}

const dora: User = {
  entity: 'sip:dora@example.com',
  state: 'full',
  displayText: 'Dora',
  nickname: 'The Chair',
  associatedAors: [{ uri: 'tel:+34600000001' }],
  roles: ['moderator'],
  endpoints: [{ entity: 'dora-1', state: 'full', status: 'connected', media: [{ id: '1', type: 'message' }] }],
};

const eloy: User = { entity: 'sip:eloy@example.com', state: 'full', displayText: 'Eloy' };

const fox: User = { entity: 'sip:anonymous1@anonymous.invalid', state: 'full', displayText: 'Quiet Fox' };

const room = (list: readonly User[], more: Partial<ConferenceDocument> = {}): ConferenceDocument => ({
  entity: 'sip:board@conf.example.com',
  state: 'full',
  version: 7,
  description: { displayText: 'Board room', subject: 'Q3 numbers' },
  conferenceState: { userCount: list.length, active: true, locked: false },
  users: { state: 'full', list },
  ...more,
});

/** The step that selects the user with the n-th id. */
const id = (number: number): string => `ci:user[@entity='xcon-userid:u-${number}']`;

/** The operations of a change, one string each; lines that end inside of tags put together. */
function operations(change: string | null): string[] {
  const inside = /<conference-info-diff [^>]*>\n([^]*)<\/conference-info-diff>\n$/.exec(change ?? '')?.[1] ?? '';
  return inside
    .replace(/\n(?=\/?>| xcon:)/g, '')
    .trim()
    .split(/\n ?/);
}

test('6502-4.1-01 the types of the bodies', () => {
  expect(XCON_TYPE).toBe('application/xcon-conference-info+xml');
  expect(XCON_DIFF_TYPE).toBe('application/xcon-conference-info-diff+xml');
});

test('6501-4.6-01 SUB-17 a full document has XCON identifiers, and neither state nor version', async () => {
  const text = documents().full(room([dora]));
  expect(text).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" xmlns:xcon="urn:ietf:params:xml:ns:xcon-conference-info"',
      ' entity="xcon:board@conf.example.com">',
      ' <conference-description>',
      '  <display-text>Board room</display-text>',
      '  <subject>Q3 numbers</subject>',
      ' </conference-description>',
      ' <conference-state>',
      '  <user-count>1</user-count>',
      '  <active>true</active>',
      '  <locked>false</locked>',
      ' </conference-state>',
      ' <users>',
      '<user entity="xcon-userid:u-1"',
      ' xcon:nickname="The Chair"><display-text>Dora</display-text><associated-aors><entry>' +
        '<uri>sip:dora@example.com</uri></entry><entry><uri>tel:+34600000001</uri></entry>',
      '</associated-aors><roles><entry>moderator</entry></roles><endpoint entity="dora-1"><status>connected</status>' +
        '<media id="1"><type>message</type></media></endpoint></user>',
      ' </users>',
      '</conference-info>',
      '',
    ].join('\n'),
  );
  expect(await xconSchemaErrors(text)).toEqual([]);
});

test('6501-4.6-02 4575-5.6-01 4575-5.6-02 who hides has provide-anonymity, and no address but the made-up one', () => {
  const text = documents().full(room([fox]));
  expect(text).toContain('<xcon:provide-anonymity>private</xcon:provide-anonymity>');
  expect(text.match(/<uri>[^<]*/g)).toEqual(['<uri>sip:anonymous1@anonymous.invalid']);
});

test('6501-4.6-02 a view that may know who it is says that others do not', () => {
  const text = documents().full(room([{ ...dora, anonymity: 'semi-private' }]));
  expect(text).toContain('<xcon:provide-anonymity>semi-private</xcon:provide-anonymity>');
  expect(text).toContain('<uri>sip:dora@example.com</uri>');
});

test('6501-4.6-01 an id that is no XCON-USERID is refused', () => {
  for (const id of ['sip:dora@example.com', 'xcon-userid:Dora', 'xcon-userid:', "xcon-userid:o'n", 'xcon-userid:a\n']) {
    expect(() => new XconDocuments({ userId: () => id }).full(room([dora]))).toThrow(
      expect.objectContaining({ code: 'CHAT_ERR_BAD_XCON_USER_ID' }),
    );
  }
});

test('6502-5.1-01 no change is no document', () => {
  const xcon = documents();
  const same = { ...dora };
  expect(xcon.diff(room([dora]), room([same], { version: 8 }))).toBeNull();
});

test('6502-5.1-01 SUB-17 what was added, replaced and removed', () => {
  const xcon = documents();
  const named: User = { ...dora, nickname: 'Madam Chair', endpoints: [] };
  const change = xcon.diff(room([dora, fox]), room([named, eloy, { ...fox, nickname: 'Fox' }]));
  expect(change).toMatch(
    /^<\?xml [^\n]*\n<conference-info-diff xmlns="urn:ietf:params:xml:ns:xcon-conference-info" xmlns:ci="urn:ietf:params:xml:ns:conference-info" xmlns:xcon="urn:ietf:params:xml:ns:xcon-conference-info"\n entity="xcon:board@conf.example.com">\n/,
  );
  expect(operations(change)).toEqual([
    `<replace sel="*/ci:conference-state/ci:user-count/text()">3</replace>`,
    `<replace sel="*/ci:users/${id(1)}/@xcon:nickname">Madam Chair</replace>`,
    `<remove sel="*/ci:users/${id(1)}/ci:endpoint[@entity='dora-1']"/>`,
    `<add sel="*/ci:users/${id(1)}" pos="after"><ci:user entity="xcon-userid:u-3"><ci:display-text>Eloy</ci:display-text><ci:associated-aors><ci:entry><ci:uri>sip:eloy@example.com</ci:uri></ci:entry></ci:associated-aors></ci:user></add>`,
    `<add sel="*/ci:users/${id(2)}" type="@xcon:nickname">Fox</add>`,
  ]);
});

test('6502-5.1-01 joining, leaving and a nickname that is dropped', () => {
  const xcon = documents();
  const users = '*/ci:users';
  const count = { conferenceState: undefined };
  expect(operations(xcon.diff(room([dora], count), room([dora, eloy], count)))[0]).toMatch(
    /^<add sel="\*\/ci:users"><ci:user entity="xcon-userid:u-2">/,
  );
  expect(operations(xcon.diff(room([dora, eloy], count), room([eloy], count)))).toEqual([
    `<remove sel="${users}/${id(1)}"/>`,
  ]);
  expect(operations(xcon.diff(room([eloy], count), room([dora, eloy], count)))[0]).toMatch(
    /^<add sel="\*\/ci:users" pos="prepend"><ci:user entity="xcon-userid:u-1" xcon:nickname="The Chair">/,
  );
  expect(operations(xcon.diff(room([dora], count), room([{ ...dora, nickname: undefined }], count)))).toEqual([
    `<remove sel="${users}/${id(1)}/@xcon:nickname"/>`,
  ]);
});

const withEndpoint = (entity: string, status: 'connected' | 'pending'): ConferenceDocument =>
  room([{ entity: 'sip:o@n', state: 'full', endpoints: [{ entity, state: 'full', status }] }]);

test('6502-5.1-01 keys with a quote are selected; with both quotes the parent is replaced', () => {
  const xcon = documents();
  const user = `*/ci:users/ci:user[@entity='xcon-userid:u-1']`;
  expect(operations(xcon.diff(withEndpoint("o'n-1", 'pending'), withEndpoint("o'n-1", 'connected')))).toEqual([
    `<replace sel="${user}/ci:endpoint[@entity=&#34;o'n-1&#34;]/ci:status/text()">connected</replace>`,
  ]);
  expect(operations(xcon.diff(withEndpoint(`'"`, 'pending'), withEndpoint(`'"`, 'connected')))[0]).toMatch(
    /^<replace sel="\*\/ci:users\/ci:user\[@entity='xcon-userid:u-1'\]"><ci:user /,
  );
});

test('6502-5.1-01 the patch makes the document after of the one before', () => {
  fc.assert(
    fc.property(twoDocuments, ([before, after]) => {
      const xcon = documents();
      const change = xcon.diff(before, after);
      const held = xcon.full(before);
      const applied = change === null ? parseXml(held).root : applyPatch(held, change);
      expect(meaning(applied)).toEqual(meaning(parseXml(xcon.full(after)).root));
    }),
    { numRuns: 200 },
  );
});

test('6501-4.6-01 DOC-01 every full document is valid by the schemas of RFC 6501 and RFC 4575', async () => {
  await fc.assert(
    fc.asyncProperty(fullDocument, async (document) => {
      const text = documents().full(document);
      expect(await xconSchemaErrors(text)).toEqual([]);
      expect(await schemaErrors(text)).toEqual([]);
    }),
    { numRuns: 10 },
  );
});

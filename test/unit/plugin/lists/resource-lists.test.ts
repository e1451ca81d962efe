import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { parseResourceLists } from '../../../../plugin/lists/resource-lists.js';

const list = (entries: string, copyControl = 'urn:ietf:params:xml:ns:copycontrol'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="${copyControl}"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${entries}</resource-lists>`;

const refused = expect.objectContaining({ code: 'CHAT_ERR_RESOURCE_LIST', sipStatus: 400 });

test.each(['urn:ietf:params:xml:ns:copycontrol', 'urn:ietf:params:xml:ns:copyControl'])('FAC-08: %s', (namespace) => {
  const entries = parseResourceLists(
    list(
      `<list>
        <entry uri="sip:bill@example.com" cp:copyControl="to"/>
        <entry uri="sip:randy@example.net" cp:copyControl="cc" cp:anonymize="true"><display-name>Randy &amp; Co</display-name></entry>
        <entry uri="tel:+34600000001"/>
        <entry uri="sip:odd@example.net" cp:copyControl="all" cp:anonymize="no" copyControl="to"/>
      </list>`,
      namespace,
    ),
  );
  expect(entries).toEqual([
    { uri: 'sip:bill@example.com', copyControl: 'to', headers: {} },
    { uri: 'sip:randy@example.net', copyControl: 'cc', anonymize: true, displayName: 'Randy & Co', headers: {} },
    { uri: 'tel:+34600000001', headers: {} },
    { uri: 'sip:odd@example.net', headers: {} },
  ]);
});

test('FAC-07: lists in lists are one list; references and foreign elements are passed over', () => {
  const entries = parseResourceLists(
    list(`<list name="a"><entry uri="sip:1@a"/><list><display-name>inner</display-name><entry uri="sip:2@a"/>
      <external anchor="http://127.0.0.1:1/x"><display-name>y</display-name></external><entry-ref ref="resource-lists/users/x"/></list>
      <x:list xmlns:x="urn:x"><entry uri="sip:no@a"/></x:list></list><list><entry uri="sip:3@a"/></list><entry uri="sip:no@a"/>`),
  );
  expect(entries.map(({ uri }) => uri)).toEqual(['sip:1@a', 'sip:2@a', 'sip:3@a']);
});

test('FAC-18: of the headers in a URI only Session-Replaces is kept, and method is told apart', () => {
  const entries = parseResourceLists(
    list(`<list>
      <entry uri="sip:x@a;method=INVITE?Session-Replaces=abc%3B1"/>
      <entry uri="sip:x@a;user=phone;method=bye;transport=tcp"/>
      <entry uri="sip:x@a?method=BYE&amp;Route=%3Csip:evil%3E&amp;P-Asserted-Identity=sip:boss@a"/>
      <entry uri="sip:x@a?session-replaces=one%0d%0aRoute:%20x"/>
      <entry uri="tel:+34600;ext=1?Session-Replaces=2&amp;Session-Replaces=3"/>
      <entry uri="sip:a;method=b@c"/>
    </list>`),
  );
  expect(entries).toEqual([
    { uri: 'sip:x@a', method: 'INVITE', headers: { 'Session-Replaces': 'abc;1' } },
    { uri: 'sip:x@a;user=phone;transport=tcp', method: 'BYE', headers: {} },
    { uri: 'sip:x@a', method: 'BYE', headers: {} },
    { uri: 'sip:x@a', headers: {} },
    { uri: 'tel:+34600;ext=1', headers: { 'Session-Replaces': '2' } },
    { uri: 'sip:a;method=b@c', headers: {} },
  ]);
});

describe('FAC-07: what cannot be used is refused with 400', () => {
  const entities = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');

  test.each([
    ['nothing', ''],
    ['no XML', 'sip:a@b'],
    ['cut off', list('<list>').slice(0, -20)],
    ['another root', '<list xmlns="urn:ietf:params:xml:ns:resource-lists"/>'],
    ['no namespace', '<resource-lists><list/></resource-lists>'],
    ['an entry without URI', list('<list><entry/></list>')],
    ['an entry with an unusable URI', list('<list><entry uri="sip:a b@c"/></list>')],
    ['a method nobody asked for', list('<list><entry uri="sip:a@c;method=MESSAGE"/></list>')],
    ['a document type', `<!DOCTYPE resource-lists>${list('').slice(38)}`],
    ['an unknown entity', list('<list><entry uri="&x;"/></list>')],
    [
      'billion laughs',
      `<!DOCTYPE r [<!ENTITY l0 "sip:">${entities}]><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="&l9;"/></list></resource-lists>`,
    ],
    ['deep', list(`${'<list>'.repeat(20)}${'</list>'.repeat(20)}`)],
    ['too long', list(`<!--${'x'.repeat(65_536)}-->`)],
    ['too many entries', list(`<list>${'<entry uri="a:b"/>'.repeat(2_100)}</list>`)],
  ])('%s', (_, document) => {
    expect(() => parseResourceLists(document)).toThrow(refused);
  });

  test('external entities are neither read nor fetched', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lists-'));
    const file = join(directory, 'secret');
    writeFileSync(file, 'sip:secret@example.com');
    let asked = 0;
    const web = createServer((_, response) => {
      asked++;
      response.end('sip:secret@example.com');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    for (const system of [`file://${file}`, `http://127.0.0.1:${port}/`]) {
      const document = `<!DOCTYPE r [<!ENTITY x SYSTEM "${system}">]><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list><entry uri="sip:a@b"><display-name>&x;</display-name></entry></list></resource-lists>`;
      expect(() => parseResourceLists(document)).toThrow(refused);
    }
    await new Promise((resolve) => web.close(resolve));
    rmSync(directory, { recursive: true });
    expect(asked).toBe(0);
  });

  test('any text is a list or refused', () => {
    const pieces = fc.constantFrom(
      '<list>',
      '</list>',
      '<entry uri="sip:a@b?x=%"/>',
      '<entry uri="sip:a@b;method=BYE">',
      '</entry>',
      '<display-name>',
      '</display-name>',
      ']]>',
      '<![CDATA[',
      '&amp;',
      '&#x0;',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 20 }), (parts) => {
        try {
          for (const { uri } of parseResourceLists(list(parts.join('')))) expect(uri).toMatch(/^[a-z]+:/i);
        } catch (error) {
          expect(error).toBeInstanceOf(ChatroomsError);
        }
      }),
    );
  });
});

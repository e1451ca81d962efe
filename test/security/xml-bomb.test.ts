import { type AddressInfo, createServer, type Server } from 'node:net';
import { readConferenceInfo } from '../../lib/client/conference-info.js';
import { readStatusDocument } from '../../lib/client/status/status-document.js';
import { Bystanders } from '../support/bystanders.js';
import { Callees } from '../support/callee.js';
import { Caller } from '../support/caller.js';
import { Referrer } from '../support/referrer.js';
import { ServerUnderTest } from '../support/server.js';

const NS = 'urn:ietf:params:xml:ns:resource-lists';
const ENTRY = '<entry uri="sip:carla@example.com"/>';
const wrapped = (content: string, doctype = ''): string =>
  `<?xml version="1.0"?>${doctype}<resource-lists xmlns="${NS}"><list>${content}</list></resource-lists>`;

const LAUGHS = [
  '<!DOCTYPE l [<!ENTITY a0 "ha">',
  ...Array.from({ length: 30 }, (_, n) => `<!ENTITY a${n + 1} "${`&a${n};`.repeat(10)}">`),
  ']>',
].join('');

let callees: Callees;
let server: ServerUnderTest;
let listener: Server;
/** Connections to what an external entity names. */
let fetched = 0;

beforeAll(async () => {
  callees = await Callees.start('tcp');
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy });
  listener = createServer((socket) => {
    fetched++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
});
afterEach(() => server.clear());
afterAll(async () => {
  await server?.close();
  await callees?.close();
  await new Promise((resolve) => listener.close(resolve));
});

const url = (): string => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/x.dtd`;

const BOMBS: [string, () => string][] = [
  ['billion laughs', () => wrapped(`<entry uri="sip:&a30;@example.com"/>`, LAUGHS)],
  ['quadratic blowup', () => wrapped(ENTRY, `<!DOCTYPE l [<!ENTITY a "${'x'.repeat(30_000)}">]>`)],
  ['XXE of a file', () => wrapped('<entry uri="&f;"/>', '<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>')],
  ['XXE of a URL', () => wrapped('<entry uri="&f;"/>', `<!DOCTYPE l [<!ENTITY f SYSTEM "${url()}">]>`)],
  ['a parameter entity', () => wrapped(ENTRY, `<!DOCTYPE l [<!ENTITY % p SYSTEM "${url()}"> %p;]>`)],
  ['an external DTD', () => wrapped(ENTRY, `<!DOCTYPE l SYSTEM "${url()}">`)],
  ['an entity that nobody declared', () => wrapped('<entry uri="sip:&file;@example.com"/>')],
  ['elements within each other, 5000', () => wrapped('<list>'.repeat(5000) + ENTRY + '</list>'.repeat(5000))],
  ['elements within each other, never closed', () => wrapped('<list>'.repeat(8000))],
  ['an attribute of 60 KiB', () => wrapped(`<entry uri="sip:${'a'.repeat(61_000)}@example.com"/>`)],
  ['a document of 200 KiB', () => wrapped(`<!--${'x'.repeat(200_000)}-->${ENTRY}`)],
  ['the same attribute twice', () => wrapped('<entry uri="sip:a@example.com" uri="sip:b@example.com"/>')],
  ['an undeclared prefix', () => wrapped('<x:entry uri="sip:a@example.com"/>')],
  ['a character that is none', () => wrapped('<entry uri="sip:&#0;@example.com"/>')],
];

describe('XML bomb in the list of a REFER', () => {
  test.each(BOMBS)('%s: 400, and nothing is fetched', async (_what, bomb) => {
    const bystanders = await Bystanders.in(server, server.newRoom('conf.example.com'));
    const eve = await Referrer.inside(server, bystanders.room, { way: 'in dialog', transport: 'tcp' });
    const headers: [string, string][] = [
      ['Refer-To', '<cid:l@x>'],
      ['Require', 'multiple-refer, norefersub'],
      ['Refer-Sub', 'false'],
      ['Content-Type', 'application/resource-lists+xml'],
      ['Content-Disposition', 'recipient-list'],
      ['Content-ID', '<l@x>'],
    ];
    const { response } = await eve.refer({ headers, body: bomb() });
    expect(response.status).toBe(400);
    expect(`${response.reason}${[...response.headers].join('')}${response.body.toString()}`).not.toContain('root:');
    await bystanders.undisturbed();
    expect(fetched).toBe(0);
  });

  test('many attributes and comments that say nothing do no harm', async () => {
    const bystanders = await Bystanders.in(server, server.newRoom('conf.example.com'));
    const eve = await Referrer.inside(server, bystanders.room, { way: 'in dialog', transport: 'tcp' });
    const many = Array.from({ length: 4000 }, (_, n) => `a${n}="1"`).join(' ');
    const body = wrapped(`<entry uri="sip:bob@example.com" ${many}/>${'<!---->'.repeat(1000)}`);
    const headers: [string, string][] = [
      ['Refer-To', '<cid:l@x>'],
      ['Require', 'multiple-refer, norefersub'],
      ['Refer-Sub', 'false'],
      ['Content-Type', 'application/resource-lists+xml'],
      ['Content-ID', '<l@x>'],
    ];
    // Bob is in already, so nobody is called.
    expect((await eve.refer({ headers, body })).response.status).toBe(202);
    await bystanders.undisturbed();
  });
});

const composing = (content: string, doctype = ''): string =>
  `<?xml version="1.0"?>${doctype}<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing">${content}</isComposing>`;

const info = (content: string, doctype = ''): string =>
  `${doctype}<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:r@x" version="1">${content}</conference-info>`;

/** The room passes on what it does not read; what participants of this package read is as strict. */
describe('XML bomb to the other participants', () => {
  test.each([
    ['billion laughs', composing('<state>&a30;</state>', LAUGHS)],
    ['XXE', composing('<state>&f;</state>', '<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>')],
    ['depth', composing('<x>'.repeat(20_000))],
    ['size', composing(`<state>${'active'.repeat(20_000)}</state>`)],
  ])('%s as an is-composing document: they go on', async (_what, document) => {
    const bystanders = await Bystanders.in(server);
    const eve = await Caller.join(server, bystanders.room);
    const type = 'Content-Type: application/im-iscomposing+xml';
    const body = `From: <sip:caller@example.com>\r\nTo: <${bystanders.room}>\r\n\r\n${type}\r\n\r\n${document}`;
    expect(await eve.exchange(body)).toMatchObject({ what: '200' });
    await bystanders.undisturbed();
    expect(readStatusDocument(Buffer.from(document), 'urn:ietf:params:xml:ns:im-iscomposing')).toBeUndefined();
  });

  test.each([
    ['billion laughs', info('<users><user entity="&a30;"/></users>', LAUGHS)],
    ['XXE', info('<users/>', '<!DOCTYPE l SYSTEM "file:///etc/passwd">')],
    ['depth', info('<users>'.repeat(20_000))],
    ['size', info(`<users><user entity="${'x'.repeat(5_000_000)}"/></users>`)],
  ])('%s as a conference-info document is refused', (_what, document) => {
    expect(() => readConferenceInfo(document)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_BAD_ROSTER' }));
  });
});

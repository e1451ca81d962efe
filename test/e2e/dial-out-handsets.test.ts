import { answer, Callees, sdpOf } from '../support/callee.js';
import { newPath } from '../support/caller.js';
import { ServerUnderTest } from '../support/server.js';
import { bodyParts } from '../../plugin/sip/multipart.js';
import type { Identity } from '../../lib/chat-server.js';
import type { Invitee, Progress } from '../../plugin/invitations/invitations.js';
import { roomFrom } from '../../plugin/sip/room-uri.js';

const NUMBER = 'tel:+33600000002';
const ANA: Identity = {
  uri: 'sip:ana@example.com',
  aliases: ['tel:+33600000001'],
  displayName: 'Ana',
  anonymous: false,
  anonymousUri: null,
};
const TAGS = '+g.oma.sip-im;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session.group"';
const APPLICATIONS = `+g.3gpp.iari-ref="${['geopush', 'fthttp', 'ftthumb']
  .map((name) => `urn%3Aurn-7%3A3gpp-application.ims.iari.rcs.${name}`)
  .join()}"`;

let callees: Callees;
let server: ServerUnderTest;

beforeAll(async () => {
  callees = await Callees.start('tcp');
  const trustedPeers = ['127.0.0.1/32'];
  server = await ServerUnderTest.start({ outboundProxy: callees.proxy, profile: 'rcs', trustedPeers });
});
afterEach(() => server.clear());
afterAll(async () => {
  await server?.close();
  await callees?.close();
});

/** Invites as REFER and the factory do; resolves with what is final. */
function invite(
  invitees: Invitee[],
  {
    by = ANA,
    headers,
    subject = 'Trip to Porto',
    on = server,
  }: {
    by?: Identity | null;
    headers?: Record<string, string>;
    subject?: string;
    on?: ServerUnderTest;
  } = {},
): { uri: string; finals: Promise<Progress[]> } {
  const room = roomFrom(on.newRoom('conf.example.com'), '');
  if (!room) throw new Error('no room');
  on.server.create(room.uri, { subject });
  const finals: Progress[] = [];
  return {
    uri: room.uri,
    finals: new Promise((resolve) => {
      on.server.invitations.invite({ room, invitees, by, ...(headers && { headers }) }, (progress) => {
        if (progress.final) finals.push(progress);
        if (finals.length === invitees.length) resolve(finals);
      });
    }),
  };
}

test('INV-05, INV-06, INV-07, INV-08, SDP-19: what a handset has to find in the INVITE', async () => {
  const { uri, finals } = invite([{ uri: NUMBER }]);
  const invited = await callees.invited();
  expect(invited.request.uri).toBe(NUMBER);
  expect(invited.header('Contact')).toBe(`<${uri}>;isfocus;${TAGS};${APPLICATIONS}`);
  expect(invited.request.headers.getAll('Accept-Contact')).toEqual(TAGS.split(';').map((tag) => `*;${tag}`));
  expect(invited.header('P-Asserted-Identity')).toBe(`<${uri}>`);
  expect(invited.header('P-Asserted-Service')).toBe('urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session.group');
  expect(invited.header('Subject')).toBe('Trip to Porto');
  expect(invited.header('Contribution-ID')).toMatch(/^[0-9a-f]{32}$/);
  expect(invited.header('Conversation-ID')).toMatch(/^[0-9a-f]{32}$/);
  expect(invited.header('User-Agent')).toBeUndefined();
  expect(invited.sdp).toMatch(/^c=IN IP4 .*\r\n[\s\S]*m=message .*\r\n[\s\S]*a=setup:actpass\r\n/m);
  expect(invited.sdp).toContain('a=sendrecv\r\n');
  // Nobody on the list may be told of.
  expect(invited.header('Content-Type')).toBe('application/sdp');
  // TMR-04.
  expect(invited.header('Session-Expires')).toBeUndefined();
  invited.reply(603);
  expect(await finals).toMatchObject([{ status: 603 }]);
});

test('INV-04: Referred-By has the number of who invited, in angle brackets, and a name', async () => {
  const { finals } = invite([{ uri: NUMBER }]);
  const invited = await callees.invited();
  expect(invited.header('Referred-By')).toBe('"Ana" <tel:+33600000001>');
  invited.reply(480);
  await finals;
  const nameless = invite([{ uri: NUMBER }], { by: { ...ANA, displayName: null } });
  const again = await callees.invited();
  expect(again.header('Referred-By')).toBe('"+33600000001" <tel:+33600000001>');
  again.reply(480);
  await nameless.finals;
});

test('IDN-11: of somebody who hides, nothing is told', async () => {
  const { finals } = invite([{ uri: NUMBER }], { by: { ...ANA, anonymous: true } });
  const invited = await callees.invited();
  expect(invited.header('Referred-By')).toBeUndefined();
  expect(invited.request.headers.getAll('P-Asserted-Identity').join()).not.toContain('ana');
  invited.reply(480);
  await finals;
});

test('HDR-02, HDR-03, INV-09: of the request that caused it only the charging vector goes on; without one it is made', async () => {
  const headers = {
    'P-Charging-Vector': 'icid-value=5f0c;icid-generated-at=192.0.2.99',
    'P-Access-Network-Info': '3GPP-E-UTRAN-FDD',
    'User-Agent': 'handset',
    'Accept-Contact': '*;+sip.instance="<urn:uuid:1>"',
    Geolocation: '<cid:x>',
  };
  const { finals } = invite([{ uri: NUMBER }], { headers });
  const invited = await callees.invited();
  expect(invited.header('P-Charging-Vector')).toBe(headers['P-Charging-Vector']);
  for (const name of ['P-Access-Network-Info', 'User-Agent', 'Geolocation'])
    expect(invited.header(name)).toBeUndefined();
  expect(invited.request.headers.getAll('Accept-Contact').join()).not.toContain('instance');
  invited.reply(480);
  await finals;
  const other = invite([{ uri: NUMBER }]);
  const made = await callees.invited();
  expect(made.header('P-Charging-Vector')).toMatch(/^icid-value="[\w-]+";icid-generated-at=conf\.example\.com$/);
  made.reply(480);
  await other.finals;
});

test('FAC-18: Session-Replaces of one entry is in its INVITE alone, and no other header of an entry', async () => {
  const own = { 'Session-Replaces': 'abc', Route: '<sip:evil>', 'P-Asserted-Identity': '<sip:boss@example.com>' };
  const { uri, finals } = invite([{ uri: NUMBER, headers: own }, { uri: 'tel:+33600000003' }]);
  const invited = [await callees.invited(), await callees.invited()];
  const byUri = new Map(invited.map((each) => [each.request.uri, each]));
  expect(byUri.get(NUMBER)?.header('Session-Replaces')).toBe('abc');
  expect(byUri.get(NUMBER)?.header('Route')).toBeUndefined();
  expect(byUri.get(NUMBER)?.header('P-Asserted-Identity')).toBe(`<${uri}>`);
  expect(byUri.get('tel:+33600000003')?.header('Session-Replaces')).toBeUndefined();
  for (const each of invited) each.reply(480);
  await finals;
});

describe('INV-11: who else is invited', () => {
  const list: Invitee[] = [
    { uri: NUMBER, copyControl: 'to' },
    { uri: 'sip:+33600000003@ims.example.net;user=phone', copyControl: 'cc' },
    { uri: 'tel:+33600000004' },
    { uri: 'tel:+33600000005', copyControl: 'to', anonymize: true },
    { uri: 'tel:+33600000006', copyControl: 'to', anonymize: true },
  ];

  test('INV-12: is a second part, SDP first; bcc is not in it, and the anonymous are counted', async () => {
    const { finals } = invite(list);
    const invited = [];
    for (const _each of list) invited.push(await callees.invited());
    const [first] = invited;
    const type = first.header('Content-Type') ?? '';
    expect(type).toMatch(/^multipart\/mixed;boundary=[A-Za-z0-9]+$/);
    const body = first.request.body.toString();
    const boundary = type.slice(type.indexOf('=') + 1);
    expect(body.startsWith(`--${boundary}\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n`)).toBe(true);
    expect(body).toContain(
      `\r\n--${boundary}\r\nContent-Type: application/resource-lists+xml\r\nContent-Disposition: recipient-list-history; handling=optional\r\n\r\n<?xml`,
    );
    expect(body.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true);
    expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const [, document] = bodyParts(type, body);
    const entries = [...document.content.matchAll(/<entry (.*)\/>/g)].map(([, attributes]) => attributes);
    expect(entries).toEqual([
      `uri="${NUMBER}" cp:copyControl="to"`,
      'uri="sip:+33600000003@ims.example.net;user=phone" cp:copyControl="cc"',
      'uri="sip:anonymous@anonymous.invalid" cp:copyControl="to" cp:count="2"',
    ]);
    for (const each of invited) each.reply(486);
    expect(await finals).toHaveLength(5);
  });

  test('INV-16: 415: once more without it', async () => {
    const { finals } = invite(list.slice(0, 1));
    const first = await callees.invited();
    expect(first.header('Content-Type')).toContain('multipart');
    first.reply(415, [['Accept', 'application/sdp']]);
    const second = await callees.invited();
    expect(second.header('Content-Type')).toBe('application/sdp');
    expect(second.request.body.toString()).toBe(sdpOf(first.request));
    const path = newPath();
    const bob = await second.accept(answer(path));
    await bob.connect(path);
    expect(await finals).toMatchObject([{ status: 200 }]);
    await bob.bye();
  });

  test('and is not told where the room says so', async () => {
    const quiet = await ServerUnderTest.start({
      outboundProxy: callees.proxy,
      profile: 'rcs',
      rooms: { defaults: { tellInvited: false } },
    });
    const { finals } = invite(list.slice(0, 1), { on: quiet });
    const invited = await callees.invited();
    expect(invited.header('Content-Type')).toBe('application/sdp');
    // IDN-11: nor does a proxy that is not trusted hear of identities.
    expect(invited.header('P-Asserted-Identity')).toBeUndefined();
    expect(invited.header('P-Charging-Vector')).toBeUndefined();
    invited.reply(486);
    await finals;
    await quiet.close();
  });
});

test('IDN-06: one number, however it is written, is called once', async () => {
  const { finals } = invite([{ uri: NUMBER }, { uri: 'sip:+33600000002@ims.example.net;user=phone' }]);
  const invited = await callees.invited();
  invited.reply(486);
  expect(await finals).toMatchObject([{ status: 486 }, { status: 486 }]);
  expect(callees.sip.unread).toBe(0);
});

const some = (count: number): Invitee[] =>
  Array.from({ length: count }, (_, index) => ({ uri: `tel:+3360000${1000 + index}` }));

describe('REF-15, FAC-10: how many one user may have invited', () => {
  test('a longer list than `maxListEntries` invites nobody', () => {
    const room = roomFrom(server.newRoom('conf.example.com'), '');
    if (!room) throw new Error('no room');
    server.server.create(room.uri);
    const inviting = () => server.server.invitations.invite({ room, invitees: some(51), by: ANA });
    expect(inviting).toThrow(expect.objectContaining({ code: 'CHAT_ERR_TOO_MANY_INVITED', sipStatus: 486 }));
    expect(callees.sip.unread).toBe(0);
  });

  test('more than `perMinute` are refused, those of others not', async () => {
    const busy: Identity = { ...ANA, uri: 'sip:busy@example.com' };
    const { finals } = invite(some(20), { by: busy });
    for (let index = 0; index < 20; index++) (await callees.invited()).reply(486);
    await finals;
    const more = invite([{ uri: NUMBER }], { by: busy });
    await expect(more.finals).rejects.toMatchObject({ code: 'CHAT_ERR_TOO_MANY_INVITED', sipStatus: 403 });
    const other = invite([{ uri: NUMBER }], { by: { ...ANA, uri: 'sip:other@example.com' } });
    (await callees.invited()).reply(486);
    await other.finals;
  });
});

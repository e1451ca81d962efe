import { Headers, type SipRequest } from '../../../../lib/embedded-drachtio/sip.js';
import { GroupRoster } from '../../../support/handset/group-roster.js';
import { readInvitation } from '../../../support/handset/invitation.js';

const TAGS = '+g.oma.sip-im;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session.group"';
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=message 2855 TCP/MSRP *',
  'a=path:msrp://192.0.2.1:2855/abc;tcp',
  'a=setup:actpass',
  'a=sendrecv',
  '',
].join('\r\n');

const INVITE = {
  Contact: `<sip:gc-1@conf.example.com>;isfocus;${TAGS}`,
  'Accept-Contact': '*;+g.oma.sip-im',
  'P-Asserted-Identity': '<sip:gc-1@conf.example.com>',
  'Referred-By': '"Ana" <tel:+33600000001>',
  'Contribution-ID': 'c1',
  'Conversation-ID': 'v1',
  Subject: 'Trip',
  'Content-Type': 'application/sdp',
};

/** What a handset makes of an INVITE that is as it should be but for this. */
function read(change: Record<string, string>, body = SDP) {
  const headers = new Headers(Object.entries({ ...INVITE, ...change }));
  const request: SipRequest = { kind: 'request', method: 'INVITE', uri: 'tel:+33', headers, body: Buffer.from(body) };
  return readInvitation(request, '<urn:uuid:1>');
}

test('INV-04 … INV-10: an INVITE that a handset takes', () => {
  expect(read({})).toMatchObject({ room: 'sip:gc-1@conf.example.com', contributionId: 'c1', inviter: '+33600000001' });
});

test.each([
  ['INV-04: no number in Referred-By', { 'Referred-By': '<sip:ana@example.com>' }, SDP, 603],
  ['INV-04: no angle brackets', { 'Referred-By': 'tel:+33600000001' }, SDP, 603],
  ['INV-05: the service of stored messages', { 'P-Asserted-Identity': '<sip:rcse-standfw@x>' }, SDP, 403],
  ['INV-06: no Contribution-ID', { 'Contribution-ID': '' }, SDP, 603],
  ['INV-06: no Subject', { Subject: '' }, SDP, 603],
  ['INV-07: no tag of SIMPLE IM', { Contact: '<sip:gc-1@conf.example.com>;isfocus' }, SDP, 403],
  ['INV-09: another device', { 'Accept-Contact': '*;+sip.instance="<urn:uuid:2>"' }, SDP, 486],
  ['INV-10: no SDP', {}, '', 606],
  ['INV-10: a file', {}, `${SDP}a=file-selector:name:"x"\r\n`, 603],
  ['SDP-19: passive', {}, SDP.replace('actpass', 'passive'), 488],
  ['SDP-19: audio first', {}, SDP.replace('m=message', 'm=audio 9 RTP/AVP 0\r\nm=message'), 488],
  [
    'INV-12: a part with a parameter',
    { 'Content-Type': 'multipart/mixed;boundary=b' },
    multipart('b', ';charset=utf-8'),
    606,
  ],
  [
    'INV-12: a boundary that is no plain text to a regular expression',
    { 'Content-Type': 'multipart/mixed;boundary=b+1' },
    multipart('b+1', ''),
    606,
  ],
])('%s', (_name, change, body, status) => {
  expect(read(change, body)).toMatchObject({ status });
});

function multipart(boundary: string, parameter: string): string {
  return `--${boundary}\r\nContent-Type: application/sdp${parameter}\r\n\r\n${SDP}\r\n--${boundary}--\r\n`;
}

const document = (users: string, root = 'state="full" version="0"'): string =>
  `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:r@x" ${root}><users>${users}</users></conference-info>`;
const user = (endpoint: string, state = 'full'): string =>
  `<user entity="tel:+33600000002" state="${state}">${endpoint}</user>`;
const CONNECTED = '<endpoint entity="e"><status>connected</status></endpoint>';

test.each([
  ['DOC-12: on-hold', document(user('<endpoint entity="e"><status>on-hold</status></endpoint>'))],
  ['DOC-13: media', document(user('<endpoint entity="e"><status>connected</status><media id="1"/></endpoint>'))],
  ['DOC-14: two endpoints', document(user(CONNECTED + CONNECTED))],
  ['DOC-15: deleted', document(user(CONNECTED, 'deleted'))],
  ['DOC-15: no endpoint', document(user(''))],
  ['DOC-16: no state', document(user(CONNECTED), 'version="0"')],
])('%s: the whole document is thrown away', (_name, text) => {
  const roster = new GroupRoster();
  roster.read(text);
  expect(roster.thrown).toHaveLength(1);
  expect(roster.members.size).toBe(0);
  roster.read(document(user(CONNECTED)));
  expect([...roster.members]).toEqual([['+33600000002', 'CONNECTED']]);
});

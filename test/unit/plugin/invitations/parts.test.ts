import { array, assert as check, property, stringMatching } from 'fast-check';
import { bodyParts, writeMultipart } from '../../../../plugin/sip/multipart.js';
import { historyList } from '../../../../plugin/invitations/history-list.js';
import { inviteHeaders, type InvitationFacts } from '../../../../plugin/invitations/invite-headers.js';
import { mayDial } from '../../../../plugin/invitations/targets.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';
import { ROOM_DEFAULTS } from '../../../../lib/focus/index.js';

const hidden = (copyControl: 'to' | 'cc') => ({ uri: 'sip:x@y', copyControl, anonymize: true });

const isRoom = (uri: string): boolean => uri === 'sip:lunch@rooms.example';

describe('INV-12: multipart bodies that we write', () => {
  const line = stringMatching(/^[ -~]{0,40}$/);
  const content = array(line, { maxLength: 5 }).map((all) => all.join('\r\n'));

  test('are read as they were written, whatever they hold', () => {
    check(
      property(array(content, { minLength: 1, maxLength: 4 }), (contents) => {
        const { type, body } = writeMultipart(contents.map((text) => ({ type: 'text/plain', content: text })));
        expect(bodyParts(type, body).map((part) => part.content)).toEqual(contents);
      }),
    );
  });

  test('have a boundary of letters and digits', () => {
    expect(writeMultipart([{ type: 'text/plain', content: '' }]).type).toMatch(
      /^multipart\/mixed;boundary=[A-Za-z0-9]{10,70}$/,
    );
  });
});

describe('INV-11: who else is invited', () => {
  test('nobody, when all are bcc, or nothing is said', () => {
    expect(historyList([])).toBeNull();
    expect(historyList([{ uri: 'sip:a@b' }, { uri: 'sip:c@d', copyControl: 'bcc', anonymize: true }])).toBeNull();
  });

  test('what is special in XML is escaped', () => {
    const document = historyList([{ uri: `sip:a&b'"<>@c`, copyControl: 'to' }]);
    expect(document).toContain('uri="sip:a&amp;b&apos;&quot;&lt;&gt;@c"');
  });

  test('the anonymous are counted by kind', () => {
    const document = historyList([hidden('to'), hidden('cc'), hidden('to')]);
    expect(document).toContain('cp:copyControl="to" cp:count="2"');
    expect(document).toContain('cp:copyControl="cc" cp:count="1"');
    expect(document).not.toContain('sip:x@y');
  });
});

const by = (domain: string[] | (() => null), outboundProxy?: string) => (uri: string) =>
  mayDial(uri, { settings: { domain, outboundProxy }, isRoom });

describe('INV-02, REF-15: what may be dialled', () => {
  test('where domains are decided by a function, a room that exists is not', () => {
    const may = by(() => null);
    expect(may('sip:lunch@rooms.example;transport=tcp')).toBe(false);
    expect(may('sip:bob@rooms.example')).toBe(true);
  });

  test('a number only by way of a proxy', () => {
    expect(by(['a'])('tel:+33612345678')).toBe(false);
    expect(by(['a'], 'sip:proxy')('tel:+33-6-12(34)5678;phone-context=example.com')).toBe(true);
    expect(by(['a'], 'sip:proxy')('tel:alice')).toBe(false);
    expect(by(['a'], 'sip:proxy')('tel:')).toBe(false);
    expect(by(['a'], 'sip:proxy')('tel:+33\r\nVia: x')).toBe(false);
  });

  test('nothing of any length', () => {
    expect(by(['a'])(`sip:${'x'.repeat(2000)}@b`)).toBe(false);
  });
});

describe('the headers of an INVITE', () => {
  const settings = parseOptions({ profile: 'rcs' });
  const facts: InvitationFacts = {
    room: { uri: 'sip:gc-1@conf.example.com', name: 'gc-1', domain: 'conf.example.com' },
    config: { ...ROOM_DEFAULTS, subject: 'Trip ü' },
    origin: {
      contributionId: 'abc',
      conversationId: 'def',
      inReplyTo: 'ghi',
      subject: 'Trip%20%C3%BC',
      creator: 'tel:+33600000001',
    },
    uri: 'tel:+33600000002',
    by: null,
    referredBy: undefined,
    subject: undefined,
    own: {},
    cause: {},
    trusted: false,
    contact: '<sip:gc-1@conf.example.com>;isfocus',
  };

  test('FAC-15, FAC-17, FAC-19, INV-06: what made the room is in them as it was written', () => {
    expect(inviteHeaders(facts, settings)).toMatchObject({
      'Contribution-ID': 'abc',
      'Conversation-ID': 'def',
      'InReplyTo-Contribution-ID': 'ghi',
      Subject: 'Trip%20%C3%BC',
    });
    expect(inviteHeaders({ ...facts, config: { ...facts.config, subject: 'Other' } }, settings).Subject).toBe('Other');
  });

  test('FAC-17: the subject has at most 255 octets, and no half character', () => {
    const { Subject = '' } = inviteHeaders({ ...facts, subject: `a${'ü'.repeat(200)}` }, settings);
    expect(Buffer.byteLength(Subject)).toBe(255);
    expect(Subject).toMatch(/^aü+$/);
  });

  test('INV-04: the program invites in the name of who made the group', () => {
    expect(inviteHeaders(facts, settings)['Referred-By']).toBe('"+33600000001" <tel:+33600000001>');
  });

  test('INV-06: a room that no handset made has ids of its own, the same for ever', () => {
    const [first, again] = [1, 2].map(() => inviteHeaders({ ...facts, origin: null, config: ROOM_DEFAULTS }, settings));
    expect(first).toEqual(again);
    expect(first.Subject).toBe('gc-1');
    expect(first['Contribution-ID']).not.toBe(first['Conversation-ID']);
  });

  test('without the profile there is none of that', () => {
    const plain = inviteHeaders({ ...facts, origin: null, config: ROOM_DEFAULTS, trusted: true }, parseOptions({}));
    expect(Object.keys(plain).toSorted()).toEqual(['Allow', 'Allow-Events', 'Contact', 'From', 'Max-Forwards', 'To']);
  });
});

import { readConferenceInfo } from '../../../lib/client/conference-info.js';

const NS = 'xmlns="urn:ietf:params:xml:ns:conference-info"';
const XCON = 'xmlns:x="urn:ietf:params:xml:ns:xcon-conference-info"';

const DOCUMENT = `<?xml version="1.0" encoding="UTF-8"?>
<conference-info ${NS} ${XCON} entity="sip:lunch@conf.example.com" state="full" version="3">
  <conference-description><display-text>Lunch</display-text><subject>Pizza &amp; pasta</subject></conference-description>
  <conference-state><user-count>2</user-count></conference-state>
  <users state="full">
    <user entity="sip:ana@example.com" state="full" x:nickname="Ana B.">
      <display-text>Ana</display-text>
      <f:extra xmlns:f="urn:other"><f:display-text>not this</f:display-text></f:extra>
      <roles><entry>moderator</entry><entry>participant</entry></roles>
      <endpoint entity="ana-1"><display-text>desk</display-text><status>connected</status></endpoint>
      <endpoint entity="ana-2"><status>disconnected</status><disconnection-method>departed</disconnection-method></endpoint>
    </user>
    <user entity="sip:bruno@example.com" state="partial"><display-text><![CDATA[<Bruno>]]></display-text></user>
    <user><display-text>nobody</display-text></user>
  </users>
</conference-info>`;

describe('reading conference-info (RFC 4575)', () => {
  test('takes what a participant needs', () => {
    expect(readConferenceInfo(DOCUMENT)).toEqual({
      entity: 'sip:lunch@conf.example.com',
      state: 'full',
      version: 3,
      described: true,
      title: 'Lunch',
      subject: 'Pizza & pasta',
      userCount: 2,
      users: {
        state: 'full',
        list: [
          {
            entity: 'sip:ana@example.com',
            state: 'full',
            nickname: 'Ana B.',
            displayText: 'Ana',
            roles: ['moderator', 'participant'],
            endpoints: [
              { entity: 'ana-1', state: 'full', status: 'connected' },
              { entity: 'ana-2', state: 'full', status: 'disconnected', disconnectionMethod: 'departed' },
            ],
          },
          { entity: 'sip:bruno@example.com', state: 'partial', displayText: '<Bruno>', endpoints: [] },
        ],
      },
    });
  });

  test('prefixes are a matter of spelling', () => {
    const info = readConferenceInfo(
      '<c:conference-info xmlns:c="urn:ietf:params:xml:ns:conference-info" entity="sip:r@h" version="1" state="partial"/>',
    );
    expect(info).toEqual({ entity: 'sip:r@h', version: 1, state: 'partial' });
  });

  test.each([
    ['not XML', 'hello'],
    ['not well-formed', `<conference-info ${NS}><users></conference-info>`],
    ['another root', '<presence xmlns="urn:ietf:params:xml:ns:pidf"/>'],
    ['another namespace', '<conference-info entity="sip:r@h"/>'],
    ['empty', ''],
    ['a DTD', `<!DOCTYPE c [<!ENTITY a "aaaa">]><conference-info ${NS} entity="sip:r@h"/>`],
    ['an undefined entity', `<conference-info ${NS} entity="sip:r@h"><users>&a;</users></conference-info>`],
    ['too deep', `<conference-info ${NS}>${'<a>'.repeat(40)}${'</a>'.repeat(40)}</conference-info>`],
    ['too long', `<conference-info ${NS}>${' '.repeat(5 * 1024 * 1024)}</conference-info>`],
  ])('%s is refused', (_name, document) => {
    expect(() => readConferenceInfo(document)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_BAD_ROSTER' }));
  });
});

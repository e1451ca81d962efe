import { answerOffer, type LocalSession, parseSdp, refuseOffer } from '../../../lib/sdp/index.js';

const ROOM: LocalSession = {
  sessionId: 'rm7Kq2ZtW9xA1c',
  tcp: { host: 'chat.example.net', port: 2855 },
  tls: { host: 'chat.example.net', port: 2856 },
  fingerprint: { hash: 'sha-256', value: '00:11' },
  originId: 42,
  chatroom: ['nickname', 'private-messages'],
};

const TYPES = ['a=accept-types:message/cpim text/plain', 'a=accept-wrapped-types:*'];

const message = (lines: readonly string[] = [], m = 'm=message 7394 TCP/MSRP *') => [
  m,
  'a=path:msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp',
  ...TYPES,
  ...lines,
];

const offer = (...lines: string[]) =>
  ['v=0', 'o=alice 1 1 IN IP4 alice.example.org', 's=-', 'c=IN IP4 alice.example.org', 't=0 0', ...lines, ''].join(
    '\r\n',
  );

const answerTo = (text: string, local: Partial<LocalSession> = {}) => {
  const answer = answerOffer(text, { ...ROOM, ...local });
  if (answer.result !== 'accept') throw new Error([...answer.refusals.values()].join());
  return answer;
};

const refusalOf = (text: string, local: Partial<LocalSession> = {}) => {
  const answer = answerOffer(text, { ...ROOM, ...local });
  return answer.result === '488' ? answer.refusals.get(0) : 'accepted';
};

const octets = (byte: string, count: number) => Array.from({ length: count }, () => byte).join(':');

const anyHost = () => true;

const through = (...lines: string[]) =>
  offer(...message(lines, 'm=message 31000 TCP/MSRP *')).replace('c=IN IP4 alice.example.org', 'c=IN IP4 203.0.113.7');

test('7701-5.2-03 7701-5.2-04 7701-8-03 6135-4.2-01 4975-8.1-02 4975-6-07 golden answer', () => {
  expect(answerTo(offer(...message(['a=setup:actpass']))).sdp).toBe(
    [
      'v=0',
      'o=- 42 1 IN IP4 chat.example.net',
      's=-',
      'c=IN IP4 chat.example.net',
      't=0 0',
      'm=message 2855 TCP/MSRP *',
      'a=setup:passive',
      'a=path:msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp',
      'a=accept-types:message/cpim',
      'a=accept-wrapped-types:*',
      'a=chatroom:nickname private-messages',
      '',
    ].join('\r\n'),
  );
});

test('4975-8.1-05 8122-5-02 a TLS line is answered with proto, msrps URI and fingerprint', () => {
  const lines = message(['a=setup:active'], 'm=message 7394 TCP/TLS/MSRP *').map((l) => l.replace('msrp:', 'msrps:'));
  const { sdp, session } = answerTo(offer(...lines));
  expect(sdp).toContain('m=message 2856 TCP/TLS/MSRP *\r\n');
  expect(sdp).toContain('a=path:msrps://chat.example.net:2856/rm7Kq2ZtW9xA1c;tcp\r\n');
  expect(sdp).toContain('a=fingerprint:SHA-256 00:11\r\n');
  expect(session).toMatchObject({ secure: true, connector: 'peer', localUri: expect.stringMatching(/^msrps:/) });
});

test('what the peer declared comes back as facts', () => {
  const lines = message(['a=setup:passive', 'a=max-size:65536', 'a=chatroom:nicknames', 'a=recvonly']);
  expect(answerTo(offer(...lines)).session).toEqual({
    line: 0,
    localUri: 'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp',
    peer: {
      path: ['msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp'],
      acceptTypes: ['message/cpim', 'text/plain'],
      acceptWrappedTypes: ['*'],
      chatroom: { tokens: ['nicknames'], nickname: true, privateMessages: false, extensions: [] },
      maxSize: 65_536,
      direction: 'recvonly',
      fingerprint: null,
    },
    connector: 'us',
    connectTo: { host: 'alice.example.org', port: 7394, tls: false },
    secure: false,
    direction: 'sendonly',
    cema: false,
  });
});

test('6135-4.2-05 an active answer has port 9 and its real port in the path', () => {
  const { sdp } = answerTo(offer(...message(['a=setup:passive'])));
  expect(sdp).toContain('m=message 9 TCP/MSRP *\r\na=setup:active\r\na=path:msrp://chat.example.net:2855/');
});

test.each([
  ['actpass', false, 'passive'],
  ['actpass', true, 'active'],
  ['active', true, 'passive'],
  ['passive', false, 'active'],
  ['holdconn', true, 'passive'],
  ['ACTIVE', false, 'passive'],
] as const)('6135-4.2-04 setup:%s, behind NAT %s, is answered %s', (setup, behindNat, answered) => {
  expect(answerTo(offer(...message([`a=setup:${setup}`])), { behindNat }).setup).toBe(answered);
});

test('the offer of SIP SIMPLE clients: c-line on media level only, no chatroom', () => {
  const text = [
    'v=0',
    'o=- 4004208460 4004208460 IN IP4 127.0.0.1',
    's=sipsimple 5.5.0',
    't=0 0',
    'm=message 35929 TCP/MSRP *',
    'c=IN IP4 127.0.0.1',
    'a=path:msrp://127.0.0.1:35929/aa08e9909c912dcf771b;tcp',
    'a=accept-types:message/cpim text/* image/* application/im-iscomposing+xml',
    'a=accept-wrapped-types:text/* image/* application/im-iscomposing+xml',
    'a=setup:actpass',
    '',
  ].join('\r\n');
  expect(parseSdp(text).media[0].connection).toBe('127.0.0.1');
  expect(answerTo(text)).toMatchObject({ setup: 'passive', session: { peer: { chatroom: null } } });
});

test('4975-8-02 4975-8.7-01 other lines are refused in place, with their proto and formats', () => {
  const { sdp, lines, refusals } = answerTo(
    offer(
      'm=audio 49170/2 RTP/AVP 0 8',
      'm=application 5000 UDP/DTLS/SCTP webrtc-datachannel',
      ...message(),
      ...message(),
    ),
  );
  expect(lines).toEqual(['refuse', 'refuse', 'room', 'refuse']);
  expect([...refusals.values()]).toEqual(['media', 'media', 'second-line']);
  expect(sdp.match(/^m=.*$/gm)?.map((line) => line.trim())).toEqual([
    'm=audio 0 RTP/AVP 0',
    'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    'm=message 2855 TCP/MSRP *',
    'm=message 0 TCP/MSRP *',
  ]);
});

test('5547-8.3-01 5547-8.7-01 a file line is refused with its selector mirrored and does not become the room', () => {
  const file = ['a=file-selector:name:"a b.txt" size:4096', 'a=file-transfer-id:x1', 'a=file-disposition:attachment'];
  const { sdp, lines, mirror } = answerTo(offer(...message(file), ...message()));
  expect(lines).toEqual(['refuse', 'room']);
  expect(mirror.get(0)).toEqual(['file-selector:name:"a b.txt" size:4096', 'file-transfer-id:x1']);
  expect(sdp).toContain(
    'm=message 0 TCP/MSRP *\r\na=file-selector:name:"a b.txt" size:4096\r\na=file-transfer-id:x1\r\nm=message 2855',
  );
});

test.each([
  ['4975-8.1-01', 'format', message([], 'm=message 7394 TCP/MSRP 1 2'), {}],
  ['4975-8.1-01', 'format', message([], 'm=message 7394 TCP/MSRP'), {}],
  ['4975-8.1-01', 'proto', message([], 'm=message 7394 SCTP/MSRP *'), {}],
  ['4145-4.1-01', 'port-zero', message([], 'm=message 0 TCP/MSRP *'), {}],
  ['4975-8.2-02', 'path', ['m=message 7394 TCP/MSRP *', ...TYPES], {}],
  ['4975-8.2-02', 'path', ['m=message 7394 TCP/MSRP *', 'a=path:msrp://h:7394;tcp', ...TYPES], {}],
  ['4975-8.2-02', 'path', ['m=message 7394 TCP/MSRP *', 'a=path:msrp://h:0/a;tcp', ...TYPES], {}],
  ['4975-8.6-01', 'accept-types', ['m=message 7394 TCP/MSRP *', 'a=path:msrp://h:7394/a;tcp'], {}],
  ['7701-11-06', 'tls-required', message(), { forceTls: true }],
  ['8122-5-02', 'fingerprint', message(['a=fingerprint:md5 AB:AB'], 'm=message 1 TCP/TLS/MSRP *'), {}],
  ['no listener', 'no-listener', message([], 'm=message 1 TCP/TLS/MSRP *'), { tls: undefined }],
  ['8873-0-01', 'media', ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel'], {}],
  ['SDP-06', 'unreachable', message(['a=setup:passive']).map((line) => line.replace(':7394/', ':9/')), {}],
  ['7977-5.2-02', 'unreachable', message(['a=setup:passive']).map((line) => line.replace(';tcp', ';ws')), {}],
])('%s refused: %s', (_id, reason, lines, local) => {
  expect(refusalOf(offer(...lines), local)).toBe(reason);
});

test('7701-5.2-02 A-09 message/* counts as containing message/cpim', () => {
  const lines = message().filter((line) => !line.startsWith('a=accept-types'));
  expect(refusalOf(offer(...lines, 'a=accept-types:text/plain message/*'))).toBe('accepted');
  expect(refusalOf(offer(...lines, 'a=accept-types:text/* message/sipfrag'))).toBe('no-cpim');
});

test('8122-5.1-01 8122-6.2-01 all values of the best hash', () => {
  const lines = message(
    [
      `a=fingerprint:sha-1 ${octets('01', 20)}`,
      `a=fingerprint:SHA-256 ${octets('0a', 32)}`,
      `a=fingerprint:sha-256 ${octets('0B', 32)}`,
      'a=fingerprint:sha-512 00:01',
    ],
    'm=message 1 TCP/TLS/MSRP *',
  );
  expect(answerTo(offer(...lines)).session.peer.fingerprint).toEqual({
    hash: 'sha-256',
    values: [octets('0A', 32), octets('0B', 32)],
  });
});

test('4975-8.4-02 the o-line version stays when nothing changed and grows by one when something did', () => {
  const text = offer(...message(['a=setup:actpass']));
  const first = answerTo(text).sdp;
  const same = answerTo(text, { previous: first }).sdp;
  expect(same).toBe(first);
  const changed = answerTo(text, { previous: same, chatroom: [] }).sdp;
  expect(changed).toContain('o=- 42 2 IN');
  expect(changed).toContain('a=chatroom\r\n');
  expect(answerTo(text, { previous: changed, chatroom: [] }).sdp).toBe(changed);
});

test('RFC 3264 6 the t-line of the offer is repeated', () => {
  expect(answerTo(offer(...message()).replace('t=0 0', 't=3034423619 3042462419')).sdp).toContain(
    't=3034423619 3042462419\r\n',
  );
});

test('IPv6 addresses: brackets in the URI, none in the c-line', () => {
  const { sdp } = answerTo(offer(...message()), { tcp: { host: '2001:db8::25', port: 2855 } });
  expect(sdp).toContain('c=IN IP6 2001:db8::25\r\n');
  expect(sdp).toContain('a=path:msrp://[2001:db8::25]:2855/');
});

test('7977-5.2-02 A-18 a WebSocket client without relay gets our WebSocket URI', () => {
  const lines = message(['a=setup:active'], 'm=message 9 TCP/TLS/MSRP *').map((line) =>
    line.replace('msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp', 'msrps://x7.invalid:2855/w1;ws'),
  );
  const ws = { host: 'chat.example.net', port: 443 };
  expect(answerTo(offer(...lines), { ws }).session.localUri).toBe('msrps://chat.example.net:443/rm7Kq2ZtW9xA1c;ws');
  expect(answerTo(offer(...lines)).session.localUri).toBe('msrps://chat.example.net:2856/rm7Kq2ZtW9xA1c;tcp');
});

test('SDP-19 sendrecv is written where it is asked for', () => {
  expect(answerTo(offer(...message())).sdp).not.toContain('sendrecv');
  expect(answerTo(offer(...message()), { explicitDirection: true }).sdp).toContain('a=sendrecv\r\n');
});

describe('6714-4.3-01 CEMA switched on', () => {
  test('without msrp-cema a c/m address that differs from the path is refused', () => {
    expect(refusalOf(through('a=setup:actpass'), { cema: true })).toBe('address-mismatch');
    expect(refusalOf(offer(...message()), { cema: true })).toBe('accepted');
  });

  test('6714-4.4-01 resolved names may match', () => {
    expect(refusalOf(through().replace('31000', '7394'), { cema: true, sameHost: anyHost })).toBe('accepted');
  });

  test('with it the answer has it, and as active we connect to c/m', () => {
    const { sdp, session } = answerTo(through('a=setup:passive', 'a=msrp-cema'), { cema: true });
    expect(sdp).toContain('a=msrp-cema\r\n');
    expect(session.connectTo).toEqual({ host: '203.0.113.7', port: 31_000, tls: false });
  });

  test('an active offerer behind a relay: plain RFC 4975', () => {
    const relayed = through('a=setup:active', 'a=msrp-cema').replace('a=path:', 'a=path:msrp://r.example:2855/r1;tcp ');
    const { sdp, session } = answerTo(relayed, { cema: true });
    expect(sdp).not.toContain('msrp-cema');
    expect(session.cema).toBe(false);
  });
});

test.each([
  '',
  'hello',
  'v=1\r\n',
  'v=0\r\nm=message\r\n',
  'v=0\r\nm=message x TCP/MSRP *\r\n',
  'v=0\r\nm=message 65536 TCP/MSRP *\r\n',
  'v=0\r\n garbage\r\n',
  `v=0\r\n${'m=audio 1 RTP/AVP 0\r\n'.repeat(33)}`,
  `v=0\r\na=${'x'.repeat(70_000)}\r\n`,
])('malformed SDP is a typed error with a SIP status: %#', (text) => {
  expect(() => answerOffer(text, ROOM)).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_SDP_SYNTAX', sipStatus: 400 }),
  );
});

test('an SDP without m-lines has nothing to accept', () => {
  expect(answerOffer(offer(), ROOM)).toMatchObject({ result: '488', lines: [] });
});

test('7701-11-01 policy: the first line with a=chatroom, or none', () => {
  const local = { requireChatroom: true };
  expect(refusalOf(offer(...message()), local)).toBe('no-chatroom');
  expect(refusalOf(offer(...message(['a=chatroom'])), local)).toBe('accepted');
  const { lines } = answerTo(offer(...message(), ...message(['a=chatroom:nickname'])), local);
  expect(lines).toEqual(['refuse', 'room']);
});

const refused = (text: string, local: Partial<LocalSession> = {}) => refuseOffer(text, { ...ROOM, ...local });

describe('RFC 3264 6, SDP-12: an answer that takes nothing', () => {
  test('every line in its place, with its proto, one format and port 0', () => {
    const text = offer('m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', ...message()).replace('t=0 0', 't=1 2');
    expect(refused(text)).toBe(
      [
        'v=0',
        'o=- 42 1 IN IP4 chat.example.net',
        's=-',
        'c=IN IP4 chat.example.net',
        't=1 2',
        'm=audio 0 RTP/AVP 0',
        'm=message 0 TCP/MSRP *',
        '',
      ].join('\r\n'),
    );
  });

  test('5547-8.3-01: what a file line selects is repeated', () => {
    const text = offer(...message(['a=file-selector:name:"x"', 'a=file-transfer-id:1', 'a=x']));
    expect(refused(text)).toMatch(/m=message 0 TCP\/MSRP \*\r\na=file-selector:name:"x"\r\na=file-transfer-id:1\r\n$/);
  });

  test('4975-8.4-02: after another description the version counts up', () => {
    const text = offer(...message());
    const previous = answerTo(text).sdp;
    expect(refused(text, { previous })).toContain('o=- 42 2 ');
    expect(refused(text, { previous: refused(text) })).toContain('o=- 42 1 ');
    expect(refused(offer(), { tcp: undefined, tls: undefined })).toMatch(/t=0 0\r\n$/);
  });
});

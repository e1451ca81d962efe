import { answerOffer, buildOffer, evaluateAnswer, type LocalSession } from '../../../lib/sdp/index.js';

const ROOM: LocalSession = {
  sessionId: 'rm7Kq2ZtW9xA1c',
  tcp: { host: 'chat.example.net', port: 2855 },
  tls: { host: 'chat.example.net', port: 2856 },
  originId: 7,
  chatroom: ['nickname'],
  acceptWrappedTypes: ['text/plain', '*'],
  maxSize: 10_485_760,
};

const CLIENT: LocalSession = {
  sessionId: 'a1Jw83kdLs0Qe4',
  tcp: { host: 'alice.example.org', port: 7394 },
  tls: { host: 'alice.example.org', port: 7395 },
  originId: 8,
  chatroom: ['nickname', 'private-messages'],
};

const path = (text: string) => /a=path:(\S+)/.exec(text)?.[1];

/** The answer of a peer, with some of its lines replaced. */
const answer = (...changes: [from: string | RegExp, to: string][]) => {
  const plain = [
    'v=0',
    'o=- 1 1 IN IP4 alice.example.org',
    's=-',
    'c=IN IP4 alice.example.org',
    't=0 0',
    'm=message 7394 TCP/MSRP *',
    'a=path:msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp',
    'a=accept-types:message/cpim',
    'a=setup:passive',
    '',
  ].join('\r\n');
  return changes.reduce((text, [from, to]) => text.replace(from, to), plain);
};

test('7701-5.2-11 6135-4.2-02 golden offer of a room that dials out', () => {
  expect(buildOffer(ROOM)).toBe(
    [
      'v=0',
      'o=- 7 1 IN IP4 chat.example.net',
      's=-',
      'c=IN IP4 chat.example.net',
      't=0 0',
      'm=message 2855 TCP/MSRP *',
      'a=setup:actpass',
      'a=path:msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp',
      'a=accept-types:message/cpim',
      'a=accept-wrapped-types:text/plain *',
      'a=max-size:10485760',
      'a=chatroom:nickname',
      '',
    ].join('\r\n'),
  );
});

test('6135-4.2-02 6135-4.2-05 an endpoint behind NAT offers active and port 9', () => {
  expect(buildOffer({ ...CLIENT, behindNat: true })).toContain('m=message 9 TCP/MSRP *\r\na=setup:active\r\n');
});

test('8.1-05 TLS: asked for, forced, or the only listener', () => {
  for (const sdp of [
    buildOffer(CLIENT, { secure: true }),
    buildOffer({ ...CLIENT, forceTls: true }),
    buildOffer({ ...CLIENT, tcp: undefined }),
  ]) {
    expect(sdp).toContain('m=message 7395 TCP/TLS/MSRP *\r\n');
    expect(path(sdp)).toBe('msrps://alice.example.org:7395/a1Jw83kdLs0Qe4;tcp');
  }
  expect(() => buildOffer({ ...CLIENT, tls: undefined }, { secure: true })).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_SDP_LISTENER' }),
  );
});

test('RFC 3264 8 an offer in a running dialog keeps proto and places of the m-lines', () => {
  const offered = buildOffer(CLIENT, { secure: true }).replace('m=message', 'm=audio 4000 RTP/AVP 0\r\nm=message');
  const answered = answerOffer(offered, ROOM);
  if (answered.result !== 'accept') throw new Error('refused');
  const again = buildOffer({ ...ROOM, previous: answered.sdp });
  expect(again.match(/^[om]=.*$/gm)?.map((line) => line.trim())).toEqual([
    'o=- 7 2 IN IP4 chat.example.net',
    'm=audio 0 RTP/AVP 0',
    'm=message 2856 TCP/TLS/MSRP *',
  ]);
  expect(again).toContain('a=setup:actpass\r\n');
  expect(buildOffer({ ...ROOM, previous: again })).toBe(again);
});

test('4976-5.1-02 relays stand in front of the own URI', () => {
  expect(buildOffer({ ...CLIENT, relays: ['msrps://r.example:2855/x;tcp'] })).toContain(
    'a=path:msrps://r.example:2855/x;tcp msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp\r\n',
  );
});

test('7977-5.2-02 a browser and a room that takes WebSockets', () => {
  const browser = {
    ...CLIENT,
    tcp: undefined,
    tls: undefined,
    ws: { host: 'q8.invalid', port: 2855 },
    behindNat: true,
  };
  const answered = answerOffer(buildOffer(browser), { ...ROOM, ws: { host: 'chat.example.net', port: 443 } });
  if (answered.result !== 'accept') throw new Error('refused');
  expect(evaluateAnswer(answered.sdp, browser)).toMatchObject({
    session: { connector: 'us', connectTo: { host: 'chat.example.net', port: 443, tls: true } },
  });
});

test('A-18: WebSocket without TLS, within one machine', () => {
  const client = {
    ...CLIENT,
    tcp: undefined,
    tls: undefined,
    plainWs: { host: 'q8.invalid', port: 2855 },
    behindNat: true,
  };
  const offered = buildOffer(client);
  expect(offered).toContain('m=message 9 TCP/MSRP *\r\n');
  expect(path(offered)).toBe('msrp://q8.invalid:2855/a1Jw83kdLs0Qe4;ws');
  const room = { ...ROOM, plainWs: { host: '127.0.0.1', port: 2857 } };
  const answered = answerOffer(offered, room);
  if (answered.result !== 'accept') throw new Error('refused');
  expect(path(answered.sdp)).toMatch(/^msrp:\/\/127\.0\.0\.1:2857\/\w+;ws$/);
  expect(evaluateAnswer(answered.sdp, client)).toMatchObject({
    session: { connector: 'us', secure: false, connectTo: { host: '127.0.0.1', port: 2857, tls: false } },
  });
  // A room that forces TLS takes none of it.
  expect(answerOffer(offered, { ...room, forceTls: true }).result).toBe('488');
});

test('7977-5.2-02: an offer of the room within a WebSocket session keeps to it, and the client can answer', () => {
  const browser = {
    ...CLIENT,
    tcp: undefined,
    tls: undefined,
    ws: { host: 'q8.invalid', port: 2855 },
    behindNat: true,
  };
  const room = { ...ROOM, ws: { host: 'chat.example.net', port: 443 } };
  const answered = answerOffer(buildOffer(browser), room);
  if (answered.result !== 'accept') throw new Error('refused');
  const again = buildOffer({ ...room, previous: answered.sdp });
  expect(path(again)).toBe(path(answered.sdp));
  const answer = answerOffer(again, browser);
  if (answer.result !== 'accept') throw new Error('refused');
  expect(answer).toMatchObject({ setup: 'active', session: { connector: 'us' } });
  expect(path(answer.sdp)).toBe('msrps://q8.invalid:2855/a1Jw83kdLs0Qe4;ws');
});

test('8122: no fingerprint of ours where somebody else ends TLS', () => {
  const browser = {
    ...CLIENT,
    tcp: undefined,
    tls: undefined,
    ws: { host: 'q8.invalid', port: 2855 },
    behindNat: true,
  };
  const ws = { host: 'chat.example.net', port: 443 };
  const fingerprint = { hash: 'sha-256', value: 'AB:CD' };
  const sdpOf = (tlsElsewhere: boolean): string => {
    const answered = answerOffer(buildOffer(browser), { ...ROOM, fingerprint, ws: { ...ws, tlsElsewhere } });
    return answered.result === 'accept' ? answered.sdp : '';
  };
  expect(sdpOf(false)).toContain('a=fingerprint:');
  expect(sdpOf(true)).not.toContain('a=fingerprint:');
});

test.each([true, false])('client and room come to the same session, TLS %s', (secure) => {
  const offered = buildOffer(CLIENT, { secure });
  const answered = answerOffer(offered, ROOM);
  if (answered.result !== 'accept') throw new Error('refused');
  const evaluated = evaluateAnswer(answered.sdp, CLIENT);
  if (evaluated.result !== 'accept') throw new Error('refused');
  expect(answered.session).toMatchObject({ connector: 'peer', secure, peer: { path: [path(offered)] } });
  expect(evaluated.session).toMatchObject({
    connector: 'us',
    secure,
    connectTo: { host: 'chat.example.net', port: secure ? 2856 : 2855, tls: secure },
    peer: { path: [answered.session.localUri], maxSize: 10_485_760, acceptWrappedTypes: ['text/plain', '*'] },
  });
  expect(evaluated.session.localUri).toBe(path(offered));
});

test.each([
  ['4975-5.4-01 passive: we connect', 'a=setup:passive', 'us'],
  ['6135-4.2-06 no setup: we connect', 'a=x', 'us'],
  ['6135-4.2-03 holdconn: we connect', 'a=setup:holdconn', 'us'],
  ['6135-4.2-04 active: the peer connects', 'a=setup:active', 'peer'],
])('%s', (_name, line, connector) => {
  expect(evaluateAnswer(answer(['a=setup:passive', line]), ROOM)).toMatchObject({ session: { connector } });
});

test.each([
  ['refused by the peer', 'port-zero', [['7394 TCP', '0 TCP']], {}],
  ['7701-5.2-11 without message/cpim', 'no-cpim', [['message/cpim', 'text/plain']], {}],
  ['RFC 4145 4.1 active to active', 'setup', [['setup:passive', 'setup:active']], { behindNat: true }],
  ['first hop we cannot open', 'unreachable', [[';tcp', ';ws']], {}],
] as const)('%s', (_name, reason, changes, local) => {
  const evaluated = evaluateAnswer(answer(...changes.map(([from, to]): [string, string] => [from, to])), {
    ...ROOM,
    ...local,
  });
  expect(evaluated).toEqual({ result: '488', lines: ['refuse'], refusals: new Map([[0, reason]]) });
});

describe('6714-4.2-02 CEMA offerer', () => {
  const local = { ...ROOM, cema: true };
  const moved: [RegExp, string][] = [
    [/c=IN IP4 \S+/, 'c=IN IP4 203.0.113.7'],
    [/7394 TCP/, '31000 TCP'],
  ];
  const relayed: [string, string] = ['a=path:', 'a=path:msrp://r.example:2855/r1;tcp '];

  test('6714-4.2-01 the offer says so', () => {
    expect(buildOffer(local)).toContain('a=msrp-cema\r\n');
  });

  test('active: c/m of the answer, with or without msrp-cema', () => {
    for (const mark of ['a=x', 'a=msrp-cema']) {
      expect(evaluateAnswer(answer(...moved, [/$/, `${mark}\r\n`]), local)).toMatchObject({
        session: { connectTo: { host: '203.0.113.7', port: 31_000 }, cema: mark === 'a=msrp-cema' },
      });
    }
  });

  test('active, several URIs: one equals c/m, so the first; none does, so a new offer', () => {
    expect(evaluateAnswer(answer(relayed), local)).toMatchObject({
      session: { connectTo: { host: 'r.example', port: 2855 } },
    });
    expect(evaluateAnswer(answer(...moved, relayed), local).result).toBe('new-offer');
    expect(evaluateAnswer(answer(...moved, relayed, [/$/, 'a=msrp-cema\r\n']), local)).toMatchObject({
      session: { connectTo: { host: '203.0.113.7', port: 31_000 } },
    });
  });

  test('passive without msrp-cema and c/m differs: a new offer', () => {
    const active: [string, string] = ['setup:passive', 'setup:active'];
    expect(evaluateAnswer(answer(...moved, active), local).result).toBe('new-offer');
    expect(evaluateAnswer(answer(active), local).result).toBe('accept');
  });
});

/** The session of a peer that connected to us. */
const sessionThere = () => {
  const result = answerOffer(answer(['setup:passive', 'setup:active']), ROOM);
  if (result.result !== 'accept') throw new Error('refused');
  return result;
};

describe('an offer in a session there is', () => {
  test('RFC 3264 8: the lines keep their places and the t-line its times', () => {
    const before = answer(['m=message', 'm=audio 4000 RTP/AVP 0 8\r\nm=message'], ['t=0 0', 't=1 2']);
    const first = answerOffer(before, ROOM);
    if (first.result !== 'accept') throw new Error('refused');
    expect(buildOffer({ ...ROOM, previous: first.sdp, chatroom: [] })).toBe(
      first.sdp
        .replace('o=- 7 1', 'o=- 7 2')
        .replace('setup:active', 'setup:actpass')
        .replace('m=message 9 ', 'm=message 2855 ')
        .replace('chatroom:nickname', 'chatroom'),
    );
  });

  test.each([['a=setup:active'], ['a=setup:passive'], ['a=setup:actpass'], ['a=x']])(
    '4975-8.4-03: an answer with the same path and %s leaves the connection as it is',
    (setup) => {
      const { session: current, sdp } = sessionThere();
      const again = answer(['a=setup:passive', setup], ['7394 TCP', '9 TCP'], ['message/cpim', 'message/cpim x/y']);
      expect(evaluateAnswer(again, { ...ROOM, previous: sdp }, current)).toMatchObject({
        result: 'accept',
        session: { ...current, peer: { ...current.peer, acceptTypes: ['message/cpim', 'x/y'] } },
      });
    },
  );

  test('4975-8.4-03: with another path it is about a new connection', () => {
    const { session: current, sdp } = sessionThere();
    const again = answer(['a1Jw83kdLs0Qe4', 'b2Jw83kdLs0Qe4']);
    expect(evaluateAnswer(again, { ...ROOM, previous: sdp }, current)).toMatchObject({
      session: { connector: 'us', connectTo: { host: 'alice.example.org', port: 7394 } },
    });
  });

  test('4975-8.9-01: what the peer leaves of both directions is ours', () => {
    const { session: current, sdp } = sessionThere();
    const listener = answer([/$/, 'a=recvonly\r\n']);
    for (const known of [undefined, current]) {
      expect(evaluateAnswer(listener, { ...ROOM, previous: sdp }, known)).toMatchObject({
        session: { direction: 'sendonly', peer: { direction: 'recvonly' } },
      });
    }
  });
});

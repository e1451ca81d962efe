/** message/cpim: matrix section 14, as bodies of a SEND from alice. */
import { blob, send } from './frames.js';
import { msrp, type OwnVector } from './vector.js';

export const ROOM = 'sip:lounge@chat.example.net';
export const EVERYBODY = ['bob#1', 'bob#2', 'carol#1', 'anon#1'];

interface CpimSpec {
  /** CPIM header lines. */
  lines: readonly string[];
  /** What follows the blank line behind them. @defaultValue a text/plain part `Hello all` */
  rest?: string;
  /** What differs from the usual result; a text: it does not parse, for this reason. */
  result?: Record<string, unknown> | string;
  status?: number;
  recipients?: readonly string[];
  kind?: 'valid' | 'edge' | 'malformed';
}

const FROM = 'From: <sip:alice@example.org>';
const TO = `To: <${ROOM}>`;
const MIME = 'Content-Type: text/plain\r\n\r\n';
const person = (uri: string, name: string | null = null): { name: string | null; uri: string } => ({ name, uri });

function cpim(name: string, title: string, req: readonly string[], spec: CpimSpec): OwnVector {
  const { lines, rest = `${MIME}Hello all`, result = {}, status = 200, recipients = EVERYBODY, kind = 'edge' } = spec;
  const body = `${lines.join('\r\n')}\r\n\r\n${rest}`;
  const ok = typeof result !== 'string';
  const usual = {
    ok: true,
    from: [person('sip:alice@example.org')],
    to: [person(ROOM)],
    cc: [],
    subject: [],
    require: [],
    dateTime: null,
    other: [],
    merged: false,
    mime: [['Content-Type', 'text/plain']],
    wrappedType: 'text/plain',
    content: blob('Hello all'),
  };
  const parsed = ok ? { ...usual, ...result } : { ok: false, error: result };
  const verdict =
    status === 200
      ? {
          messageId: 'Mx83kd92Lq7',
          verdict: 'broadcast',
          status,
          recipients,
          wrappedType: (parsed as typeof usual).wrappedType,
        }
      : { messageId: 'Mx83kd92Lq7', verdict: 'reject', status, recipients: [] };
  return msrp(name, title, req, [send(body, { type: 'message/cpim', reply: status })], {
    class: kind,
    role: 'switch',
    room: [verdict],
    cpim: parsed,
  });
}

const broken = (
  name: string,
  title: string,
  req: readonly string[],
  error: string,
  lines: readonly string[],
  rest?: string,
): OwnVector =>
  cpim(name, title, req, { lines, result: error, status: 400, kind: 'malformed', ...(rest !== undefined && { rest }) });

const structure: OwnVector[] = [
  cpim('cpim-merged-headers', 'Content-Type among the CPIM headers', ['3862-2-02'], {
    lines: [FROM, TO, 'Content-Type: text/plain'],
    rest: 'Hello all',
    result: { merged: true },
  }),
  cpim('cpim-merged-lines', 'Merged, and a content that is no MIME header', ['3862-2-02'], {
    lines: [FROM, TO, 'Content-type: text/plain; charset=utf-8', 'Content-ID: <1@x>'],
    rest: 'Look: here\r\n\r\nand there',
    result: {
      merged: true,
      mime: [
        ['Content-type', 'text/plain; charset=utf-8'],
        ['Content-ID', '<1@x>'],
      ],
      content: blob('Look: here\r\n\r\nand there'),
    },
  }),
  cpim('cpim-not-merged', 'Content-Type in both groups: the MIME one counts', ['3862-2-02'], {
    lines: [FROM, TO, 'Content-Type: text/html'],
    result: { other: [['urn:ietf:params:cpim-headers:', 'Content-Type', 'text/html']] },
  }),
  cpim('cpim-empty-text', 'Empty content', ['3862-2-01'], {
    lines: [FROM, TO],
    rest: MIME,
    result: { content: blob('') },
    kind: 'valid',
  }),
  cpim('cpim-blank-content', 'Content that starts with a blank line', ['3862-2-01'], {
    lines: [FROM, TO],
    rest: `${MIME}\r\n\r\nx`,
    result: { content: blob('\r\n\r\nx') },
    kind: 'valid',
  }),
  broken('cpim-folded', 'No folding', ['3862-2.2-01'], 'header-syntax', [FROM, TO, 'Subject: one', ' two']),
  broken('cpim-folded-tab', 'Nor with a tab', ['3862-2.2-01'], 'control-byte', [FROM, TO, 'Subject: one', '\ttwo']),
  broken('cpim-space-before-colon', 'Space before the colon', ['3862-3-01'], 'header-syntax', [
    FROM,
    TO,
    'Subject : one',
  ]),
  broken('cpim-two-dots', 'Two dots in a name', ['3862-3-01'], 'header-syntax', [FROM, TO, 'a.b.c: one']),
  broken(
    'cpim-no-content-type',
    'No Content-Type',
    ['3862-2.4-01'],
    'content-type-missing',
    [FROM, TO],
    'Content-ID: <1@x>\r\n\r\nHello',
  ),
  broken(
    'cpim-mime-unended',
    'The MIME headers do not end',
    ['P-CPIM-03'],
    'no-blank-line',
    [FROM, TO],
    'Content-Type: text/plain\r\n',
  ),
  broken(
    'cpim-only-blank',
    'Nothing but a blank line',
    ['P-CPIM-03'],
    'header-syntax',
    [],
    'Content-Type: text/plain\r\n\r\nx',
  ),
  broken('cpim-lone-cr', 'A lone CR in front of a line', ['3862-2.2-03'], 'control-byte', [FROM, TO, '\rSubject: x']),
  cpim('cpim-mime-folded', 'A MIME header may be folded', ['3862-2.4-01'], {
    lines: [FROM, TO],
    rest: 'Content-Type: text/plain;\r\n charset=utf-8\r\n\r\nHello all',
    result: { mime: [['Content-Type', 'text/plain; charset=utf-8']] },
  }),
  cpim('cpim-mime-type-case', 'Type in capitals, with a parameter', ['4975-9-19'], {
    lines: [FROM, TO],
    rest: 'CONTENT-TYPE: Text/HTML;Charset="utf-8"\r\n\r\n<p>',
    result: { mime: [['CONTENT-TYPE', 'Text/HTML;Charset="utf-8"']], wrappedType: 'text/html', content: blob('<p>') },
    recipients: ['bob#1', 'anon#1'],
  }),
  cpim('cpim-nested', 'A CPIM message inside', ['P-CPIM-02'], {
    lines: [FROM, TO],
    rest: `Content-Type: message/cpim\r\n\r\nFrom: <sip:mallory@example.org>\r\nTo: <sip:bob@example.org>\r\nTo: <sip:carol@example.com>\r\n\r\n${MIME}inner`,
    result: {
      mime: [['Content-Type', 'message/cpim']],
      wrappedType: 'message/cpim',
      content: blob(
        `From: <sip:mallory@example.org>\r\nTo: <sip:bob@example.org>\r\nTo: <sip:carol@example.com>\r\n\r\n${MIME}inner`,
      ),
    },
    kind: 'valid',
  }),
];

const CORE = 'urn:ietf:params:cpim-headers:';
const namespaces: OwnVector[] = [
  cpim('cpim-ns-default-changed', 'Behind another default namespace To is not the CPIM To', ['3862-3.4-02'], {
    lines: [FROM, 'NS: <urn:example:other>', TO],
    result: { to: [], other: [['urn:example:other', 'To', `<${ROOM}>`]] },
    status: 400,
  }),
  cpim('cpim-ns-default-later', 'The To in front of it counts, that behind it does not', ['3862-3.4-02'], {
    lines: [FROM, TO, 'NS: <urn:example:other>', 'To: <sip:bob@example.org>', 'From: <sip:bob@example.org>'],
    result: {
      other: [
        ['urn:example:other', 'To', '<sip:bob@example.org>'],
        ['urn:example:other', 'From', '<sip:bob@example.org>'],
      ],
    },
  }),
  cpim('cpim-ns-default-back', 'The core namespace as default again', ['3862-3.4-02'], {
    lines: [FROM, 'NS: <urn:example:other>', 'X: 1', `NS: <${CORE}>`, TO],
    result: { other: [['urn:example:other', 'X', '1']] },
  }),
  cpim('cpim-ns-alias-only', 'Both addresses by an alias of the core namespace', ['3862-3.4-03'], {
    lines: [`NS: q <${CORE}>`, 'q.From: <sip:alice@example.org>', `q.To: <${ROOM}>`],
    kind: 'valid',
  }),
  broken('cpim-ns-alias-two-from', 'From and its alias are two', ['3862-3.4-03', '4975-13-05'], 'duplicate-from', [
    FROM,
    `NS: q <${CORE}>`,
    'q.From: <sip:alice@example.org>',
    TO,
  ]),
  cpim('cpim-ns-redeclared', 'A prefix declared again means the later namespace', ['3862-3.4-01'], {
    lines: [FROM, TO, 'NS: p <urn:example:a>', 'p.H: 1', 'NS: p <urn:example:b>', 'p.H: 2'],
    result: {
      other: [
        ['urn:example:a', 'H', '1'],
        ['urn:example:b', 'H', '2'],
      ],
    },
  }),
  cpim('cpim-names-case', 'Names of headers are case-sensitive', ['3862-2.2-02'], {
    lines: [FROM, TO, 'TO: <sip:bob@example.org>', 'FROM: x', 'CC: <sip:bob@example.org>', 'ns: p <urn:x:y>'],
    result: {
      other: [
        [CORE, 'TO', '<sip:bob@example.org>'],
        [CORE, 'FROM', 'x'],
        [CORE, 'CC', '<sip:bob@example.org>'],
        [CORE, 'ns', 'p <urn:x:y>'],
      ],
    },
  }),
];

const values: OwnVector[] = [
  cpim('cpim-escape-pair', 'Two escapes of a surrogate pair', ['3862-2.3-02'], {
    lines: [FROM, TO, String.raw`Subject: smile \uD83D\ude00 \\ \q \"x\" end\ `.trimEnd()],
    result: { subject: [{ lang: null, text: 'smile \u{1F600} \\ q "x" end' }] },
  }),
  cpim('cpim-escape-lone', 'A lone backslash at the end', ['3862-2.3-02'], {
    lines: [FROM, TO, 'Subject: end\\'],
    result: { subject: [{ lang: null, text: 'end' }] },
  }),
  cpim('cpim-escape-short', 'An incomplete \\u stands for u', ['3862-2.3-02'], {
    lines: [FROM, TO, String.raw`Subject: \u12G \t.`],
    result: { subject: [{ lang: null, text: 'u12G \t.' }] },
  }),
  cpim('cpim-name-bracket', 'A quoted name with brackets and quotes', ['3862-4.1-01'], {
    lines: [String.raw`From: "Al <b> \"c\"" <sip:alice@example.org>`, `To: "L"<${ROOM}>`],
    result: { from: [person('sip:alice@example.org', 'Al <b> "c"')], to: [person(ROOM, 'L')] },
  }),
  cpim('cpim-name-utf8', 'A name without quotes, in UTF-8', ['3862-4.1-01'], {
    lines: ['From: Älice Ö. <sip:alice@example.org>', TO],
    result: { from: [person('sip:alice@example.org', 'Älice Ö.')] },
  }),
  broken('cpim-empty-uri', 'No URI between the brackets', ['3862-4.1-01'], 'address', [FROM, 'To: <>']),
  broken('cpim-unclosed', 'No closing bracket', ['3862-4.1-01'], 'address', [FROM, `To: <${ROOM}`]),
  cpim('cpim-cc', 'cc is kept and routes nothing', ['7701-6.1-23'], {
    lines: [FROM, TO, 'cc: <sip:bob@example.org>', 'cc: "C" <sip:carol@example.com>'],
    result: { cc: [person('sip:bob@example.org'), person('sip:carol@example.com', 'C')] },
    kind: 'valid',
  }),
  cpim('cpim-repeated', 'Repeated Subject, DateTime and Require pass', ['4975-13-05'], {
    lines: [
      FROM,
      TO,
      'Subject: a',
      'Subject:;lang=de b',
      'DateTime: 2024-05-17T09:30:00Z',
      'DateTime: 2024-05-17T09:31:00Z',
      'Require: x.A,B',
      'Require: C',
    ],
    result: {
      subject: [
        { lang: null, text: 'a' },
        { lang: 'de', text: 'b' },
      ],
      dateTime: '2024-05-17T09:30:00Z',
      require: ['x.A', 'B', 'C'],
    },
  }),
];

export const cpimVectors: readonly OwnVector[] = [...structure, ...namespaces, ...values];

import { contentHeaderValue, EnvelopeParser, headerValue, parseCpim } from '../../../lib/cpim/index.js';

const ADDRESSES = 'From: <sip:alice@example.org>\r\nTo: <sip:lounge@chat.example.net>\r\n';
const CONTENT = '\r\nContent-Type: text/plain\r\n\r\nhi';

const parse = (text: string | Buffer) => parseCpim(Buffer.from(text));

const envelopeOf = (text: string) => {
  const result = parse(text);
  if (!result.ok) throw new Error(result.error);
  return { ...result, content: text.slice(result.contentOffset) };
};

const errorOf = (text: string | Buffer) => {
  const result = parse(text);
  return result.ok ? null : result.error;
};

const fill = (bytes: number) => `${ADDRESSES}X: ${'x'.repeat(bytes - ADDRESSES.length - 3)}`;

const lines = (count: number) => 'X: y\r\n'.repeat(count - 2);

const withHeader = (line: string) => envelopeOf(`${ADDRESSES}${line}\r\n${CONTENT}`).envelope;

describe('structure', () => {
  test('3862-2-01 CPIM headers, blank line, MIME headers, blank line, content', () => {
    const { envelope, content } = envelopeOf(`${ADDRESSES}DateTime: 2024-05-17T09:30:00Z\r\n${CONTENT}`);
    expect(envelope).toMatchObject({
      from: { name: null, uri: 'sip:alice@example.org' },
      to: [{ name: null, uri: 'sip:lounge@chat.example.net' }],
      dateTime: '2024-05-17T09:30:00Z',
      merged: false,
      contentType: 'text/plain',
    });
    expect(content).toBe('hi');
  });

  test('3862-2-02 A-08 Content-Type among the CPIM headers: merged, content behind the first blank line', () => {
    const text = `${ADDRESSES}Content-type: text/plain; charset=UTF-8\r\nContent-ID: <1@x>\r\n\r\nNo header here`;
    const { envelope, content } = envelopeOf(text);
    expect(envelope.merged).toBe(true);
    expect(envelope.contentType).toBe('text/plain');
    expect(envelope.contentHeaders).toEqual([
      { name: 'Content-type', value: 'text/plain; charset=UTF-8' },
      { name: 'Content-ID', value: '<1@x>' },
    ]);
    expect(envelope.other).toEqual([]);
    expect(content).toBe('No header here');
  });

  test.each(['', '\r\n', 'note: looks like a header\r\n\r\nbut has no type', 'Content-Length: 3\r\n\r\nabc'])(
    'A-08 merged with content %j',
    (content) => {
      expect(envelopeOf(`${ADDRESSES}Content-Type: text/plain\r\n\r\n${content}`)).toMatchObject({
        content,
        envelope: { merged: true },
      });
    },
  );

  test('A-08 not merged when what follows the blank line are MIME headers with a Content-Type', () => {
    const { envelope } = envelopeOf(`${ADDRESSES}Content-Type: text/html\r\n${CONTENT}`);
    expect(envelope.merged).toBe(false);
    expect(envelope.contentType).toBe('text/plain');
    expect(envelope.other.map((header) => header.name)).toEqual(['Content-Type']);
  });

  test('P-CPIM-02 nested message/cpim is content, its addresses are not ours', () => {
    const inner = 'From: <sip:x@y>\r\nTo: <sip:z@y>\r\n\r\nContent-Type: text/html\r\n\r\n<p>';
    const { envelope, content } = envelopeOf(`${ADDRESSES}\r\nContent-Type: Message/CPIM\r\n\r\n${inner}`);
    expect(envelope.contentType).toBe('message/cpim');
    expect(envelope.to).toHaveLength(1);
    expect(content).toBe(inner);
  });

  test('3862-2.4-01 bare LF, empty values and folded lines in the MIME block', () => {
    const { envelope, content } = envelopeOf(
      `${ADDRESSES}\r\nMIME-Version: 1.0\nContent-Type: text/plain;\n charset="utf8"\nContent-Transfer-Encoding: \n\nhi\n\nyou`,
    );
    expect(envelope.contentHeaders).toEqual([
      { name: 'MIME-Version', value: '1.0' },
      { name: 'Content-Type', value: 'text/plain; charset="utf8"' },
      { name: 'Content-Transfer-Encoding', value: '' },
    ]);
    expect(contentHeaderValue(envelope, 'mime-version')).toBe('1.0');
    expect(content).toBe('hi\n\nyou');
  });
});

describe('malformed', () => {
  test.each([
    ['3862-2.4-01', 'hello', 'content-type-missing'],
    ['3862-2.4-01', 'Content-ID: <1@x>\r\n\r\nhello', 'content-type-missing'],
    ['3862-2.4-01', 'Content-Type: text\r\n\r\nhello', 'content-type-missing'],
    ['3862-2.4-01', '\r\nhello', 'content-type-missing'],
    ['P-CPIM-03', 'Content-Type: text/plain\r\nhello', 'no-blank-line'],
  ])('%s the MIME part is %j', (_id, rest, error) => {
    expect(errorOf(`${ADDRESSES}\r\n${rest}`)).toBe(error);
  });

  test.each([
    ['3862-2.2-01 a folded line', 'Subject: a\r\n b'],
    ['3862-2.2-01 no space after the colon', 'Subject:a'],
    ['3862-3-01 empty name', ': a'],
    ['3862-3-01 two dots', 'a.b.c: d'],
    ['3862-3-01 empty prefix', '.b: d'],
    ['3862-3-01 non-ASCII name', 'Sübject: d'],
    ['3862-3-01 no colon', 'Subject'],
    ['3862-3.3-01 parameter without value', 'Subject:;lang d'],
    ['3862-3.4-01 NS without angle brackets', 'NS: a urn:x'],
    ['3862-3.4-01 NS with a bad prefix', 'NS: a.b <urn:x>'],
    ['3862-3.4-01 NS with an empty URI', 'NS: a <>'],
  ])('%s', (_name, line) => {
    expect(errorOf(`${ADDRESSES}${line}\r\n${CONTENT}`)).toBe('header-syntax');
  });

  test.each(['sip:a@b', '<sip:a@b', 'sip:a@b>', '<>', '', '<sip:a@b> x', 'x <y> <sip:a@b>', '"x" y <sip:a@b> z'])(
    '3862-4.1-01 To: %s is no address',
    (value) => {
      expect(errorOf(`From: <sip:a@b>\r\nTo: ${value}\r\n${CONTENT}`)).toBe('address');
    },
  );

  test('4975-13-05 3862-3.4-03 From twice, once by an alias of the core namespace', () => {
    const second = 'NS: p <urn:ietf:params:cpim-headers:>\r\np.From: <sip:bob@example.org>';
    expect(errorOf(`${ADDRESSES}${second}\r\n${CONTENT}`)).toBe('duplicate-from');
  });

  test.each(['\0', '\t', '\n', '\r', '\x1f', '\x7f'])('3862-2.2-03 raw control %j', (char) => {
    expect(errorOf(`${ADDRESSES}Subject: a${char}b\r\n${CONTENT}`)).toBe('control-byte');
  });

  test.each(['c080', 'eda080', 'f4908080', 'ff', 'c3'])('3862-2.2-03 invalid UTF-8 %s', (hex) => {
    const bytes = Buffer.concat([
      Buffer.from(`${ADDRESSES}Subject: `),
      Buffer.from(hex, 'hex'),
      Buffer.from(`\r\n${CONTENT}`),
    ]);
    expect(errorOf(bytes)).toBe('utf8');
  });

  test.each(['', '\r\n', '\r\n\r\nContent-Type: text/plain\r\n\r\nhi', 'x'])('no header at all: %j', (text) => {
    expect(['no-blank-line', 'header-syntax']).toContain(errorOf(text));
  });
});

describe('headers', () => {
  test('3862-2.2-02 3862-2.2-05 names are case-sensitive; unknown headers are kept', () => {
    expect(withHeader('to: <sip:x@y>').to).toHaveLength(1);
    expect(withHeader('FROM: x').other).toEqual([
      { namespace: 'urn:ietf:params:cpim-headers:', name: 'FROM', value: 'x' },
    ]);
  });

  test.each([
    [String.raw`\\ \b\t\n\r\"\'\u00e9`, '\\ \b\t\n\r"\'é'],
    [String.raw`\ud83d\ude00`, '😀'],
    [String.raw`\q\u12x`, 'qu12x'],
    ['end\\', 'end'],
  ])('3862-2.3-02 escapes %s', (raw, text) => {
    expect(withHeader(`Subject: ${raw}`).subject).toEqual([{ lang: null, text }]);
  });

  test('3862-3.3-01 parameters between colon and space, quoted ones may hold anything', () => {
    expect(withHeader('Subject:;x="a; b";lang=fr-CA déjà').subject).toEqual([{ lang: 'fr-CA', text: 'déjà' }]);
  });

  test('3862-3.4-01 a prefix is known after its declaration only; any prefix may stand for a namespace', () => {
    const envelope = withHeader('f.A: 1\r\nNS: f <urn:n>\r\nf.A: 2\r\nNS: g<urn:n>\r\ng.A: 3');
    expect(envelope.other).toEqual([
      { namespace: null, name: 'f.A', value: '1' },
      { namespace: 'urn:n', name: 'A', value: '2' },
      { namespace: 'urn:n', name: 'A', value: '3' },
    ]);
    expect(headerValue(envelope, 'urn:n', 'A')).toBe('2');
  });

  test('3862-3.4-02 a changed default namespace hides a later To; NS can change it back', () => {
    const core = 'urn:ietf:params:cpim-headers:';
    const envelope = withHeader(`NS: <urn:n>\r\nTo: <sip:b@x>\r\nNS: <${core}>\r\nTo: <sip:c@x>`);
    expect(envelope.to.map((address) => address.uri)).toEqual(['sip:lounge@chat.example.net', 'sip:c@x']);
    expect(envelope.other).toEqual([{ namespace: 'urn:n', name: 'To', value: '<sip:b@x>' }]);
  });

  test('3862-3.5-01 Require lists names; a repetition adds to them', () => {
    expect(withHeader('Require: a.B, C\r\nRequire: D').require).toEqual(['a.B', 'C', 'D']);
  });

  test('4975-13-05 repeated DateTime and Subject are passed on', () => {
    const envelope = withHeader('DateTime: 1\r\nDateTime: 2\r\nSubject: a\r\nSubject: b');
    expect(envelope.dateTime).toBe('1');
    expect(envelope.subject.map((subject) => subject.text)).toEqual(['a', 'b']);
  });

  test.each([
    ['Alice of Example <sip:a@b>', 'Alice of Example'],
    ['User 1, <sip:a@b>', 'User 1,'],
    [String.raw`"a \"<b>\" c" <sip:a@b>`, 'a "<b>" c'],
    ['"Bob"<sip:a@b>', 'Bob'],
    ['"" <sip:a@b>', null],
    ['"half <sip:a@b>', '"half'],
    ['<sip:a@b>', null],
  ])('3862-4.1-01 formal name in %s', (value, name) => {
    expect(envelopeOf(`From: ${value}\r\n${CONTENT}`).envelope.from).toEqual({ name, uri: 'sip:a@b' });
  });
});

describe('P-CPIM-01 limits', () => {
  test('16384 bytes of CPIM headers pass, 16385 do not', () => {
    expect(errorOf(`${fill(16_384)}\r\n${CONTENT}`)).toBeNull();
    expect(errorOf(`${fill(16_385)}\r\n${CONTENT}`)).toBe('headers-too-large');
  });

  test('128 header lines pass, 129 do not', () => {
    expect(errorOf(`${ADDRESSES}${lines(128)}${CONTENT}`)).toBeNull();
    expect(errorOf(`${ADDRESSES}${lines(129)}${CONTENT}`)).toBe('too-many-headers');
  });

  test('the MIME block has the same bounds', () => {
    const type = 'Content-Type: text/plain\r\n';
    expect(errorOf(`${ADDRESSES}\r\n${type}${'X: y\r\n'.repeat(128)}\r\n`)).toBe('too-many-headers');
    expect(errorOf(`${ADDRESSES}\r\n${type}X: ${'y'.repeat(17_000)}\r\n\r\n`)).toBe('headers-too-large');
  });

  test('an endless header is given up at the bound, long before its end', () => {
    const parser = new EnvelopeParser();
    let pushed = 0;
    while (parser.push(Buffer.alloc(1000, 'x')) === 'more') pushed += 1000;
    expect(parser.error).toBe('headers-too-large');
    expect(pushed).toBeLessThan(17_000);
  });
});

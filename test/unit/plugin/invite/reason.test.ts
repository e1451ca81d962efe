import * as fc from 'fast-check';
import { parseReasons, partingOf } from '../../../../plugin/invite/reason.js';

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

const read = (value: string) => [...parseReasons(value).values()];

describe('BYE-04 Reason, leniently', () => {
  test.each<[string, string, ReturnType<typeof read>]>([
    ['one', 'SIP;cause=200;text="Call completed"', [{ protocol: 'sip', cause: 200, text: 'Call completed' }]],
    ['any order and case', 'sip ; TEXT="Gone" ; Cause = 410', [{ protocol: 'sip', cause: 410, text: 'Gone' }]],
    [
      'several, a comma in quotes',
      'Q.850;cause=16;text="a, b; \\"c\\"", SIP;cause=480',
      [
        { protocol: 'q.850', cause: 16, text: 'a, b; "c"' },
        { protocol: 'sip', cause: 480, text: null },
      ],
    ],
    ['no cause', 'SIP;text="so"', [{ protocol: 'sip', cause: null, text: 'so' }]],
    ['no number', 'SIP;cause=abc', [{ protocol: 'sip', cause: null, text: null }]],
    ['the first of two of a protocol', 'SIP;cause=200,sip;cause=410', [{ protocol: 'sip', cause: 200, text: null }]],
    ['nothing', ' , ;cause=1', [{ protocol: 'cause=1', cause: null, text: null }].slice(1)],
  ])('%s', (_name, value, expected) => {
    expect(read(value)).toEqual(expected);
  });

  test('whatever is written is read back, in any order and case, among others', () => {
    const cause = fc.option(fc.nat(999));
    const text = fc.option(fc.string({ maxLength: 20 }).filter((given) => !/[\r\n]/.test(given)));
    const upper = fc.boolean();
    const others = fc.subarray(['Q.850;cause=16', 'X;y="a,b"', 'Preemption ;cause=1;text="UA, \\" Preemption"']);
    fc.assert(
      fc.property(cause, text, upper, others, fc.boolean(), (code, words, big, more, last) => {
        const params = [
          ...(code === null ? [] : [`${big ? 'CAUSE' : 'cause'}=${code}`]),
          ...(words === null ? [] : [`text=${quoted(words)}`]),
        ];
        const own = [big ? 'SIP' : 'sip', ...(last ? params.toReversed() : params)].join(';');
        const value = (last ? [...more, own] : [own, ...more]).join(', ');
        expect(parseReasons(value).get('sip')).toEqual({ protocol: 'sip', cause: code, text: words });
      }),
    );
  });

  test('nothing makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        for (const { cause } of parseReasons(value).values()) expect(cause === null || cause >= 0).toBe(true);
      }),
    );
  });
});

const bye = (reason: string | undefined, source: 'network' | 'application' = 'network') => ({
  source,
  get: (name: string) => (name === 'Reason' ? reason : undefined),
});

describe('what a BYE means', () => {
  test('BYE-01 without membership he has left, whatever it says', () => {
    expect(partingOf(bye(undefined), false)).toEqual({ how: 'departed' });
    expect(partingOf(bye('SIP;cause=480;text="Bearer Unavailable"'), false)).toEqual({
      how: 'departed',
      cause: { status: 480, reason: 'Bearer Unavailable' },
    });
  });

  test('BYE-02 a member leaves for good with cause=200 alone', () => {
    expect(partingOf(bye('Q.850;cause=16, SIP;cause=200;text="Call completed"'), true)).toMatchObject({
      how: 'departed',
    });
  });

  test.each([undefined, 'SIP', 'SIP;cause=408', 'SIP;cause=480', 'SIP;cause=500', 'SIP;cause=503', 'Q.850;cause=200'])(
    'BYE-03 with %s he is away',
    (reason) => {
      expect(partingOf(bye(reason), true).how).toBe('disconnected');
    },
  );

  test('BYE-02 TMR-07 not when the stack itself sent it: drachtio-server says cause=200 then, too', () => {
    expect(partingOf(bye('SIP;cause=200;text="Session timer expired"', 'application'), true)).toEqual({
      how: 'failed',
    });
  });
});

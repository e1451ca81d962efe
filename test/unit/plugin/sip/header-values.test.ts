import * as fc from 'fast-check';
import { header } from '../../../../plugin/sip/header-values.js';

/** drachtio-srf does not export it, and declares no types of it. */
interface Message {
  headers: Record<string, string>;
  get(name: string): string | undefined;
}
const SipMessage = jest.requireActual<new (text: string) => Message>('drachtio-srf/lib/sip-parser/message');

const NAMES = ['Require', 'Contribution-ID', 'X-Tag', 'P-Preferred-Service', 'P-Asserted-Identity', 'Diversion', 'Via'];

const cased = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('as is', 'upper', 'lower')).map(([name, how]) => {
  if (how === 'as is') return name;
  return how === 'upper' ? name.toUpperCase() : name.toLowerCase();
});

test('a header is what drachtio-srf says it is, in whatever case it was written', () => {
  fc.assert(
    fc.property(fc.uniqueArray(cased, { maxLength: 6 }), fc.constantFrom(...NAMES), (written, asked) => {
      const lines = written.map((name, i) => `${name}: value ${i}`);
      const msg = new SipMessage(['INVITE sip:room@example.net SIP/2.0', ...lines, '', ''].join('\r\n'));
      const value = header({ get: (name) => msg.get(name), msg }, asked);
      expect(value).toBe(msg.get(asked));
    }),
  );
});

test('a header is found in its compact form', () => {
  const msg = new SipMessage('INVITE sip:room@example.net SIP/2.0\r\nb: <sip:ann@example.net>\r\n\r\n');
  const req = { get: (name: string) => msg.get(name), msg };
  expect(header(req, 'Referred-By')).toBe(msg.get('Referred-By'));
  expect(header(req, 'Referred-By', 'b')).toBe('<sip:ann@example.net>');
});

test('of a message that was made and not read, too', () => {
  expect(header({ get: (name) => (name === 'Contact' ? '<sip:ann@example.net>' : undefined) }, 'Contact')).toBe(
    '<sip:ann@example.net>',
  );
});

import * as fc from 'fast-check';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import type { SipRequest } from '../../../../plugin/drachtio/srf-types.js';
import { readReference } from '../../../../plugin/refer/reference.js';
import { list } from '../../../support/referrer.js';

const ANA = { uri: 'sip:ana@example.com', aliases: [], displayName: null, anonymous: false, anonymousUri: null };

const CONTEXT = {
  host: 'conf.example.com',
  by: ANA,
  own: (uri: string): boolean => uri.endsWith('@conf.example.com'),
  rcs: true,
  maxListEntries: 3,
};

/** As drachtio-srf has it: compact names that it does not know stay as they came. */
const request = (headers: Record<string, string>, body?: string) =>
  ({ body, get: (name: string) => headers[name] }) as SipRequest;

const read = (headers: Record<string, string>, body?: string) => readReference(request(headers, body), CONTEXT);

test('REF-02 the compact forms that neither drachtio expands', () => {
  expect(read({ r: '<tel:+33600000005>', b: '<sip:mallory@example.com>' })).toEqual({
    invite: [{ uri: 'tel:+33600000005' }],
    remove: [],
    several: false,
    silent: false,
  });
  expect(read({ r: 'sip:a@h', 'Refer-To': 'sip:b@h' })).toMatchObject({ status: 400 });
});

test('REF-07 what the cid says goes for entries that say nothing', () => {
  const headers = { r: '<cid:a@h>;method=BYE', c: 'application/resource-lists+xml', 'Content-ID': 'a@h' };
  const document = list('sip:bob@example.com', 'SIP:bob@EXAMPLE.com:5060', 'sip:carla@example.com;method=INVITE');
  expect(read(headers, document)).toMatchObject({
    invite: [{ uri: 'sip:carla@example.com', copyControl: 'to' }],
    remove: ['sip:bob@example.com', 'SIP:bob@EXAMPLE.com:5060'],
    silent: true,
  });
});

test('REF-07 INV-02 FAC-09 each once, and nothing that leads elsewhere', () => {
  const headers = { r: 'cid:a@h', c: 'application/resource-lists+xml', 'Content-ID': '<a@h>' };
  const uris = ['sip:bob@example.com;maddr=192.0.2.1', 'sip:bob@example.com', 'sip:x@conf.example.com'];
  expect(read(headers, list(...uris))).toMatchObject({ invite: [{ uri: 'sip:bob@example.com' }] });
  const tooLong = expect.objectContaining({ sipStatus: 403, limit: 'invitations.maxListEntries' });
  expect(() => read(headers, list(...uris, 'sip:d@h'))).toThrow(tooLong);
  expect(() => read(headers, list('sip:'))).toThrow(ChatroomsError);
  expect(() => read(headers, list('tel:nobody;'))).not.toThrow();
});

test.each([
  ['another part', 'multipart/mixed;boundary=b', '--b\r\nContent-ID: <z@h>\r\n\r\nx\r\n--b--\r\n'],
  ['another type', 'text/plain', list('sip:bob@example.com')],
  ['no boundary', 'multipart/mixed', list('sip:bob@example.com')],
  ['no body', 'application/resource-lists+xml', undefined],
])('REF-08 a cid that names no list: %s', (_what, type, body) => {
  expect(read({ r: 'cid:a@h', c: type, 'Content-ID': '<a@h>' }, body)).toMatchObject({ status: 400 });
});

test('whatever comes is read, or refused', () => {
  const value = fc.string({ unit: 'binary', maxLength: 60 });
  const referTo = fc.oneof(value, fc.constantFrom('cid:a@h', '<cid:a@h>;method=BYE', 'sip:a@h', '<tel:+1;method=BYE>'));
  const type = fc.oneof(value, fc.constantFrom('application/resource-lists+xml', 'multipart/mixed;boundary="b"'));
  const body = fc.oneof(
    value,
    value.map((text) => list(text)),
    value.map(
      (text) => `--b\r\nContent-ID: a@h\r\nContent-Type: application/resource-lists+xml\r\n\r\n${text}\r\n--b--`,
    ),
  );
  fc.assert(
    fc.property(referTo, type, body, value, (to, contentType, content, require) => {
      const headers = { 'Refer-To': to, 'Content-Type': contentType, 'Content-ID': '<a@h>', Require: require };
      try {
        const result = read(headers, content);
        const status = 'status' in result ? result.status : 202;
        expect([202, 400, 403, 420]).toContain(status);
      } catch (error) {
        expect(error).toMatchObject({ sipStatus: 400, name: 'ChatroomsError' });
      }
    }),
  );
});

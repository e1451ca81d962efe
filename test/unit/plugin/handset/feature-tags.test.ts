import * as fc from 'fast-check';
import { legKind } from '../../../../plugin/handset/feature-tags.js';
import { deviceOf } from '../../../../plugin/invite/device.js';
import { keepsNoState, peerProfile } from '../../../../plugin/sip/peer-profile.js';

const of = (headers: Record<string, string>) => ({ get: (name: string) => headers[name] });
const contact = (params: string) => of({ Contact: `<sip:+33600000001@192.0.2.1:5060>${params}` });

const CPM = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session.group';
const ENCODED = CPM.replaceAll(':', '%3A');

test.each([
  [';+g.oma.sip-im', 'simple-im'],
  ['; +G.OMA.SIP-IM ;expires=60', 'simple-im'],
  [';+g.oma.sip-im="TRUE"', 'simple-im'],
  [`;+g.3gpp.icsi-ref="${ENCODED}"`, 'cpm'],
  [`;+g.3gpp.icsi-ref="${ENCODED.replaceAll('%3A', '%3a')}"`, 'cpm'],
  [`;+g.3gpp.icsi-ref="${CPM}"`, 'cpm'],
  [`;+g.3gpp.icsi-ref = "<${CPM}>"`, 'cpm'],
  [`;+g.3gpp.icsi-ref=${ENCODED}`, 'cpm'],
  [`;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel,${ENCODED}"`, 'cpm'],
  [`;+g.oma.sip-im;+g.3gpp.icsi-ref="${ENCODED}"`, 'cpm'],
  ['', 'plain'],
  [';+g.oma.sip-im.large-message', 'plain'],
  [';+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"', 'plain'],
  [';x="+g.oma.sip-im"', 'plain'],
])('CAP-06: %s is %s', (params, kind) => {
  expect(legKind(contact(params))).toBe(kind);
  expect(legKind(of({ 'Accept-Contact': `*${params}` }))).toBe(kind);
});

test('CAP-06: nothing inside a URI counts, and compact forms do', () => {
  expect(legKind(of({ Contact: '<sip:a;+g.oma.sip-im@192.0.2.1;+g.oma.sip-im>' }))).toBe('plain');
  expect(legKind(of({ m: '<sip:a@192.0.2.1>;+g.oma.sip-im' }))).toBe('simple-im');
  expect(legKind(of({ a: '*;require, *;+g.oma.sip-im' }))).toBe('simple-im');
});

test('CAP-06: no value throws', () => {
  const piece = fc.constantFrom('<', '>', '"', ';', ',', '=', '+g.oma.sip-im', '+g.3gpp.icsi-ref', '%3A', 'sip:', '\\');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const message = of({ Contact: pieces.join('') });
      return typeof legKind(message) === 'string' && deviceOf(message, true) !== undefined;
    }),
  );
});

test('MSRP-15, SUB-11: what follows for a handset', () => {
  const interop = {
    strict: false,
    assumePrivateMessages: 'auto',
    lenientNicknameQuoting: 'auto',
    lenientMessageId: false,
  } as const;
  expect(peerProfile('IM-client/OMA1.0', interop, 'simple-im')).toMatchObject({ delivery: 'exact', kind: 'simple-im' });
  expect(peerProfile('Blink Pro 5.9.1', interop, 'plain')).toMatchObject({ delivery: 'whole', kind: 'plain' });
  expect(peerProfile('x', interop)).not.toHaveProperty('kind');
  expect([keepsNoState(contact(';+g.oma.sip-im')), keepsNoState(contact(''))]).toEqual([true, false]);
});

test.each([
  [';+sip.instance="<urn:uuid:AB>"', true, '<urn:uuid:ab>'],
  [';+sip.instance="<urn:uuid:ab>"', false, '<urn:uuid:ab>'],
  ['', true, '192.0.2.1'],
  ['', false, null],
])('JOIN-08: the device of Contact %s', (params, handset, instance) => {
  expect(deviceOf(contact(params), handset)).toBe(instance);
});

test('JOIN-08: no Contact, no device', () => {
  expect(deviceOf(of({}), true)).toBeNull();
});

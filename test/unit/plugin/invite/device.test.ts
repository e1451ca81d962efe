import { deviceOf } from '../../../../plugin/invite/device.js';

const of = (contact: string, byHost: boolean) =>
  deviceOf({ get: (name) => (name === 'Contact' ? contact : '') }, byHost);

describe('JOIN-08 which device it is', () => {
  test.each([
    ['<sip:a@192.0.2.1>;+sip.instance="<urn:uuid:00AB>"', '<urn:uuid:00ab>', '<urn:uuid:00ab>'],
    ['<sip:a@Phone.example.com:5070;transport=tcp>;expires=60', null, 'phone.example.com'],
    ['<sip:a@192.0.2.1>;+sip.instance', null, '192.0.2.1'],
    ['<tel:+34600000001>', null, null],
    ['*', null, null],
  ])('%s', (contact, byInstance, byHost) => {
    expect([of(contact, false), of(contact, true)]).toEqual([byInstance, byHost]);
  });
});

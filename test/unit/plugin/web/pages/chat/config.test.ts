import { completeConfig, mediaUrl, readConfig, roomOf } from '../../../../../../plugin/web/pages/chat/config.js';

const PAGE = new URL('https://chat.example.com/?room=lobby');

test('what the server does not say is what it is likely to have', async () => {
  const expected = {
    domain: 'chat.example.com',
    auth: 'open',
    title: undefined,
    maxMessageSize: 52_428_800,
    sip: 'wss://chat.example.com/sip',
    msrp: 'wss://chat.example.com/msrp',
  };
  expect(completeConfig({}, PAGE)).toEqual(expected);
  expect(completeConfig('nonsense', PAGE)).toEqual(expected);
  expect(await readConfig(PAGE, () => Promise.reject(new Error('offline')))).toEqual(expected);
  expect(completeConfig({}, new URL('http://127.0.0.1:8080/'))).toMatchObject({ sip: 'ws://127.0.0.1:8080/sip' });
});

test('what the server says', () => {
  const given = {
    domain: 'example.com',
    auth: 'digest',
    sip: 'wss://sip.example.com',
    msrp: '/msrp/{port}',
    title: 'Talk',
  };
  const config = completeConfig(given, PAGE);
  expect(config).toMatchObject({ domain: 'example.com', auth: 'digest', sip: 'wss://sip.example.com/', title: 'Talk' });
  if (typeof config === 'string') throw new Error(config);
  expect(mediaUrl(config.msrp).url?.({ port: 2865 })).toBe('wss://chat.example.com/msrp/2865');
  expect(completeConfig({ msrp: null }, PAGE)).toMatchObject({ msrp: undefined });
  expect(mediaUrl(undefined)).toEqual({});
  expect(completeConfig({ sip: null }, PAGE)).toBe('sip');
});

test('the address of the page names a room', () => {
  const rooms = ['?room=coffee%20break', '#coffee%20break', '#50%', ''].map((end) => roomOf(new URL(end, 'http://a/')));
  expect(rooms).toEqual(['coffee break', 'coffee break', '50%', '']);
});

const at = (url: string, given: unknown = {}) => completeConfig(given, new URL(url));

test('a server without SIP for pages is an obstacle', () => {
  expect(at('https://chat.example/', { sip: null })).toBe('sip');
});

test('7977-5.1-02: a page that came without TLS says so where the server wants it, instead of being refused', () => {
  expect(at('http://chat.example/', { plain: false })).toBe('tls');
  expect(at('https://chat.example/', { plain: false })).toMatchObject({ sip: 'wss://chat.example/sip' });
  expect(at('http://127.0.0.1:8080/', { plain: true })).toMatchObject({ sip: 'ws://127.0.0.1:8080/sip' });
});

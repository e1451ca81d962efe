import type { IncomingMessage } from 'node:http';
import { Visitors, type VisitorsOptions } from '../../../../plugin/web/visitor.js';

const visitors = (options: Partial<VisitorsOptions> = {}): Visitors =>
  new Visitors({ names: ['chat.example.com'], onlyKnownHosts: true, ...options });

const from = (remoteAddress: string | undefined, headers: IncomingMessage['headers'] = {}) =>
  ({ headers, socket: { remoteAddress } }) as Pick<IncomingMessage, 'headers' | 'socket'>;

describe('who he is', () => {
  const FORWARDED = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };

  test('a proxy that we do not know is not believed', () => {
    expect(visitors().of(from('127.0.0.1', FORWARDED))).toEqual({ address: '127.0.0.1', secure: false });
    const others = visitors({ proxies: ['10.0.0.0/8'] });
    expect(others.of(from('127.0.0.1', FORWARDED))).toEqual({ address: '127.0.0.1', secure: false });
  });

  test('one that we know is', () => {
    const known = visitors({ proxies: ['127.0.0.0/8', '10.0.0.0/8'] });
    expect(known.of(from('127.0.0.1', FORWARDED))).toEqual({ address: '203.0.113.9', secure: true });
    expect(known.of(from('::ffff:127.0.0.1', FORWARDED))).toEqual({ address: '203.0.113.9', secure: true });
    expect(known.of(from('127.0.0.1'))).toEqual({ address: '127.0.0.1', secure: false });
    expect(known.of(from('127.0.0.1', { 'x-forwarded-proto': 'http', origin: 'https://a.example' }))).toMatchObject({
      secure: false,
    });
  });

  test.each([
    ['1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['1.1.1.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['10.1.2.3', '127.0.0.1'],
    ['203.0.113.9, nonsense', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
  ])('X-Forwarded-For: %s is %s, whatever he wrote in front himself', (header, address) => {
    const known = visitors({ proxies: ['127.0.0.1', '10.0.0.0/8'] });
    expect(known.of(from('127.0.0.1', { 'x-forwarded-for': header })).address).toBe(address);
  });

  test('of several words on the protocol that of our own proxy counts, which is the last', () => {
    const known = visitors({ proxies: ['127.0.0.1'] });
    const said = (proto: string): boolean => known.of(from('127.0.0.1', { 'x-forwarded-proto': proto })).secure;
    expect([said('https, http'), said('http, HTTPS')]).toEqual([false, true]);
  });

  test('a page of https is protected as far as its browser can see', () => {
    expect(visitors().of(from('127.0.0.1', { origin: 'https://a.example' })).secure).toBe(true);
    expect(visitors().of(from('127.0.0.1', { origin: 'http://a.example' })).secure).toBe(false);
  });

  test('who is gone has no address', () => {
    expect(visitors({ proxies: ['127.0.0.1'] }).of(from(undefined, FORWARDED)).address).toBeUndefined();
  });

  test('CHAT_ERR_OPTION for what is no address block', () => {
    expect(() => visitors({ proxies: ['nginx'] })).toThrow('http.web.proxies');
  });
});

describe('whom he means', () => {
  test.each([
    ['127.0.0.1:8080', true],
    ['127.1.2.3', true],
    ['[::1]:8080', true],
    ['localhost:8080', true],
    ['LOCALHOST', true],
    ['a.localhost:1', true],
    ['chat.example.com', true],
    ['chat.example.com:8443', true],
    ['www.example.com', true],
    ['example.com', false],
    ['evil-localhost', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['chat.example.com.evil.example', false],
    ['192.168.1.2:8080', false],
    ['', false],
    [undefined, false],
  ])('%s is us: %s', (host, known) => {
    const own = visitors({ origins: ['https://www.example.com:8443'] });
    expect(own.meansUs(host)).toBe(known);
  });

  test('where others than this machine get in anyway, any name is ours', () => {
    expect(visitors({ onlyKnownHosts: false }).meansUs('10.1.2.3')).toBe(true);
  });
});

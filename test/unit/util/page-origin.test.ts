import { isOwnPage } from '../../../lib/util/page-origin.js';

test.each<[string | undefined, string | undefined, boolean]>([
  // Only browsers send it.
  [undefined, 'chat.example', true],
  ['http://chat.example', 'chat.example', true],
  ['http://chat.example:8080', 'chat.example:8080', true],
  ['https://chat.example', 'CHAT.example', true],
  ['https://chat.example', 'chat.example:443', true],
  ['http://chat.example', 'chat.example:80', true],
  ['http://[::1]:8080', '[::1]:8080', true],
  ['https://friend.example', 'chat.example', true],
  ['https://friend.example:8443', 'chat.example', false],
  ['http://friend.example', 'chat.example', false],
  ['https://chat.example', 'chat.example:80', false],
  ['https://chat.example:8443', 'chat.example', false],
  ['http://chat.example', 'chat.example:8080', false],
  ['http://evil.example', 'chat.example', false],
  ['http://chat.example.evil.example', 'chat.example', false],
  ['http://chat.example@evil.example', 'chat.example', false],
  ['file://', 'chat.example', false],
  ['chrome-extension://chat.example', 'chat.example', false],
  ['null', 'chat.example', false],
  ['', 'chat.example', false],
  ['http://chat.example', undefined, false],
])('RFC 6455 §10.2: a page of %s at %s: %s', (origin, host, own) => {
  expect(isOwnPage({ origin, host }, ['https://friend.example'])).toBe(own);
});

import { type WebhookOptions, webhookSettings } from '../../../../../plugin/events/webhooks/webhook-options.js';

const secret = 'a secret';

test.each([
  ['https://example.com', 'https://example.com/', 'https://example.com/', undefined],
  ['http://ana@example.com/x#y', 'http://example.com/x', 'http://***@example.com/x', 'ana:'],
  [
    'https://:p%40ss@example.com:8443/?a=1&b',
    'https://example.com:8443/?a=1&b',
    'https://***@example.com:8443/?a=***&b=***',
    ':p@ss',
  ],
  ['http://a%zz:b@[::1]:80/', 'http://[::1]/', 'http://***@[::1]/', 'a%zz:b'],
])('%s', (url, asked, shown, credentials) => {
  expect(webhookSettings({ url, secret })).toMatchObject({
    url: asked,
    shown,
    authorization: credentials && `Basic ${Buffer.from(credentials).toString('base64')}`,
  });
});

test.each([
  [{ url: 'ftp://ana:pass@example.com/' }, 'CHAT_ERR_OPTION', 'webhooks.url'],
  [{ url: 'pass' }, 'CHAT_ERR_OPTION', 'webhooks.url'],
  [{ secret: '' }, 'CHAT_ERR_OPTION', 'webhooks.secret'],
  [{ secret: undefined }, 'CHAT_ERR_OPTION', 'webhooks.secret'],
  [{ url: undefined }, 'CHAT_ERR_OPTION', 'webhooks.url'],
  [{ secret: 'whsec_' }, 'CHAT_ERR_OPTION', 'webhooks.secret'],
  [{ events: ['joined'] }, 'CHAT_ERR_OPTION', 'joined'],
])('%j is refused, and nothing secret is said', (given, code, says) => {
  const attempt = (): unknown =>
    webhookSettings({ url: 'http://ana:pass@example.com/', secret, ...given } as WebhookOptions);
  expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) }));
  expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('pass') }));
});

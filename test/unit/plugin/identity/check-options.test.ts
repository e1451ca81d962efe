import { parseOptions } from '../../../../plugin/options/parse-options.js';
import type { ChatroomsOptions } from '../../../../plugin/options/options.js';

const lookup = () => null;

test.each<[string, ChatroomsOptions]>([
  ['trustedPeers', { trustedPeers: ['proxy'] }],
  ['digest needs users', { auth: 'digest' }],
  ['trusted-proxy needs peers', { auth: 'trusted-proxy' }],
  ['one kind of users', { digest: { lookup, file: 'users' } }],
  ['controls in the realm', { digest: { realm: 'a\nb' } }],
  ['a domain forgotten', { domain: ['a.example', 'b.example'], auth: { 'a.example': 'open' } }],
])('IDN-04: %s', (_, options) => {
  expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_OPTION' }));
});

test.each<ChatroomsOptions>([
  { auth: 'digest', digest: { lookup } },
  { auth: 'digest', authenticate: () => null },
  { auth: 'trusted-proxy', trustedPeers: ['::1'] },
  { domain: 'A.example', auth: { 'a.Example': 'open' } },
  { domain: () => null, auth: { 'a.example': 'open' } },
])('IDN-04: %j', (options) => {
  expect(() => parseOptions(options)).not.toThrow();
});

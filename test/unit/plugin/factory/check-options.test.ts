import type { ChatroomsOptions } from '../../../../plugin/options/options.js';
import { parseOptions } from '../../../../plugin/options/parse-options.js';

test.each<ChatroomsOptions>([
  { factory: 'new' },
  { factory: ['new', 'sip:new@CONF.example.com'], domain: ['conf.example.com'] },
  { factory: 'sip:new@conf.example.com', domain: () => null },
])('FAC-01: %j', (options) => {
  expect(() => parseOptions(options)).not.toThrow();
});

test('FAC-01: a factory in a domain whose rooms would be nobody’s to call is refused', () => {
  const options = { factory: 'sip:new@example.com', domain: 'conf.example.com' };
  const refused = expect.objectContaining({
    code: 'CHAT_ERR_OPTION',
    message: expect.stringMatching(/^Option factory: sip:new@example\.com /),
  });
  expect(() => parseOptions(options)).toThrow(refused);
});

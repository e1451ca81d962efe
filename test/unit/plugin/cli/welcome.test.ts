/** The command that is proposed at start reaches the server it was printed by. */
import { welcome } from '../../../../plugin/cli/welcome.js';
import { loadConfig } from '../../../../plugin/config/load.js';

const proposed = (argv: readonly string[], host: string, port: number): string | undefined => {
  const { config } = loadConfig({ argv: [...argv, '--auth', 'open'], env: {} });
  const text = welcome(config, { sip: { udp: { host, port } }, msrp: { msrp: '127.0.0.1:2855' }, http: 8080 });
  return /^ {2}npx drachtio-chatroom chat (.*)$/m.exec(text)?.[1];
};

test.each<[string[], string, number, string]>([
  [[], '127.0.0.1', 5060, 'sip:lobby@localhost --nick alice'],
  [[], '0.0.0.0', 5060, 'sip:lobby@localhost --nick alice'],
  [[], '127.0.0.1', 5080, 'sip:lobby@localhost --nick alice --proxy 127.0.0.1:5080'],
  [[], '0.0.0.0', 5080, 'sip:lobby@localhost --nick alice --proxy 127.0.0.1:5080'],
  [[], '::', 5080, 'sip:lobby@localhost --nick alice --proxy [::1]:5080'],
  [[], '192.0.2.7', 5060, 'sip:lobby@localhost --nick alice --proxy 192.0.2.7:5060'],
  [['--domain', 'chat.example.com'], '0.0.0.0', 5060, 'sip:lobby@chat.example.com --nick alice --proxy 127.0.0.1:5060'],
])('%j, SIP at %s:%d', (argv, host, port, command) => {
  expect(proposed(argv, host, port)).toBe(command);
});

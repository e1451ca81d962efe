import { Writable } from 'node:stream';
import { runReload } from '../../../../plugin/cli/reload.js';

/** A stream, and all that was written to it. */
function sink(): { stream: Writable; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

test.each([
  ['a URL that is none', ['--url', 'localhost'], {}, /^drachtio-chatroom: --url localhost is not the URL of a server/],
  ['a token file that is not there', ['--token-file', '/no/token'], {}, /^drachtio-chatroom: --token-file \/no\/token/],
  ['a token that is none', [], { CHATROOM_HTTP_TOKEN: 'two words' }, /^drachtio-chatroom: CHATROOM_HTTP_TOKEN has no/],
  ['a flag that there is not', ['--now'], {}, /^drachtio-chatroom: Unknown option '--now'/],
  ['a word', ['lobby'], {}, /^drachtio-chatroom: Unexpected argument 'lobby'/],
])('%s is answered with one line, and code 2', async (_, argv, env, line) => {
  const [stdout, stderr] = [sink(), sink()];
  expect(await runReload(argv, { stdout: stdout.stream, stderr: stderr.stream, env })).toBe(2);
  expect([stdout.text(), stderr.text().split('\n').length]).toEqual(['', 2]);
  expect(stderr.text()).toMatch(line);
});

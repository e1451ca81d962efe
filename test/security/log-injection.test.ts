import { Writable } from 'node:stream';
import { ChatroomsError } from '../../plugin/index.js';
import { createLog } from '../../plugin/cli/log.js';
import { Bystanders } from '../support/bystanders.js';
import { Caller } from '../support/caller.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

const FORGED = '[12:00:00.000] INFO: admin logged in';
/** Ends the line in four ways, clears the screen in two, and turns the text around. */
const PAYLOAD = `x\r\n${FORGED}\n\u0085${FORGED}\u2028${FORGED}\u001b[2J\u009b2J\u202egnp.exe\u2066\u0000\u007f`;

/** Whatever steers a terminal or ends a line, but for the line feed that ends one. */
// oxlint-disable-next-line no-control-regex -- controls are what it looks for
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

class Log extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

const FORMATS = ['json', 'pretty'] as const;

describe.each(FORMATS)('log injection, %s', (logFormat) => {
  const begins = logFormat === 'json' ? /^\{"level":\d+,/ : /^(?:\[[\d:.]+\] (?:DEBUG|INFO|WARN|ERROR): | {4})/;

  test.each([
    ['the message', {}, PAYLOAD],
    ['a field', { uri: PAYLOAD }, 'seen'],
    ['a field within others', { a: { b: [PAYLOAD] } }, 'seen'],
    ['an error', { error: new Error(PAYLOAD) }, 'seen'],
    ['the error that loggers know', { err: new Error(PAYLOAD) }, 'seen'],
  ])('in %s', (_where, fields, message) => {
    const log = new Log();
    createLog({ logLevel: 'debug', logFormat }, log).info(fields, message);
    expect(log.text).not.toMatch(STEERING);
    for (const line of log.lines) expect(line).toMatch(begins);
    expect(log.lines.filter((line) => line.trimStart().startsWith(FORGED))).toEqual([]);
    if (logFormat === 'json') expect(log.lines.map((line) => JSON.parse(line) as unknown)).toHaveLength(1);
  });

  let server: ServerUnderTest;
  let log: Log;
  const start = async (options: ServerUnderTestOptions = {}): Promise<void> => {
    log = new Log();
    server = await ServerUnderTest.start({ logger: createLog({ logLevel: 'debug', logFormat }, log), ...options });
  };
  afterEach(() => server?.close());

  test('by whoever calls, through the reason that a program gives', async () => {
    await start({
      authorizeJoin: ({ req }) => {
        const reason = req.has('X-Reason') ? decodeURIComponent(req.get('X-Reason')) : '';
        if (reason) throw new ChatroomsError('CHAT_ERR_FORBIDDEN', `${reason} may not`, { sipStatus: 403 });
      },
    });
    const bystanders = await Bystanders.in(server);
    const reason: [string, string] = ['X-Reason', encodeURIComponent(PAYLOAD)];
    await expect(Caller.call(server, bystanders.room, { headers: [reason] })).rejects.toThrow('INVITE: 403');
    await bystanders.undisturbed();
    expect(log.text).toContain('may not');
    expect(log.text).not.toMatch(STEERING);
    for (const line of log.lines) expect(line).toMatch(begins);
  });
});

test.each(FORMATS)('log injection, %s: what is harmless stays readable', (logFormat) => {
  const log = new Log();
  createLog({ logLevel: 'info', logFormat }, log).info({ user: 'sip:žofie@example.com' }, 'žofie 😀 joined');
  expect(log.text).toContain('žofie 😀 joined');
  expect(log.text).toContain('sip:žofie@example.com');
});

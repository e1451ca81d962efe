import { joinRoom } from '../../lib/client/testing.js';
import { type RunningServer, serve } from '../support/program.js';

const ROOM = 'sip:lobby@localhost';
const SECRET = 'the vault is behind the clock';

interface Line {
  level: number;
  msg: string;
  endpoint?: string;
  callId?: string;
  text?: string;
  [field: string]: unknown;
}

/** A program in which Ana joins, writes to everybody and to Ben, and leaves; returns its log. */
async function chatted(...args: string[]): Promise<{ lines: Line[]; log: string }> {
  let server: RunningServer | undefined;
  try {
    server = await serve('--log-format', 'json', ...args);
    const proxy = server.sip;
    const ben = await joinRoom(ROOM, { uri: 'sip:ben@localhost', proxy, nick: 'Ben' });
    const ana = await joinRoom(ROOM, { uri: 'sip:ana@localhost', proxy, nick: 'Ana' });
    await ana.participant.send(SECRET);
    await ben.events.next('message');
    await ana.participant.sendPrivate('sip:ben@localhost', `${SECRET}\n\u202e\u001b[31m!`);
    await ben.events.next('message');
    await ana.participant.leave();
    await server.program.logs('"msg":"left"');
    await server.program.stop();
    const log = server.program.stderr;
    return {
      log,
      lines: log
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line),
    };
  } finally {
    server?.program.kill();
  }
}

/** What the log says of Ana's leg, by the id that its first line has. */
function legOf(lines: readonly Line[], uri: string): Line[] {
  const asked = lines.find(({ msg, from }) => msg === 'join asked' && from === uri);
  return lines.filter(({ endpoint }) => endpoint !== undefined && endpoint === asked?.endpoint);
}

test.each([
  ['one thread', []],
  ['two workers', ['--workers', '2']],
])('one id follows a participant from INVITE to BYE: %s', async (_what, args) => {
  const { lines } = await chatted('--log-level', 'debug', ...args);
  const leg = legOf(lines, 'sip:ana@localhost');
  const texts = leg.map(({ msg }) => msg);
  for (const text of [
    'join asked',
    'INVITE answered',
    'MSRP session bound',
    'joined',
    'nickname asked',
    'BYE received',
  ])
    expect(texts).toContain(text);
  expect(texts[0]).toBe('join asked');
  expect(leg[0]).toMatchObject({ room: ROOM, from: 'sip:ana@localhost', source: '127.0.0.1' });
  expect(leg.find(({ msg }) => msg === 'MSRP session bound')).toMatchObject({
    transport: 'tcp',
    remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
  expect(leg.find(({ msg }) => msg === 'left')).toMatchObject({
    participant: 'sip:ana@localhost',
    how: 'departed',
    seconds: expect.any(Number),
    messagesIn: 2,
    octetsIn: expect.any(Number),
  });
  // By what the SIP side of the network has it is found too.
  expect(new Set(leg.flatMap(({ callId }) => callId ?? [])).size).toBe(1);
});

test('at info there is a line for who joins, one for who leaves, and rooms', async () => {
  const { lines } = await chatted('--log-level', 'info');
  expect(lines.slice(0, 4).map(({ level, msg, participant }) => [level, msg, participant])).toEqual([
    [30, 'room created', undefined],
    [30, 'joined', 'sip:ben@localhost'],
    [30, 'joined', 'sip:ana@localhost'],
    [30, 'left', 'sip:ana@localhost'],
  ]);
  expect(lines.filter(({ level }) => level > 30)).toEqual([]);
});

test('PBX-12: nothing of what people write is in the log, at the lowest level', async () => {
  const { log, lines } = await chatted('--log-level', 'trace');
  expect(log).not.toContain(SECRET);
  expect(log).not.toContain(Buffer.from(SECRET).toString('base64'));
  const messages = lines.filter(({ msg }) => msg === 'message');
  expect(messages.map(({ level, private: isPrivate }) => [level, isPrivate])).toEqual([
    [10, false],
    [10, true],
  ]);
  expect(legOf(lines, 'sip:ana@localhost')).toEqual(expect.arrayContaining(messages));
});

test('log.bodies: what people write is there at debug, escaped, and not at info', async () => {
  const { log, lines } = await chatted('--log-level', 'debug', '--log-bodies');
  expect(lines.filter(({ msg }) => msg === 'message').map(({ level, text }) => [level, text])).toEqual([
    [20, SECRET],
    [20, `${SECRET}\n\u202e\u001b[31m!`],
  ]);
  for (const character of ['\u001b', '\u202e']) expect(log).not.toContain(character);
  expect(log).toContain('\\u202e');
  expect((await chatted('--log-level', 'info', '--log-bodies')).log).not.toContain(SECRET);
});

import { ServerUnderTest } from '../../support/server.js';
import { parseScript } from './parser.js';
import { PATIENT, runScript } from './runner.js';
import { SENTENCES } from './sentences/index.js';
import { SERVER_OPTIONS } from './stage.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start(SERVER_OPTIONS);
});
afterAll(() => server?.close());

const HEAD = ['# title', 'room lobby', 'Ana is sip:ana@example.com', 'Bob is sip:bob@example.com', ''];
const JOINED = [...HEAD, 'Ana and Bob join lobby'];

/** The only sentence that waits for what never comes; all before it may take their time. */
const HOPELESS = 'Ana sees Ana';

const run = (...lines: string[]): Promise<void> =>
  runScript(parseScript('x.script', lines.join('\n'), SENTENCES), server, (place) =>
    place.text === HOPELESS ? 100 : PATIENT(place),
  );

/** Scripts that are wrong about what happens, and what their error says. */
const WRONG: [string, string[], string[]][] = [
  ['another status', [...JOINED, 'Ana says "x" -> 403'], ['x.script:7', 'expected: 403', 'got:      200']],
  [
    'another text',
    [...JOINED, 'Ana says "x"', 'Bob receives "y" from Ana'],
    ['x.script:8', 'expected: "y"', 'got:      "x" from sip:ana@example.com'],
  ],
  [
    'another sender',
    [...JOINED, 'Ana says "x"', 'Bob receives "x" from Bob'],
    ['x.script:8', 'expected: "x" from sip:bob@example.com', 'got:      "x" from sip:ana@example.com'],
  ],
  [
    'private and not',
    [...JOINED, 'Ana whispers to Bob "x"', 'Bob receives "x" from Ana'],
    ['x.script:8', 'got:      "x" from sip:ana@example.com to sip:bob@example.com'],
  ],
  [
    'something instead of nothing',
    [...JOINED, 'Ana says "x"', 'Bob receives nothing'],
    ['x.script:8', 'expected: nothing', 'got:      "x" from sip:ana@example.com'],
  ],
  [
    'something nobody spoke of',
    [...JOINED, 'Ana says "x"'],
    ['x.script:7', '(end of the script) Bob got nothing more', 'got:      "x" from sip:ana@example.com'],
  ],
  [
    'something that came before leaving',
    [...JOINED, 'Ana says "x"', 'Bob leaves'],
    ['x.script:8', 'expected: nothing', 'got:      "x" from'],
  ],
  [
    'a BYE nobody spoke of',
    [...JOINED, 'Bob watches lobby', 'lobby removes Bob', "Bob's watch ends with rejected"],
    ['x.script:9', '(end of the script) Bob got nothing more', 'expected: nothing more to Bob', 'got:      BYE'],
  ],
  [
    'another roster',
    [...JOINED, 'Ana watches lobby', 'Ana still sees Ana'],
    ['x.script:8', 'expected: Ana', 'sip:bob@example.com on 1'],
  ],
  [
    'other octets',
    [...JOINED, 'Ana says "x"', 'Bob receives CPIM:', '  From: {any}', '', '  y'],
    ['x.script:8', 'expected: "From: {any}', 'got:      "From: <sip:ana@example.com>'],
  ],
  ['nobody in the room', [...HEAD, 'Ana leaves'], ['x.script:6', 'expected: Ana in a room', 'got:      no call']],
];

test.each(WRONG)('%s: the script fails there', async (_title, lines, parts) => {
  const error = await run(...lines).then(
    () => undefined,
    (failure: Error) => failure,
  );
  for (const part of parts) expect(error?.message).toContain(part);
});

test('what never comes is given up, with what it was and what there is instead', async () => {
  const failure = run(...JOINED, 'Ana watches lobby', 'Ana sees Ana and Bob', HOPELESS, 'Bob leaves');
  await expect(failure).rejects.toThrow(
    /x\.script:9\n.*\n {2}expected: Ana\n {2}got: {6}sip:ana@example\.com on 1, sip:bob/,
  );
});

test('after a script that failed the next one finds the server as it was', async () => {
  await expect(run(...JOINED, 'Ana says "x" -> 403')).rejects.toThrow('x.script:7');
  await run(...JOINED, 'Ana says "x"', 'Bob receives "x" from Ana');
  expect(server.server.rooms.size).toBe(0);
});

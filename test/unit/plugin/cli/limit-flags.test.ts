import { readLimits } from '../../../../plugin/cli/limit-flags.js';
import { readServeOptions } from '../../../../plugin/cli/serve-options.js';
import { UsageError } from '../../../../plugin/cli/usage-error.js';
import { parseOptions } from '../../../../plugin/parse-options.js';
import { limitFields } from '../../../../plugin/limits/options.js';

test('each goes where it belongs', () => {
  const flags = ['messagesPerSecond=0.5', 'joinsPerSecond=off', 'nicknameChangesPerMinute=5', 'maxSipConnections=20'];
  flags.push('invitations.perMinute=40', 'invitations.maxListEntries=9');
  expect(readLimits(flags, true)).toEqual({
    limits: { messagesPerSecond: 0.5, joinsPerSecond: false },
    invitations: { perMinute: 40, maxListEntries: 9 },
    rooms: { nicknameChangesPerMinute: 5 },
    sip: { maxConnections: 20 },
  });
});

test('may be repeated, or stand in CHATROOM_LIMIT with commas; flags win', () => {
  const env = { CHATROOM_LIMIT: 'maxRooms=7, messageBurst=9' };
  expect(readServeOptions([], env)).toMatchObject({ limits: { limits: { maxRooms: 7, messageBurst: 9 } } });
  const argv = ['--limit', 'maxRooms=8', '--limit', 'maxBans=2'];
  expect(readServeOptions(argv, env)).toMatchObject({ limits: { limits: { maxRooms: 8, maxBans: 2 } } });
  expect(readServeOptions([], {})).toMatchObject({ limits: { limits: {}, rooms: {}, sip: {} } });
});

test('every number among the options is known', () => {
  const numbers = [...Object.keys(limitFields), 'maxRooms', 'maxParticipants', 'maxBans', 'maxMessageSize'];
  numbers.push('maxPendingBytes', 'congestionTimeout', 'maxSpoolBytes', 'maxDocumentSize');
  numbers.push('largeMessage', 'maxLoopDelay');
  const { limits } = readLimits(
    numbers.map((name) => `${name}=5`),
    true,
  );
  expect(Object.keys(limits)).toEqual(numbers);
  expect(parseOptions({ limits }).limits).toEqual(limits);
});

test.each([
  ['speed=3', /--limit speed=3 is not known; write NAME=VALUE/],
  ['constructor=3', /--limit constructor=3 is not known/],
  ['maxRooms', /--limit maxRooms is not known; write NAME=VALUE/],
  ['maxRooms=many', /--limit maxRooms=many: "many" is no number/],
  ['maxRooms=', /"" is no number/],
  ['maxSipConnections=0', /has to be a whole number above 0/],
  ['invitations.perMinute=off', /"off" is no number/],
  ['nicknameChangesPerMinute=1.5', /has to be a whole number above 0/],
])('%s: one line that says what is wrong', (flag, message) => {
  expect(() => readLimits([flag], true)).toThrow(UsageError);
  expect(() => readLimits([flag], true)).toThrow(message);
});

test('a drachtio-server has limits of its own', () => {
  expect(() => readLimits(['maxSipConnections=5'], false)).toThrow(/for the embedded endpoint/);
});

test('a value that its option cannot have is told by the option', () => {
  const { limits } = readLimits(['maxRooms=off'], true);
  expect(() => parseOptions({ limits })).toThrow(/Option limits\.maxRooms: /);
});

import { LIMIT_NAMES } from '../../../../plugin/config/limit-flag.js';
import { loadConfig } from '../../../../plugin/config/load.js';
import { ConfigError } from '../../../../plugin/config/problems.js';
import { limitFields } from '../../../../plugin/limits/options.js';

const given = (limits: string[], more: string[] = []) => {
  const argv = [...limits.flatMap((limit) => ['--limit', limit]), ...more];
  return loadConfig({ argv, env: {} }).config;
};

test('each goes where it belongs', () => {
  const flags = ['messagesPerSecond=0.5', 'joinsPerSecond=off', 'nicknameChangesPerMinute=5', 'maxSipConnections=20'];
  flags.push('invitations.perMinute=40', 'invitations.maxListEntries=9');
  expect(given(flags)).toMatchObject({
    chatrooms: {
      limits: { messagesPerSecond: 0.5, joinsPerSecond: false },
      invitations: { perMinute: 40, maxListEntries: 9 },
      rooms: { defaults: { nicknameChangesPerMinute: 5 } },
    },
    sip: { limits: { maxConnections: 20 } },
  });
});

test('may be repeated, or stand in CHATROOM_LIMIT with commas; flags win', () => {
  const env = { CHATROOM_LIMIT: 'maxRooms=7, messageBurst=9' };
  expect(loadConfig({ argv: [], env }).settings.limits).toEqual({ maxRooms: 7, messageBurst: 9 });
  const argv = ['--limit', 'maxRooms=8', '--limit', 'maxBans=2'];
  expect(loadConfig({ argv, env }).settings.limits).toEqual({ maxRooms: 8, maxBans: 2, messageBurst: 9 });
  expect(loadConfig({ argv: [], env: {} }).settings.limits).toEqual({});
});

test('every number among the options is known', () => {
  const numbers = [...Object.keys(limitFields), 'maxRooms', 'maxParticipants', 'maxBans', 'maxMessageSize'];
  numbers.push('maxPendingBytes', 'congestionTimeout', 'maxSpoolBytes', 'maxDocumentSize');
  numbers.push('largeMessage', 'maxLoopDelay');
  expect(LIMIT_NAMES).toEqual(expect.arrayContaining(numbers));
  const { limits } = given(numbers.map((name) => `${name}=5`)).chatrooms;
  expect(limits).toEqual(Object.fromEntries(numbers.map((name) => [name, 5])));
});

test.each([
  ['speed=3', /^--limit speed=3 is not known; write NAME=VALUE/],
  ['constructor=3', /^--limit constructor=3 is not known/],
  ['messagesPersecond=5', /with a name of docs\/limits\.md; did you mean "messagesPerSecond"\?$/],
  ['maxRooms', /^--limit maxRooms is not known; write NAME=VALUE/],
  ['maxRooms=many', /^--limit maxRooms=many: "many" is no number$/],
  ['maxRooms=', /"" is no number$/],
  ['maxRooms=off', /^--limit maxRooms=off: has to be a whole number above 0$/],
  ['maxSipConnections=0', /^--limit maxSipConnections=0: has to be a whole number above 0$/],
  ['invitations.perMinute=off', /"off" is no number$/],
  ['nicknameChangesPerMinute=1.5', /^--limit nicknameChangesPerMinute=1.5: has to be a whole number above 0$/],
])('%s: one line that says what is wrong', (flag, message) => {
  expect(() => given([flag])).toThrow(ConfigError);
  expect(() => given([flag])).toThrow(message);
});

test('a drachtio-server has limits of its own', () => {
  expect(() => given(['maxSipConnections=5'], ['--drachtio', '127.0.0.1:9022'])).toThrow(
    /^--limit maxSipConnections=5 is for the embedded endpoint; drachtio-server has its own$/,
  );
});

import { hueOf, initials, listPeople, matching } from '../../../../../../../plugin/web/pages/chat/model/people.js';

const entry = (user: string, more: object = {}) => ({
  uri: `sip:${user}@localhost`,
  roles: ['participant'],
  devices: 1,
  ...more,
});

test('ourselves first, the others by name as people sort names; one role of several', () => {
  const people = listPeople(
    [
      entry('u10', { nickname: 'Ada 10' }),
      entry('u2', { nickname: 'ada 2', roles: ['moderator', 'participant'] }),
      entry('zoe', { displayName: 'Zoë' }),
      entry('me', { nickname: 'Zzz', roles: ['owner', 'moderator', 'participant'] }),
      entry('bob'),
    ],
    ({ uri }) => uri === 'sip:me@localhost',
    new Set(['zoe@localhost']),
  );
  expect(people.map(({ name }) => name)).toEqual(['Zzz', 'ada 2', 'Ada 10', 'bob', 'Zoë']);
  expect(people.map(({ role }) => role)).toEqual(['owner', 'moderator', undefined, undefined, undefined]);
  expect(people.filter(({ typing }) => typing).map(({ name }) => name)).toEqual(['Zoë']);
  expect(matching(people, ' ADA ').map(({ name }) => name)).toEqual(['ada 2', 'Ada 10']);
  expect(matching(people, 'u10@').map(({ name }) => name)).toEqual(['Ada 10']);
});

test('colours and letters', () => {
  const hues = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((user) => hueOf(`sip:${user}@localhost`, 8));
  expect(new Set(hues).size).toBeGreaterThan(3);
  expect(hueOf('sip:a@LOCALHOST;x=y', 8)).toBe(hues[0]);
  expect(['Bob the Builder', 'alice', '🙂', 'élan vital'].map(initials)).toEqual(['BB', 'A', '?', 'ÉV']);
});

import type { ConferenceInfo, UserInfo } from '../../../lib/client/conference-info.js';
import { nameOf, Roster } from '../../../lib/client/roster.js';

const ROOM = 'sip:lunch@conf.example.com';

function user(name: string, more: Partial<UserInfo> = {}): UserInfo {
  return {
    entity: `sip:${name}@example.com`,
    state: 'full',
    endpoints: [{ entity: `${name}-1`, state: 'full', status: 'connected' }],
    ...more,
  };
}

function full(version: number, ...list: UserInfo[]): ConferenceInfo {
  return { entity: ROOM, state: 'full', version, users: { state: 'full', list } };
}

function partial(version: number, ...list: UserInfo[]): ConferenceInfo {
  return { entity: ROOM, state: 'partial', version, users: { state: 'partial', list } };
}

const counted = (info: ConferenceInfo, userCount: number): ConferenceInfo => ({ ...info, userCount });

const names = (roster: Roster): string[] => roster.participants.map(nameOf);

describe('roster (4575-4.6-01)', () => {
  test('full documents replace, and the difference is told', () => {
    const roster = new Roster();
    roster.apply(full(0, user('ana'), user('bruno')));
    const update = roster.apply(full(1, user('bruno', { nickname: 'Bru' }), user('carla')));
    expect(update).toMatchObject({
      kind: 'changed',
      change: {
        joined: [{ uri: 'sip:carla@example.com' }],
        left: [{ uri: 'sip:ana@example.com' }],
        renamed: [{ entry: { nickname: 'Bru' }, before: undefined }],
      },
    });
    expect(names(roster)).toEqual(['Bru', 'carla']);
  });

  test('an older or equal version is discarded', () => {
    const roster = new Roster();
    roster.apply(full(5, user('ana')));
    expect(roster.apply(full(5))).toEqual({ kind: 'stale' });
    expect(roster.apply(full(4))).toEqual({ kind: 'stale' });
    expect(names(roster)).toEqual(['ana']);
    roster.restart();
    expect(roster.apply(full(0, user('bruno'))).kind).toBe('changed');
  });

  test('partial documents update by key', () => {
    const roster = new Roster();
    roster.apply(full(1, user('ana', { nickname: 'Ana', roles: ['moderator'] }), user('bruno')));
    roster.apply(
      partial(
        2,
        user('ana', { state: 'partial', endpoints: [{ entity: 'ana-2', state: 'full', status: 'connected' }] }),
        user('bruno', { state: 'deleted', endpoints: [] }),
        user('carla'),
      ),
    );
    expect(roster.participants).toEqual([
      { uri: 'sip:ana@example.com', nickname: 'Ana', roles: ['moderator'], devices: 2 },
      { uri: 'sip:carla@example.com', roles: [], devices: 1 },
    ]);
    roster.apply(
      partial(
        3,
        user('ana', { state: 'partial', endpoints: [{ entity: 'ana-1', state: 'deleted' }] }),
        user('carla', {
          state: 'partial',
          endpoints: [{ entity: 'carla-1', state: 'partial', status: 'disconnected' }],
        }),
      ),
    );
    expect(roster.participants).toMatchObject([{ uri: 'sip:ana@example.com', devices: 1 }]);
  });

  test('a missed partial document asks for full state', () => {
    const roster = new Roster();
    expect(roster.apply(partial(1, user('ana')))).toEqual({ kind: 'gap' });
    roster.apply(full(1, user('ana')));
    expect(roster.apply(partial(3, user('bruno')))).toEqual({ kind: 'gap' });
    expect(names(roster)).toEqual(['ana']);
    expect(roster.apply(full(7, user('bruno'))).kind).toBe('changed');
  });

  test('a deleted conference has ended', () => {
    const roster = new Roster();
    roster.apply(full(1, user('ana')));
    expect(roster.apply({ entity: ROOM, state: 'deleted', version: 2 })).toEqual({ kind: 'ended' });
    expect(roster.participants).toEqual([]);
  });

  test('only connected people are here; one who is listed without devices is', () => {
    const roster = new Roster();
    roster.apply(
      full(
        1,
        user('ana', { endpoints: [{ entity: 'a', state: 'full', status: 'pending' }] }),
        user('bruno', { endpoints: [] }),
        user('carla', { endpoints: [{ entity: 'c', state: 'full' }] }),
      ),
    );
    expect(names(roster)).toEqual(['bruno', 'carla']);
  });

  test('names resolve by nickname, display name, user part and address', () => {
    const roster = new Roster();
    roster.apply(
      full(
        1,
        user('ana', { nickname: 'Bruno' }),
        user('bruno', { displayText: 'B. Rossi' }),
        user('carla', { displayText: 'B. Rossi' }),
      ),
    );
    expect(roster.resolve('BRUNO').map((entry) => entry.uri)).toEqual(['sip:ana@example.com']);
    expect(roster.resolve('b. rossi')).toHaveLength(2);
    expect(roster.resolve('carla').map((entry) => entry.uri)).toEqual(['sip:carla@example.com']);
    expect(roster.resolve('sip:carla@example.com')).toHaveLength(1);
    expect(roster.resolve('dora')).toEqual([]);
    expect(roster.find('sip:ANA@example.com')).toBeUndefined();
    expect(roster.find('sips:ana@EXAMPLE.com;transport=tls')?.nickname).toBe('Bruno');
  });

  test('SUB-11 in several documents, or of some only: nobody joins or leaves by that', () => {
    const roster = new Roster();
    const changes = [
      counted(full(0, user('ana')), 3),
      counted(partial(1, user('bruno')), 3),
      partial(2, user('carla')),
      counted(partial(3, user('dora')), 4),
      counted(full(4, user('ana')), 5),
    ].map((info) => {
      const update = roster.apply(info);
      return update.kind === 'changed' ? [update.change.joined.length, update.change.left.length] : update.kind;
    });
    expect(changes).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 0],
    ]);
    expect([roster.count, roster.participants.length]).toEqual([5, 1]);
  });
});

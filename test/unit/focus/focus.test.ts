import type { RoomConfig, RoomConfigChange } from '../../../lib/focus/index.js';
import { ChatroomsError } from '../../../lib/util/errors.js';
import { FocusRig, type JoinFacts, ROOM, session } from '../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';

const refused = (rig: FocusRig, uri: string, facts?: JoinFacts): number | undefined => {
  try {
    rig.invite(uri, facts);
  } catch (error) {
    if (error instanceof ChatroomsError) return error.sipStatus;
    throw error;
  }
  return undefined;
};

/** What the switch is told of an endpoint that joins. */
const media = (uri: string, facts: JoinFacts) => {
  const rig = new FocusRig();
  return rig.control.endpoints.get(rig.join(uri, facts).id);
};

const anonymousMedia = (anonymousUri: string | null) => media(ANA, { identity: { anonymous: true, anonymousUri } });

/** What is sent while a participant joins a room with another in it. */
const greeted = (facts: JoinFacts, chatUnaware: RoomConfig['chatUnaware'] = 'greet') => {
  const rig = new FocusRig({ rooms: { defaults: { chatUnaware } } });
  rig.join(BO, { identity: { displayName: 'Bo\r\nX' } });
  const ana = rig.join(ANA, { peer: { chatroom: null }, ...facts });
  rig.focus.sessionBound(ana.id);
  rig.focus.sessionBound(ana.id);
  return { ana, sent: rig.control.sent };
};

test('7701-5.3-02 an ad-hoc room lives from its first joiner to its last endpoint', () => {
  const rig = new FocusRig();
  const first = rig.join(ANA);
  const watcher = rig.watch();
  const second = rig.join(ANA);
  const bo = rig.join(BO);
  first.handle.leave('departed');
  bo.handle.leave('failed');
  second.handle.leave('departed');
  second.handle.leave('departed');
  expect(rig.events).toEqual([
    `roomCreated ${ROOM}`,
    `join ${ANA}`,
    `join ${BO}`,
    `leave ${BO} failed failed`,
    `leave ${ANA} departed departed`,
    `roomClosed ${ROOM} empty`,
  ]);
  expect(rig.control.calls).toEqual([
    `openRoom ${ROOM}`,
    'addEndpoint e1',
    'addEndpoint e2',
    'addEndpoint e3',
    'removeEndpoint e1',
    'removeEndpoint e3',
    'removeEndpoint e2',
    `closeRoom ${ROOM}`,
  ]);
  expect(watcher.ends).toEqual(['noresource']);
  expect([rig.focus.rooms.size, rig.clock.pending]).toEqual([0, 0]);
  expect(first.ended).toEqual([]);
});

test('JOIN-17 an INVITE that came to nothing leaves no trace', () => {
  const rig = new FocusRig();
  const ana = rig.join(ANA);
  const watcher = rig.watch();
  const bo = rig.invite(BO);
  bo.handle.leave('failed');
  bo.handle.connect(session());
  rig.clock.advance(5000);
  expect(watcher.documents).toHaveLength(1);
  expect(rig.control.calls).toEqual([`openRoom ${ROOM}`, 'addEndpoint e1']);
  ana.handle.leave('departed');
  expect(rig.focus.rooms.size).toBe(0);
});

test('linger keeps an empty room for the next one', () => {
  const rig = new FocusRig({ rooms: { defaults: { linger: 1000 } } });
  rig.join(ANA).handle.leave('departed');
  rig.clock.advance(900);
  const bo = rig.join(BO);
  rig.clock.advance(50);
  bo.handle.leave('departed');
  rig.clock.advance(999);
  expect(rig.focus.rooms.size).toBe(1);
  rig.clock.advance(1);
  expect([rig.focus.rooms.size, rig.clock.pending]).toEqual([0, 0]);
});

test('7701-5.3-02 static and created rooms outlive their participants', () => {
  const rig = new FocusRig({ rooms: { create: 'nobody', static: { [ROOM]: { title: 'Lunch' } } } });
  rig.focus.create('sip:other@chat.example.com');
  rig.join(ANA, { room: 'SIP:lunch@CHAT.example.com' }).handle.leave('departed');
  expect([...rig.focus.rooms.values()].map(({ title }) => title)).toEqual(['Lunch', 'other']);
});

test('the configuration of a room that is not there yet', () => {
  const rig = new FocusRig({
    rooms: { defaults: { allowNicknames: false }, static: { [ROOM]: { deletion: 'empty' } } },
  });
  expect(rig.focus.configOf(ROOM)).toMatchObject({ allowNicknames: false, deletion: 'empty' });
  expect(rig.focus.configOf('sip:new@chat.example.com')).toMatchObject({ allowNicknames: false, deletion: 'empty' });
});

test('a room is created once, and only under a URI', () => {
  const rig = new FocusRig();
  rig.focus.create(ROOM);
  expect(() => rig.focus.create(ROOM)).toThrow(expect.objectContaining({ code: 'CHAT_ERR_ROOM_EXISTS' }));
  expect(() => rig.focus.create('lunch')).toThrow(expect.objectContaining({ code: 'CHAT_ERR_ROOM_URI' }));
});

describe('refusals', () => {
  test('4353-5.4-01 JOIN-02 unknown room where policy creates none: 404', () => {
    const rig = new FocusRig({ rooms: { create: 'nobody' } });
    expect(refused(rig, ANA)).toBe(404);
    expect(rig.focus.rooms.size).toBe(0);
  });

  test('4353-5.4-01 what is no room URI: 404', () => {
    expect(refused(new FocusRig(), ANA, { room: 'sip:@' })).toBe(404);
  });

  test('JOIN-05 locked room: 403', () => {
    expect(refused(new FocusRig({ rooms: { static: { [ROOM]: { locked: true } } } }), ANA)).toBe(403);
  });

  test('3323-4.2-01 IDN-09 anonymous where it is not allowed: 433', () => {
    const rig = new FocusRig({ rooms: { defaults: { allowAnonymous: false } } });
    expect(refused(rig, ANA, { identity: { anonymous: true } })).toBe(433);
    expect([rig.focus.rooms.size, rig.events]).toEqual([0, []]);
  });

  test('JOIN-06 room full, in participants: 486', () => {
    const rig = new FocusRig({ rooms: { defaults: { maxParticipants: 1 } } });
    rig.invite(ANA);
    expect(refused(rig, BO)).toBe(486);
    expect(refused(rig, ANA)).toBeUndefined();
  });

  test('JOIN-09 too many endpoints of one participant: 486', () => {
    const rig = new FocusRig({ limits: { maxEndpointsPerParticipant: 2 } });
    rig.join(ANA);
    rig.join(ANA);
    expect(refused(rig, ANA)).toBe(486);
  });

  test('too many rooms: 480', () => {
    const rig = new FocusRig({ limits: { maxRooms: 1 } });
    rig.join(ANA);
    expect(refused(rig, ANA, { room: 'sip:other@chat.example.com' })).toBe(480);
  });

  test('draining: 503, and those who are in stay', () => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    rig.focus.drain();
    expect(refused(rig, BO)).toBe(503);
    expect(ana.ended).toEqual([]);
  });

  test.each([ROOM, 'nobody', ''])('nobody joins as the room, or without a URI (%j): 403', (uri) => {
    expect(refused(new FocusRig(), uri)).toBe(403);
  });
});

describe('what the switch is told of an endpoint', () => {
  test('7701-5.2-06 the URIs of the participant', () => {
    const aliases = ['tel:+34600000001', ROOM, 'not a URI'];
    expect(media(ANA, { identity: { aliases }, roomAliases: ['sip:8000@example.com'] })).toMatchObject({
      room: ROOM,
      participant: ANA,
      fromUris: [ANA, 'tel:+34600000001'],
      toUris: [ANA, 'tel:+34600000001'],
      roomAliases: ['sip:8000@example.com'],
    });
  });

  test('P-ANON-01 IDN-08 3323-4.1-02 of an anonymous one the alias and its own anonymous URI only', () => {
    const alias = 'sip:anonymous1@anonymous.invalid';
    const nobody = 'sip:anonymous@anonymous.invalid';
    expect(anonymousMedia(null)).toMatchObject({ fromUris: [alias, nobody], toUris: [alias] });
    expect(anonymousMedia(nobody)).toMatchObject({ fromUris: [alias, nobody], toUris: [alias] });
    const gruu = 'sip:tgruu.7hs==jd7@example.com;gr';
    expect(anonymousMedia(gruu)).toMatchObject({ fromUris: [alias, nobody, gruu], toUris: [alias, gruu] });
  });

  test('5438-8-02 the switch hears what of an anonymous one is hidden, and of others nothing is', () => {
    const aliases = ['tel:+34600000001'];
    const identity = { anonymous: true, anonymousUri: null, aliases };
    expect(media(ANA, { identity })?.hiddenUris).toEqual([ANA, ...aliases]);
    expect(media(ANA, { identity: { aliases } })?.hiddenUris).toEqual([]);
  });

  test('P-ANON-01 an anonymous one cannot take the address of another', () => {
    const rig = new FocusRig();
    const first = rig.join(ANA, { identity: { anonymous: true } });
    const own = rig.control.endpoints.get(first.id)?.fromUris[0] ?? '';
    const forger = rig.join(BO, { identity: { anonymous: true, anonymousUri: own } });
    expect(rig.control.endpoints.get(forger.id)?.fromUris).not.toContain(own);
    const other = rig.join('sip:eve@example.com', {
      identity: { anonymous: true, anonymousUri: 'sip:cy@example.com' },
    });
    expect(rig.control.endpoints.get(other.id)?.fromUris).not.toContain('sip:cy@example.com');
  });

  test('P-ANON-01 an alias that a client took before is skipped, and free again when it left', () => {
    const rig = new FocusRig();
    rig.join('sip:host@example.com');
    const taken = 'sip:anonymous2@anonymous.invalid';
    const ana = rig.join(ANA, { identity: { anonymous: true, anonymousUri: taken } });
    const bo = rig.join(BO, { identity: { anonymous: true } });
    expect(rig.control.endpoints.get(bo.id)?.fromUris).toContain('sip:anonymous3@anonymous.invalid');
    expect(refused(rig, taken)).toBe(403);
    ana.handle.leave('departed');
    expect(rig.focus.findParticipant(ROOM, taken)).toBeUndefined();
    expect(refused(rig, taken)).toBeUndefined();
  });

  test('7701-8-09 P-SDP-02 private messages by SDP or by profile', () => {
    expect(media(ANA, {})).toMatchObject({ privateMessages: true, delivery: 'stream' });
    expect(media(ANA, { peer: { chatroom: null } })).toMatchObject({ privateMessages: false, delivery: 'whole' });
    const profile = { assumePrivateMessages: true, lenientNickname: true };
    expect(media(ANA, { peer: { chatroom: null }, profile })).toMatchObject({
      privateMessages: true,
      lenientNickname: true,
    });
    expect(media(ANA, { profile: { delivery: 'whole' } })).toMatchObject({ delivery: 'whole' });
  });

  test('D7 PBX-02 To towards AG Projects is what the client dialled, when that is not the room', () => {
    const roomAliases = [`${ROOM};transport=tcp`, 'sip:8000@example.com'];
    const profile = { agProjects: true };
    expect(media(ANA, { profile, roomAliases })?.roomToUri).toBe('sip:8000@example.com');
    expect(media(ANA, { profile })?.roomToUri).toBeNull();
    expect(media(ANA, { roomAliases })?.roomToUri).toBeNull();
  });

  test('7701-8-08 a re-INVITE without chatroom withdraws the support', () => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    ana.handle.update(session({ chatroom: null }));
    expect(rig.control.calls.at(-1)).toBe(`updateEndpoint ${ana.id}`);
    expect(rig.control.endpoints.get(ana.id)?.privateMessages).toBe(false);
  });
});

describe('loss', () => {
  test('P-CON-03 a lost connection ends the endpoint after 30 s', () => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    rig.focus.sessionLost(ana.id, 'connection-lost');
    rig.focus.sessionLost(ana.id, 'connection-lost');
    rig.clock.advance(29_999);
    expect(ana.ended).toEqual([]);
    rig.clock.advance(1);
    expect(ana.ended).toEqual(['failed connection-lost']);
    expect(rig.events.slice(-2)).toEqual([`leave ${ANA} failed connection-lost`, `roomClosed ${ROOM} empty`]);
    expect(rig.clock.pending).toBe(0);
  });

  test.each(['update', 'bound', 'leave'])('P-CON-03 unless it is rescued or over: %s', (what) => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    rig.focus.sessionLost(ana.id, 'connection-lost');
    rig.focus.sessionLost(ana.id, 'connection-lost');
    if (what === 'update') ana.handle.update(session());
    else if (what === 'bound') rig.focus.sessionBound(ana.id);
    else ana.handle.leave('departed');
    rig.clock.advance(60_000);
    expect(ana.ended).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  test.each(['not-bound', 'connect-failed', 'unresponsive', 'congested'] as const)(
    'P-CON-01 %s ends at once',
    (reason) => {
      const rig = new FocusRig();
      const ana = rig.join(ANA);
      rig.focus.sessionLost(ana.id, reason);
      rig.focus.sessionLost(ana.id, reason);
      ana.handle.leave('departed');
      expect(ana.ended).toEqual([`failed ${reason}`]);
      expect(rig.control.endpoints.size).toBe(0);
    },
  );
});

test('4353-5.3-01 4575-5.7-02 eject takes all endpoints of a participant, before their owners are told', () => {
  const rig = new FocusRig();
  const endpoints = [rig.join(ANA), rig.invite(ANA), rig.join(ANA)];
  rig.join(BO);
  const ana = rig.focus.findParticipant(ROOM, 'sip:ana@EXAMPLE.com;transport=tcp');
  expect(rig.focus.eject(ROOM, ana?.key ?? '', 'enough')).toBe(true);
  expect(rig.focus.eject(ROOM, ana?.key ?? '', 'enough')).toBe(false);
  expect(endpoints.map(({ ended }) => ended)).toEqual([['booted enough'], ['booted enough'], ['booted enough']]);
  expect(rig.events.at(-1)).toBe(`leave ${ANA} booted enough`);
  expect(rig.focus.room(ROOM)?.participants.size).toBe(1);
});

/** A room that is to end, and in which somebody is in the middle of a message. */
const closing = (): FocusRig => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  rig.control.settled = false;
  expect(rig.focus.close(ROOM, 'over')).toBe(true);
  expect(rig.focus.close(ROOM, 'again')).toBe(false);
  expect(rig.control.endpoints.size).toBe(1);
  expect(() => rig.join('sip:bea@example.com')).toThrow(/no room/);
  return rig;
};

describe('BYE-09 messages that have begun', () => {
  test('are waited for', () => {
    const rig = closing();
    rig.clock.advance(100);
    expect(rig.control.endpoints.size).toBe(1);
    rig.control.settled = true;
    rig.clock.advance(20);
    expect([rig.control.endpoints.size, rig.focus.rooms.size, rig.clock.pending]).toEqual([0, 0, 0]);
  });

  test('for no longer than two seconds', () => {
    const rig = closing();
    rig.clock.advance(1_999);
    expect(rig.focus.rooms.size).toBe(1);
    rig.clock.advance(1);
    expect(rig.focus.rooms.size).toBe(0);
  });

  test('and not when the server stops', () => {
    const rig = closing();
    rig.focus.shutdown();
    expect([rig.control.endpoints.size, rig.focus.rooms.size]).toEqual([0, 0]);
  });
});

test('7701-5.3-01 BYE-09 closing ends endpoints, then subscriptions, then the room; others cannot come meanwhile', () => {
  const rig = new FocusRig();
  rig.focus.create(ROOM);
  const request = { room: ROOM };
  const statuses: (number | undefined)[] = [];
  const watcher = rig.watch();
  const ana = rig.join(ANA, request);
  rig.focus.on('leave', () => statuses.push(refused(rig, BO)));
  expect(rig.focus.close(ROOM, 'over')).toBe(true);
  expect(rig.focus.close(ROOM, 'over')).toBe(false);
  expect([ana.ended, watcher.ends, statuses]).toEqual([['booted over'], ['noresource'], [404]]);
  expect(rig.control.calls.slice(-2)).toEqual([`removeEndpoint ${ana.id}`, `closeRoom ${ROOM}`]);
  expect(rig.events.at(-1)).toBe(`roomClosed ${ROOM} over`);
});

test('shutdown ends everything', () => {
  const rig = new FocusRig({ rooms: { static: { 'sip:static@chat.example.com': {} } } });
  const ana = rig.join(ANA);
  rig.focus.sessionLost(ana.id, 'connection-lost');
  rig.focus.shutdown();
  expect(ana.ended).toEqual(['booted the server stops']);
  expect([rig.focus.rooms.size, rig.clock.pending]).toEqual([0, 0]);
});

test('an owner or a listener that throws disturbs nobody', () => {
  const rig = new FocusRig();
  rig.focus.on('leave', () => {
    throw new Error('broken');
  });
  const ana = rig.join(ANA);
  rig.focus.close(ROOM, 'over');
  expect([ana.ended, rig.focus.rooms.size]).toEqual([['booted over'], 0]);
});

describe('7701-11-01 a chat-unaware participant', () => {
  test('is told once that this is a room, and who is in it', () => {
    const { ana, sent } = greeted({});
    expect(sent.map(({ to }) => to)).toEqual([[ana.id], [ana.id]]);
    expect(sent[0].body).toContain(`To: "lunch" <${ROOM}>\r\n`);
    expect(sent[0].body).toContain('This is the chat room lunch.');
    expect(sent[1].body).toMatch(/\r\n\r\nIn the room: Bo X, sip:ana@example\.com\.$/);
  });

  test('is not told two thousand names, nor endless ones', () => {
    const rig = new FocusRig();
    for (let i = 0; i < 60; i++) rig.join(`sip:u${i}@example.com`, { identity: { displayName: 'x'.repeat(5000) } });
    rig.focus.sessionBound(rig.join(ANA, { peer: { chatroom: null } }).id);
    expect(rig.control.sent[1].body).toContain(', 11 more.');
    expect(rig.control.sent[1].body.length).toBeLessThan(6000);
  });

  test('is told when it comes, not when another session makes it one', () => {
    const rig = new FocusRig();
    const ana = rig.join(ANA);
    rig.focus.sessionBound(ana.id);
    ana.handle.update(session({ chatroom: null }));
    rig.focus.sessionBound(ana.id);
    const bo = rig.join(BO, { peer: { chatroom: null } });
    rig.focus.configure(ROOM, { chatUnaware: 'admit' });
    rig.focus.sessionBound(bo.id);
    rig.focus.configure(ROOM, { chatUnaware: 'greet' });
    rig.focus.sessionBound(bo.id);
    expect(rig.control.sent).toEqual([]);
  });

  test.each<[string, JoinFacts, RoomConfig['chatUnaware']]>([
    ['who knows rooms', { peer: {} }, 'greet'],
    ['AG Projects', { profile: { agProjects: true } }, 'greet'],
    ['who takes no text', { peer: { chatroom: null, acceptWrappedTypes: ['image/png'] } }, 'greet'],
    ['when switched off', {}, 'admit'],
  ])('nothing is sent to or: %s', (_name, facts, chatUnaware) => {
    expect(greeted(facts, chatUnaware).sent).toEqual([]);
  });
});

test('7701-6.4-01 who reads too slowly is told of, until the endpoint has left', () => {
  const rig = new FocusRig();
  const heard: unknown[] = [];
  rig.focus.on('congestion', (room, participant, facts) => heard.push([room.uri, participant.uri, facts]));
  const ana = rig.join(ANA);
  rig.focus.congested(ana.id, true, 90_000);
  rig.focus.congested(ana.id, false, 40_000);
  ana.handle.leave('departed');
  rig.focus.congested(ana.id, true, 90_000);
  expect(heard).toEqual([
    [ROOM, ANA, { congested: true, pendingBytes: 90_000 }],
    [ROOM, ANA, { congested: false, pendingBytes: 40_000 }],
  ]);
});

test('messages of all rooms are collected only while somebody wants them', () => {
  const rig = new FocusRig();
  const seen = { room: ROOM, endpoint: 'e1', to: null, from: ANA, contentType: 'text/plain', body: null, size: 1 };
  const message = { ...seen, messageId: 'm1' };
  const heard: unknown[] = [];
  const listener = (seen: unknown): void => void heard.push(seen);
  expect(rig.focus.watching).toBe(false);
  rig.focus.on('message', listener);
  rig.focus.watchAll(true);
  expect(rig.focus.watching).toBe(true);
  rig.focus.message(message);
  rig.focus.watchAll(true);
  rig.focus.watchAll(false);
  expect(rig.control.calls.filter((call) => call.startsWith('watch'))).toEqual(['watch true', 'watch false']);
  expect(rig.focus.watching).toBe(false);
  expect(heard).toEqual([message]);
});

describe('a change of the room', () => {
  test.each<[string, RoomConfigChange, number]>([
    ['nicknames', { allowNicknames: false }, 1],
    ['private messages', { allowPrivateMessages: false }, 1],
    ['7701-5.2-04 types', { acceptWrappedTypes: ['text/plain'] }, 1],
    ['who may write privately', { allowPrivateMessages: 'moderators' }, 0],
    ['the same again', { allowNicknames: true, acceptWrappedTypes: ['*'] }, 0],
    ['what SDP does not say', { title: 'x', tls: 'required', locked: true, moderators: [ANA] }, 0],
  ])('7701-8-08: %s', (_name, change, times) => {
    const rig = new FocusRig();
    const ends = [rig.join(ANA), rig.join(ANA), rig.invite(BO)].map(({ ended }) => ended);
    const before = rig.focus.configOf(ROOM);
    const heard: unknown[] = [];
    rig.focus.on('configured', (room, config) => void heard.push([room.uri, config]));
    rig.focus.configure(ROOM, change);
    expect(ends).toEqual(ends.map(() => Array.from({ length: times }, () => 'redeclared')));
    expect(heard).toEqual([[ROOM, before]]);
  });
});

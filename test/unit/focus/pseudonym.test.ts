import { parseCpim } from '../../../lib/cpim/index.js';
import type { RoomConfigChange } from '../../../lib/focus/index.js';
import { FocusRig, identity, type JoinFacts, ROOM } from '../../support/focus-rig.js';

const ANA = 'sip:ana@example.com';
const NOBODY = 'sip:anonymous@anonymous.invalid';
const alias = (n: number): string => `sip:anonymous${n}@anonymous.invalid`;

const hidingRig = (config: RoomConfigChange = {}) =>
  new FocusRig({ rooms: { defaults: { pseudonymous: true, ...config } } });

const watchAs = (rig: FocusRig, uri: string) => rig.watch(true, { identity: identity(uri) });

/** What the switch knows of an endpoint that joins a room that hides everybody. */
const mediaOf = (facts: JoinFacts = {}) => {
  const rig = hidingRig();
  return rig.control.endpoints.get(rig.join(ANA, facts).id);
};

const notice = (facts: JoinFacts = {}) => {
  const rig = hidingRig();
  const ana = rig.join(ANA, facts);
  rig.focus.sessionBound(ana.id);
  rig.focus.sessionBound(ana.id);
  return { ana, sent: rig.control.sent };
};

test('P-ANON-01 IDN-08 everybody writes and is addressed under a made-up URI only, never the own one', () => {
  expect(mediaOf({ identity: { aliases: ['tel:+34600000001'], displayName: 'Ana' } })).toMatchObject({
    fromUris: [alias(1), NOBODY],
    toUris: [alias(1)],
    hiddenUris: [ANA, 'tel:+34600000001'],
  });
});

test('IDN-08 who asked for privacy also under the own .invalid URI', () => {
  const own = 'sip:q7@anonymous.invalid';
  const identity = { anonymous: true, anonymousUri: own };
  expect(mediaOf({ identity })).toMatchObject({ fromUris: [alias(1), NOBODY, own], toUris: [alias(1), own] });
});

test('IDN-07 P-ANON-02 the roster shows made-up names, and nickname when there is one', () => {
  const rig = hidingRig();
  const facts = { identity: { displayName: 'Ana Real', aliases: ['tel:+34600000001'] } };
  const ana = rig.join(ANA, facts);
  rig.join(ANA, facts);
  rig.join('sip:bo@example.com', { identity: { displayName: 'Bo Real' } });
  rig.focus.nickname(ana.id, 'Pizza');
  const { last } = rig.watch();
  expect(last).toContain(`entity="${alias(1)}"`);
  expect(last).toContain('<display-text>Pizza</display-text>');
  expect(last).toContain('<display-text>Anonymous2</display-text>');
  expect(last.match(/<endpoint entity="[^"]*"/g)).toEqual([
    '<endpoint entity="anonymous1-1"',
    '<endpoint entity="anonymous1-2"',
    '<endpoint entity="anonymous2-1"',
  ]);
  expect(last).not.toMatch(/\bana\b|\breal\b|@example\.com|34600000001/i);
});

test('IDN-07 two endpoints of one person are one participant; after leaving, another number', () => {
  const rig = hidingRig({ deletion: 'never' });
  const [desk, phone] = [rig.join(ANA), rig.join(ANA)];
  expect(rig.focus.room(ROOM)?.participants.size).toBe(1);
  desk.handle.leave('departed');
  phone.handle.leave('departed');
  rig.join(ANA);
  expect(rig.events.filter((event) => event.startsWith('join'))).toEqual([`join ${alias(1)}`, `join ${alias(2)}`]);
});

test('3323-4.2-01 IDN-09 who asks for privacy is still refused where that is not allowed', () => {
  const rig = hidingRig({ allowAnonymous: false });
  rig.join(ANA);
  expect(() => rig.join('sip:bo@example.com', { identity: { anonymous: true } })).toThrow(
    expect.objectContaining({ sipStatus: 433 }),
  );
});

test('set while the room runs: those who are in keep their names, those who come are hidden', () => {
  const rig = new FocusRig();
  rig.join(ANA);
  rig.focus.configure(ROOM, { pseudonymous: true });
  rig.join('sip:bo@example.com');
  rig.focus.configure(ROOM, { pseudonymous: false });
  rig.join('sip:cy@example.com');
  expect([...(rig.focus.room(ROOM)?.participants.values() ?? [])].map(({ uri }) => uri)).toEqual([
    ANA,
    alias(1),
    'sip:cy@example.com',
  ]);
});

test('a moderator is one also under a made-up name', () => {
  const rig = hidingRig({ moderators: [ANA] });
  expect(rig.control.endpoints.get(rig.join(ANA).id)?.moderator).toBe(true);
});

describe('SUB-08 who subscribes to the roster is not hidden, and is the same person all the same', () => {
  test('watch: participants lets those in who are in', () => {
    const rig = hidingRig({ roster: { watch: 'participants' } });
    rig.join(ANA);
    expect(watchAs(rig, ANA).documents).toHaveLength(1);
    expect(() => watchAs(rig, 'sip:eve@example.com')).toThrow(expect.objectContaining({ sipStatus: 403 }));
  });

  test('whom the room ejected watches no longer', () => {
    const rig = hidingRig({ deletion: 'never' });
    rig.join(ANA);
    const [watcher, other] = [watchAs(rig, ANA), watchAs(rig, 'sip:eve@example.com')];
    const [key] = rig.focus.room(ROOM)?.participants.keys() ?? [];
    rig.focus.eject(ROOM, key, 'enough');
    expect([watcher.ends, other.ends]).toEqual([['rejected'], []]);
  });
});

describe('the notice to who did not ask to be hidden', () => {
  test('once, from the room, to the URI to write under', () => {
    const { ana, sent } = notice();
    expect(sent.map(({ to }) => to)).toEqual([[ana.id]]);
    const parsed = parseCpim(Buffer.from(sent[0].body));
    if (!parsed.ok) throw new Error(parsed.error);
    expect([parsed.envelope.from?.uri, parsed.envelope.to.map(({ uri }) => uri)]).toEqual([ROOM, [alias(1)]]);
    expect(sent[0].body).toContain(`Write under ${alias(1)};`);
    expect(sent[0].body).not.toContain('ana@example.com');
  });

  test('7701-6.2-05 to the room where the client takes no private messages, before the greeting', () => {
    const { sent } = notice({ peer: { chatroom: null } });
    expect(sent.map(({ body }) => /^To: .*<(\S+)>/m.exec(body)?.[1])).toEqual([ROOM, ROOM, ROOM]);
    expect(sent.map(({ body }) => body.split('\r\n\r\n')[2])).toEqual([
      expect.stringMatching(/^Everybody here is hidden/),
      expect.stringMatching(/^This is the chat room/),
      'In the room: Anonymous1.',
    ]);
  });

  test.each<[string, JoinFacts]>([
    ['who asked for privacy', { identity: { anonymous: true } }],
    ['who takes no text', { peer: { acceptWrappedTypes: ['image/png'] } }],
  ])('not to %s', (_who, facts) => {
    expect(notice(facts).sent).toEqual([]);
  });
});

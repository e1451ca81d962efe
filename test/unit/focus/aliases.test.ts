import { FocusRig, ROOM } from '../../support/focus-rig.js';

const ALIAS = 'sip:8000@chat.example.com';
const OTHER = 'sip:dinner@chat.example.com';

const code = (action: () => unknown): string => {
  try {
    action();
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('PBX-02 aliases of a room', () => {
  test('who calls one is in the room, and may write to any of them', () => {
    const rig = new FocusRig();
    const room = rig.focus.create(ROOM, { aliases: ['8000', 'sip:lunch@old.example.com'] });
    expect(rig.focus.room(ALIAS)).toBe(room);
    expect(rig.focus.room('sips:LUNCH@old.example.com')).toBeUndefined();
    const ana = rig.join('sip:ana@example.com', { room: ALIAS, roomAliases: [ALIAS] });
    expect(rig.focus.rooms.size).toBe(1);
    expect(room.roster.document().entity).toBe(ROOM);
    expect(rig.control.endpoints.get(ana.id)?.roomAliases).toEqual([ALIAS, ALIAS, 'sip:lunch@old.example.com']);
  });

  test('of an AG client the room is what it dialled, not another alias', () => {
    const rig = new FocusRig();
    rig.focus.create(ROOM, { aliases: ['8000'] });
    const profile = { agProjects: true };
    const byAlias = rig.join('sip:ana@example.com', { room: ROOM, roomAliases: [ALIAS], profile });
    const byName = rig.join('sip:bo@example.com', { room: ROOM, roomAliases: [ROOM], profile });
    const to = ({ id }: { id: string }) => rig.control.endpoints.get(id)?.roomToUri;
    expect([to(byAlias), to(byName)]).toEqual([ALIAS, null]);
  });

  test('no two rooms have one, and none has the name of another', () => {
    const rig = new FocusRig();
    rig.focus.create(ROOM, { aliases: ['8000'] });
    expect(code(() => rig.focus.create(ALIAS))).toBe('CHAT_ERR_ROOM_EXISTS');
    expect(code(() => rig.focus.create(OTHER, { aliases: ['8000'] }))).toBe('CHAT_ERR_ROOM_EXISTS');
    expect(rig.focus.room(OTHER)).toBeUndefined();
    rig.focus.create(OTHER);
    expect(code(() => rig.focus.configure(OTHER, { aliases: ['lunch'] }))).toBe('CHAT_ERR_ROOM_EXISTS');
    expect(code(() => rig.focus.configure(OTHER, { aliases: ['<>'] }))).toBe('CHAT_ERR_ROOM_URI');
    expect(rig.focus.room(OTHER)?.config.aliases).toEqual([]);
  });

  test('they change, and go with the room', () => {
    const rig = new FocusRig();
    const room = rig.focus.create(ROOM, { aliases: ['8000'] });
    rig.focus.configure(ROOM, { aliases: ['8001', 'lunch'] });
    expect(rig.focus.room(ALIAS)).toBeUndefined();
    expect(rig.focus.room('sip:8001@chat.example.com')).toBe(room);
    rig.focus.close('sip:8001@chat.example.com', 'over');
    expect(rig.focus.room('sip:8001@chat.example.com')).toBeUndefined();
    rig.focus.create(OTHER, { aliases: ['8001'] });
  });
});

test('PBX-13 the same name in two domains is two rooms', () => {
  const rig = new FocusRig();
  rig.focus.create('sip:lunch@one.example.com', { aliases: ['8000'] });
  rig.focus.create('sip:lunch@two.example.com', { aliases: ['8000'] });
  expect(rig.focus.room('sip:8000@two.example.com')?.uri).toBe('sip:lunch@two.example.com');
  expect(rig.focus.rooms.size).toBe(2);
});

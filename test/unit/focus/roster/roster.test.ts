import { schemaErrors } from '../../../support/conference-schema.js';
import { FocusRig, ROOM, session } from '../../../support/focus-rig.js';

test('4575-5.2-01 DOC-01 the document of a room with all kinds of participants is valid', async () => {
  const rig = new FocusRig({ rooms: { defaults: { subject: 'Where do we eat? <&"', title: 'Lunch' } } });
  const ana = rig.join('sip:ana@example.com', {
    identity: { displayName: 'Ana <&"\u0001', aliases: ['tel:+34600000001'] },
  });
  rig.join('sip:ana@example.com', { peer: { direction: 'recvonly' } });
  rig.join('tel:+34600000002');
  rig.join('sip:bo@example.com', { identity: { anonymous: true } });
  rig.focus.nickname(ana.id, 'Fox "&<');
  expect(await schemaErrors(rig.watch().last)).toEqual([]);
});

test('4575-5.3-01 4575-5.7-01 DOC-04 to DOC-10 what a participant is shown as', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com', { identity: { displayName: 'Ana', aliases: ['tel:+34600000001'] } });
  expect(rig.focus.room(ROOM)?.roster.document()).toEqual({
    entity: ROOM,
    state: 'full',
    version: 1,
    description: {
      displayText: 'lunch',
      subject: undefined,
      confUris: [{ uri: ROOM, purpose: 'participation' }],
      serviceUris: [{ uri: ROOM, purpose: 'event' }],
      maximumUserCount: 2000,
      availableMedia: [{ label: 'chat', type: 'message', status: 'sendrecv' }],
    },
    conferenceState: { userCount: 1, active: true, locked: false },
    users: {
      state: 'full',
      list: [
        {
          entity: 'sip:ana@example.com',
          state: 'full',
          displayText: 'Ana',
          nickname: undefined,
          associatedAors: [{ uri: 'tel:+34600000001' }],
          // GDM-05: she made the room.
          roles: ['moderator', 'participant'],
          endpoints: [
            {
              entity: 'ana-1',
              state: 'full',
              displayText: undefined,
              status: 'connected',
              joiningMethod: 'dialed-in',
              joiningInfo: { when: rig.clock.date() },
              media: [{ id: '1', type: 'message', label: 'chat', status: 'sendrecv' }],
            },
          ],
        },
      ],
    },
  });
});

test('4575-5.6-01 4575-4.5-01 endpoints of one person under one user, with entities that are not used again', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const second = rig.join('sips:ana@EXAMPLE.com');
  second.handle.leave('departed');
  rig.join('sip:ana@example.com');
  const users = rig.focus.room(ROOM)?.roster.document().users?.list ?? [];
  expect(users).toHaveLength(1);
  expect(users[0].endpoints?.map(({ entity }) => entity)).toEqual(['ana-1', 'ana-3']);
});

test('IDN-02 who comes by the SIP URI after the tel URI is the same participant', () => {
  const rig = new FocusRig();
  rig.join('tel:+34600000001', { identity: { aliases: ['sip:ana@example.com'] } });
  rig.join('sip:ana@example.com', { identity: { aliases: ['tel:+34600000001'] } });
  expect(rig.focus.room(ROOM)?.participants.size).toBe(1);
});

test('4575-5.6-02 7701-5.2-10 4353-4.4-01 4975-3-01 IDN-07 nothing of an anonymous participant leaks', () => {
  const rig = new FocusRig();
  const ana = rig.join('sip:ana@secret.example', {
    identity: {
      anonymous: true,
      displayName: 'Ana Secret',
      aliases: ['tel:+34600000001', 'sip:ana@secret.example;gr=urn:uuid:secret'],
      anonymousUri: 'sip:tgruu.secret@secret.example;gr',
    },
    peer: { path: ['msrp://secret.example:5000/x;tcp'] },
  });
  rig.join('sip:bo@secret.example', { identity: { anonymous: true } });
  const document = rig.watch().last;
  expect(document).not.toMatch(/secret|Secret|3460000|msrp:/);
  expect(document).toContain('entity="sip:anonymous1@anonymous.invalid"');
  expect(document).toContain('<display-text>Anonymous1</display-text>');
  expect(document).toContain('endpoint entity="anonymous1-1"');
  expect(document).toContain('entity="sip:anonymous2@anonymous.invalid"');

  ana.handle.leave('departed');
  rig.join('sip:ana@secret.example', { identity: { anonymous: true } });
  expect(rig.watch().last).toContain('sip:anonymous3@anonymous.invalid');
});

test('4575-5.6-02 a person who is there with and without a name is two participants', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  rig.join('sip:ana@example.com', { identity: { anonymous: true } });
  rig.join('sip:ana@example.com', { identity: { anonymous: true } });
  expect([...(rig.focus.room(ROOM)?.participants.values() ?? [])].map(({ uri }) => uri)).toEqual([
    'sip:ana@example.com',
    'sip:anonymous1@anonymous.invalid',
  ]);
});

test('3323-4.1-02 two callers of whom nobody knows anything are two participants', () => {
  const rig = new FocusRig();
  const nobody = 'sip:anonymous@anonymous.invalid';
  for (let i = 0; i < 2; i++) rig.join(nobody, { identity: { anonymous: true, anonymousUri: nobody } });
  expect(rig.focus.room(ROOM)?.participants.size).toBe(2);
});

test('a refreshed session does not change the document, a changed direction does', () => {
  const rig = new FocusRig();
  const { handle } = rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  handle.update(session());
  expect(rig.focus.room(ROOM)?.roster.version).toBe(1);
  handle.update(session({ direction: 'recvonly' }));
  rig.clock.advance(1000);
  expect(watcher.last).toContain('<status>recvonly</status>');
});

test('SUB-11 a document over the size limit lists fewer users and counts all', async () => {
  const rig = new FocusRig({ maxDocumentSize: 12_000 });
  for (let i = 0; i < 200; i++) rig.join(`sip:u${i}@example.com`);
  const document = rig.watch().last;
  expect(Buffer.byteLength(document)).toBeLessThanOrEqual(12_000);
  expect(Buffer.byteLength(document)).toBeGreaterThan(9000);
  expect(document).toContain('<user-count>200</user-count>');
  expect(await schemaErrors(document)).toEqual([]);
});

test('GDM-01 a changed configuration is told to the switch and shown', () => {
  const rig = new FocusRig();
  rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  expect(rig.focus.configure(ROOM, { subject: 'Soup', locked: true, title: undefined })).toBe(true);
  rig.clock.advance(1000);
  expect(rig.control.calls).toContain(`updateRoom ${ROOM}`);
  expect(watcher.last).toContain('<subject>Soup</subject>');
  expect(watcher.last).toContain('<locked>true</locked>');
  expect(rig.focus.configure('sip:other@example.com', {})).toBe(false);
});

test('4575-5.7-03 the roster lists other addresses of a participant, but not which device it is', () => {
  const rig = new FocusRig();
  const aliases = ['tel:+34600000001', 'sip:ana@example.com;gr=urn:uuid:device'];
  rig.join('sip:ana@example.com', { identity: { aliases } });
  const document = rig.watch().last;
  expect(document).toContain('tel:+34600000001');
  expect(document).not.toContain('urn:uuid:device');
});

test('4575-3.6-01 joins, nicknames and leaves are told to who watches', () => {
  const rig = new FocusRig();
  const ana = rig.join('sip:ana@example.com');
  const watcher = rig.watch();
  const told = (): string => {
    rig.clock.advance(1000);
    return watcher.last;
  };
  const bo = rig.join('sip:bo@example.com');
  expect(told()).toContain('sip:bo@example.com');
  rig.focus.nickname(ana.id, 'Fox');
  expect(told()).toContain('xcon:nickname="Fox"');
  bo.handle.leave('departed');
  expect(told()).not.toContain('sip:bo@example.com');
  expect(watcher.documents).toHaveLength(4);
});

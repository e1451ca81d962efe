import * as fc from 'fast-check';
import { ROOM_DEFAULTS } from '../../../../lib/focus/policy.js';
import { MAX_TEXT, roomConfigured, said } from '../../../../plugin/events/described.js';
import type { ChatMessage, Room } from '../../../../plugin/rooms-api.js';

const ROOM = { uri: 'sip:lobby@localhost' } as Room;

const message = (text: string): ChatMessage => {
  const body = Buffer.from(text);
  return {
    endpoint: 'endpoint-1',
    from: 'sip:ana@example.com',
    contentType: 'text/plain',
    body,
    text,
    size: body.length,
    private: false,
  };
};

test('of a long text 16 KiB are told, in whole characters', () => {
  fc.assert(
    fc.property(fc.constantFrom('a', 'é', '€', '🍕'), fc.integer({ min: 0, max: 5 }), (character, before) => {
      const text = 'x'.repeat(before) + character.repeat(MAX_TEXT);
      const told = said(ROOM, message(text)) as { text: string; truncated?: true };
      expect(text.startsWith(told.text)).toBe(true);
      expect(told.truncated).toBe(Buffer.byteLength(text) > MAX_TEXT ? true : undefined);
      expect(Buffer.byteLength(told.text)).toBeLessThanOrEqual(MAX_TEXT);
      expect(Buffer.byteLength(told.text)).toBeGreaterThan(MAX_TEXT - 4);
    }),
  );
  expect(said(ROOM, message('x'.repeat(MAX_TEXT)))).not.toHaveProperty('truncated');
});

test('a message without a text, or too large to be watched, is told of all the same', () => {
  const image = { ...message(''), contentType: 'image/png', body: Buffer.alloc(10), size: 100 };
  delete image.text;
  for (const seen of [image, { ...image, body: null }]) {
    expect(said(ROOM, seen)).toEqual({
      type: 'message',
      room: ROOM.uri,
      from: 'sip:ana@example.com',
      nickname: null,
      contentType: 'image/png',
      size: 100,
      private: false,
    });
  }
});

test('of a changed configuration, what changed; of a password only whether there is one', () => {
  const now = { ...ROOM_DEFAULTS, locked: true, password: 'hush', roster: { ...ROOM_DEFAULTS.roster, interval: 500 } };
  const told = roomConfigured(ROOM.uri, ROOM_DEFAULTS, now);
  expect(told).toEqual({
    type: 'room.configured',
    room: ROOM.uri,
    changed: { locked: true, password: true, roster: now.roster },
  });
  expect(roomConfigured(ROOM.uri, now, { ...now, password: 'other' })).toMatchObject({ changed: { password: true } });
  expect(roomConfigured(ROOM.uri, now, { ...now, password: null })).toMatchObject({ changed: { password: false } });
  expect(roomConfigured(ROOM.uri, now, structuredClone(now))).toBeUndefined();
});

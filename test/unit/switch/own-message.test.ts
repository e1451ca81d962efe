import { Stage, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const everybody = (): boolean => true;

test('4975-7.1.1-22, 4975-8.9-02: only those get it who hear, and take its type', async () => {
  stage = new Stage();
  const { session } = endpoint('alice#1');
  const types = { acceptTypes: ['message/cpim'], acceptWrappedTypes: ['text/plain'] };
  const plain = stage.join('alice#1', { session: { ...session, peer: { ...session.peer, ...types } } });
  const deaf = stage.join('bob#1', { session: { ...endpoint('bob#1').session, direction: 'recvonly' } });
  const carol = stage.join('carol#1');
  const page = cpim('lounge', ROOM, '<b>hi</b>', 'text/html');
  expect(stage.chat.send(ROOM, Buffer.from(page), everybody)).toBe(1);
  expect(stage.chat.send(ROOM, Buffer.from(cpim('lounge', ROOM, 'hi')), everybody)).toBe(2);
  await turn();
  expect([plain, deaf, carol].map(({ messages }) => messages.length)).toEqual([1, 0, 2]);
});

test('D7: To is the room as its recipient dialled it; a private one stays', async () => {
  stage = new Stage();
  const blink = stage.join('bob#1', { roomToUri: 'sip:factory@chat.example' });
  const carol = stage.join('carol#1');
  stage.chat.send(ROOM, Buffer.from(cpim('lounge', ROOM, 'hi')), everybody);
  const secret = cpim('lounge', 'sip:bob@example.org', 'psst');
  stage.chat.send(ROOM, Buffer.from(secret), ({ id }) => id === 'bob#1');
  await turn();
  expect(blink.messages).toEqual([cpim('lounge', 'sip:factory@chat.example', 'hi'), secret]);
  expect(carol.messages).toEqual([cpim('lounge', ROOM, 'hi')]);
});

test('what is no message/cpim is a mistake of the caller', () => {
  stage = new Stage();
  expect(() => stage.chat.send(ROOM, Buffer.from('hello'), everybody)).toThrow(
    expect.objectContaining({ code: 'CHAT_ERR_CPIM_ARGUMENT' }),
  );
});

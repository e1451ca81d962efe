import { ChatroomsError, chatrooms } from '../../../../plugin/index.js';

test('SAF-11: the program tells of registrations that did not come by', async () => {
  const rooms = chatrooms();
  const told: string[] = [];
  rooms.on('user:online', ({ uri }) => told.push(`${uri} online`));
  rooms.on('user:offline', ({ uri }, { reason }) => told.push(`${uri} ${reason}`));
  rooms.userOnline('sip:Ana@EXAMPLE.com;transport=tcp', { expires: 60 });
  expect([...rooms.online.keys()]).toEqual(['sip:Ana@example.com']);
  rooms.userOffline('sip:Ana@example.com');
  expect(told).toEqual(['sip:Ana@example.com online', 'sip:Ana@example.com unregistered']);
  expect(() => rooms.userOnline('nobody')).toThrow(ChatroomsError);
  await rooms.close();
});

import { Stage, turn } from '../../support/switch-stage.js';
import { cpim, endpoint, ROOM } from '../../support/switch-world.js';

const IMDN = 'message/imdn+xml';

let stage: Stage;
afterEach(() => {
  expect(stage.close()).toBe(0);
});

const silentEndpoint = (id: string, direction: 'inactive' | 'recvonly' | 'sendonly') => ({
  session: { ...endpoint(id).session, direction },
});

test('4975-8.9-01: delivery notifications pass whatever the direction, to the room and in private', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1', silentEndpoint('alice#1', 'inactive'));
  const bob = stage.join('bob#1', silentEndpoint('bob#1', 'recvonly'));
  alice.send(cpim('alice', ROOM, '<imdn/>', IMDN));
  alice.send(cpim('alice', 'sip:bob@example.org', '<imdn/>', IMDN));
  alice.send(cpim('alice', ROOM, 'hello'));
  alice.send(cpim('alice', 'sip:bob@example.org', 'hello'));
  await turn();
  expect(alice.statuses).toEqual([200, 200, 403, 403]);
  expect(bob.messages).toHaveLength(2);
});

test('7701-6.2-05, 4975-8.9-02: who cannot hear now cannot be told in private: 428', async () => {
  stage = new Stage();
  const alice = stage.join('alice#1');
  const bob = stage.join('bob#1', silentEndpoint('bob#1', 'recvonly'));
  alice.send(cpim('alice', 'sip:bob@example.org', 'hello'));
  await turn();
  expect(alice.statuses).toEqual([428]);
  expect(bob.messages).toEqual([]);
});

test('7701-6.2-10: a private message to oneself comes back on every session of the user', async () => {
  stage = new Stage({ echoOwnSessions: false });
  const [phone, desk] = ['alice#1', 'alice#2'].map((id) => stage.join(id));
  phone.send(cpim('alice', 'sip:alice@example.org', 'note'));
  await turn();
  expect([phone, desk].map(({ messages }) => messages.length)).toEqual([1, 1]);
});

test('P-ANON-02: nothing written to others tells who an anonymous sender is', async () => {
  stage = new Stage();
  const alias = 'sip:anonymous1@anonymous.invalid';
  const hidden = stage.join('hidden#1', { fromUris: [alias], toUris: [alias] });
  const bob = stage.join('bob#1');
  const content = `From: <${alias}>\r\nTo: <${ROOM}>\r\n\r\nContent-Type: text/plain\r\n\r\n`;
  hidden.send(`${content}hello`);
  hidden.send(`${content}${'x'.repeat(10_000)}`);
  hidden.send(cpim('hidden', ROOM, 'slip'));
  await turn();
  expect(hidden.statuses).toEqual([200, 200, 403]);
  expect(bob.messages).toHaveLength(2);
  expect(bob.stream.read.toString('latin1')).not.toContain('hidden');
});

describe('5438-8-02: a delivery notification of somebody anonymous does not tell who it is', () => {
  const alias = 'sip:anonymous1@anonymous.invalid';
  const hiddenUris = ['sip:Ana@example.com;user=phone', 'tel:+34600000001'];
  const imdn = (recipient: string): string =>
    [
      `From: <${alias}>`,
      'To: <sip:bob@example.org>',
      '',
      'Content-Type: message/imdn+xml',
      '',
      `<imdn><recipient-uri>${recipient}</recipient-uri></imdn>`,
    ].join('\r\n');

  test.each([
    ['sip:ana@EXAMPLE.com', hiddenUris, 403],
    ['tel:+34600000001', hiddenUris, 403],
    [alias, hiddenUris, 200],
    ['sip:ana@example.com', [], 200],
  ])('%s', async (recipient, hidden, status) => {
    stage = new Stage();
    const ana = stage.join('ana#1', { fromUris: [alias], toUris: [alias], hiddenUris: hidden });
    stage.join('bob#1');
    ana.send(imdn(recipient));
    await turn();
    expect(ana.statuses).toEqual([status]);
  });

  test('nor in pieces', async () => {
    stage = new Stage();
    const ana = stage.join('ana#1', { fromUris: [alias], toUris: [alias], hiddenUris });
    stage.join('bob#1');
    const body = imdn('sip:ana@example.com');
    ana.send(body.slice(0, -20), { id: 'mid12345', range: '1-*/*', flag: '+' });
    ana.send(body.slice(-20), { id: 'mid12345', range: `${body.length - 19}-*/*` });
    await turn();
    expect(ana.statuses).toEqual([403, 403]);
  });
});

import { ChatServer, type MsrpOptions } from '../../lib/chat-server.js';

const ANY = { host: '127.0.0.1', port: 0 };
const ROOM = 'sip:lobby@chat.example';

let chat: ChatServer;

afterEach(() => chat.close());

async function start(msrp: Partial<MsrpOptions>): Promise<ReturnType<ChatServer['localSession']>> {
  chat = new ChatServer({ msrp: { listen: ANY, ...msrp } });
  await chat.listen();
  return chat.localSession(ROOM);
}

describe('A-18: where peers open a WebSocket', () => {
  test('nowhere unless asked for', async () => {
    const session = await start({ tls: { listen: ANY } });
    expect(session).not.toHaveProperty('ws');
    expect(session).not.toHaveProperty('plainWs');
  });

  test('7977-5.1-02: plain, it is offered as plain; with a certificate as secure', async () => {
    const { ws, plainWs } = await start({ tls: { listen: ANY }, ws: { listen: ANY }, wss: { listen: ANY } });
    expect(plainWs).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(ws).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(ws?.port).not.toBe(plainWs?.port);
  });

  test('behind a proxy it is at the proxy, whose certificate is not ours', async () => {
    const advertise = { host: 'chat.example.com', port: 443 };
    const session = await start({ ws: { listen: ANY, advertise } });
    expect(session.ws).toEqual({ ...advertise, tlsElsewhere: true });
    expect(session).not.toHaveProperty('plainWs');
  });

  test('WSS at another address than the one listened on', async () => {
    const advertise = { host: 'chat.example.com', port: 443 };
    const named = await start({ tls: { listen: ANY }, wss: { listen: ANY, advertise } });
    expect(named.ws).toEqual(advertise);
    await chat.close();
    const { ws } = await start({ advertise: '192.0.2.7', tls: { listen: ANY }, wss: { listen: ANY } });
    expect(ws).toEqual({ host: '192.0.2.7', port: expect.any(Number) });
  });

  test('when one address cannot be had, the error says which and nothing listens', async () => {
    const { plainWs } = await start({ ws: { listen: ANY } });
    const second = new ChatServer({ msrp: { listen: ANY, ws: { listen: plainWs ?? ANY } } });
    await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE', listener: 'ws' });
    await second.close();
  });
});

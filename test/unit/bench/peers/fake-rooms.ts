import { createServer, type AddressInfo, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a room does with the copy of a text for a participant, numbered as they came: sends him these texts instead. */
export type Delivery = (text: string, recipient: number) => string[];

export const faithful: Delivery = (text) => [text];

export interface FakeRoom {
  port: number;
  close(): void;
}

/** A broadcast over WebSocket; `wrap` and `greet` make another protocol of it. */
export async function webSocketRoom(deliver: Delivery, socketIo = false): Promise<FakeRoom> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 1 << 20 });
  const members: WebSocket[] = [];
  const said = (sender: WebSocket, text: string): void => {
    for (const [number, member] of members.entries()) {
      if (member === sender) continue;
      for (const copy of deliver(text, number)) member.send(copy);
    }
  };
  server.on('connection', (socket) => {
    if (socketIo) socket.send('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}');
    else members.push(socket);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text === '40') {
        members.push(socket);
        socket.send('40{"sid":"b"}');
        socket.send('2');
      } else if (text !== '3') said(socket, text);
    });
  });
  await new Promise((listening) => server.once('listening', listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

const HEADER = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='s' id='1' version='1.0'>";
const FEATURES: Readonly<Record<string, string>> = {
  first: '<stream:features><mechanisms><mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>',
  second: '<stream:features><bind/></stream:features>',
};

const groupchat = (from: string, body: string): string =>
  `<message from='bench@rooms.x/${from}' type='groupchat'><body>${body}</body><stanza-id xmlns='s' id='1'/></message>`;

/** A Multi-User Chat, as far as the driver needs one; what it writes leaves in pieces of a few octets when `pieces`. */
export async function multiUserChat(deliver: Delivery, pieces = false, presence = ''): Promise<FakeRoom> {
  const members = new Map<Socket, string>();
  const sockets = new Set<Socket>();
  const write = (socket: Socket, text: string): void => {
    if (!pieces) socket.write(text);
    else for (let at = 0; at < text.length; at += 7) socket.write(text.slice(at, at + 7));
  };
  const onStanza = (socket: Socket, stanza: string): void => {
    const nickname = /^<presence to='[^/]+\/([^']+)'/.exec(stanza)?.[1];
    const body = /<body>(.*)<\/body>/.exec(stanza)?.[1];
    if (stanza.startsWith('<?xml')) {
      write(socket, HEADER + FEATURES[members.has(socket) ? 'second' : 'first']);
      members.set(socket, '');
    } else if (stanza.startsWith('<auth')) write(socket, "<success xmlns='s'/>");
    else if (stanza.startsWith('<iq')) write(socket, "<iq type='result' id='bind'><bind><jid>a@b/c</jid></bind></iq>");
    else if (nickname !== undefined) {
      members.set(socket, nickname);
      write(
        socket,
        presence || `<presence from='bench@rooms.x/p110'/><presence><x><status code='110'/></x></presence>`,
      );
      write(socket, "<message from='bench@rooms.x' type='groupchat'><subject/></message>");
    } else if (body !== undefined) {
      for (const [number, [member, name]] of [...members].entries()) {
        if (name === '') continue;
        const copies = member === socket ? [body] : deliver(body, number);
        for (const copy of copies) write(member, groupchat(members.get(socket) ?? '', copy));
      }
    }
  };
  const server = createServer((socket) => {
    let held = '';
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => members.delete(socket));
    socket.on('data', (data) => {
      held += data.toString();
      for (;;) {
        const stanza =
          /^(<\?xml[^>]*><stream:stream[^>]*>|<auth[^>]*\/>|<(iq|presence|message)[^>]*>[\s\S]*?<\/\2>)/.exec(
            held,
          )?.[0];
        if (stanza === undefined) return;
        held = held.slice(stanza.length);
        onStanza(socket, stanza);
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

import { type AddressInfo, createServer, type Socket } from 'node:net';

interface Member {
  socket: Socket;
  room: string;
  /** To-Path and From-Path lines towards it. */
  paths: string;
}

/** A copy on its way: what the room makes of it is sent instead. */
export interface Copy {
  /** The body. */
  body: string;
  /** The room of who gets it, and who that is, counted in the order of joining. */
  room: string;
  recipient: number;
}
export type Delivery = (copy: Copy) => string[];

export const faithful: Delivery = ({ body }) => [body];

export interface FakeMsrpRooms {
  port: number;
  /** Responses that came back so far. */
  responses(): number;
  close(): void;
}

const FRAME = /MSRP (\S+) (\S+)[^\r]*\r\n([\s\S]*?)-------\1\$\r\n/y;
const field = (head: string, name: string): string => new RegExp(`^${name}: (.*)\r$`, 'm').exec(head)?.[1] ?? '';

/**
 * Rooms that do with each copy what `deliver` says. The room is the session-id up to its first `-`.
 *
 * @param failureReport of the copies; without the header when empty
 * @param everywhere whether all rooms are one
 */
export async function fakeMsrpRooms(deliver: Delivery, failureReport = '', everywhere = false): Promise<FakeMsrpRooms> {
  const members: Member[] = [];
  let responses = 0;
  let ids = 0;
  const say = (sender: Member, headers: string, body: string): void => {
    for (const [recipient, { paths, room, socket }] of members.entries()) {
      if (socket === sender.socket || (!everywhere && room !== sender.room)) continue;
      for (const copy of deliver({ body, room, recipient })) {
        ids += 1;
        const id = `copy${String(ids).padStart(8, '0')}`;
        const report = failureReport === '' ? '' : `Failure-Report: ${failureReport}\r\n`;
        socket.write(
          `MSRP ${id} SEND\r\n${paths}Message-ID: ${id}\r\n${report}${headers}\r\n${copy}\r\n-------${id}$\r\n`,
        );
      }
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const member: Member = { socket, room: '', paths: '' };
    let rest = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      FRAME.lastIndex = 0;
      let taken = 0;
      for (let found = FRAME.exec(rest); found; found = FRAME.exec(rest)) {
        taken = FRAME.lastIndex;
        const [, id = '', method = '', content = ''] = found;
        if (method !== 'SEND') {
          responses += 1;
          continue;
        }
        if (member.room === '') {
          member.room = /\/([^-/]*)-[^/]*;tcp/.exec(field(content, 'To-Path'))?.[1] ?? '';
          member.paths = `To-Path: ${field(content, 'From-Path')}\r\nFrom-Path: ${field(content, 'To-Path')}\r\n`;
          members.push(member);
        }
        socket.write(`MSRP ${id} 200 OK\r\n${member.paths}-------${id}$\r\n`);
        const blank = content.indexOf('\r\n\r\n');
        if (blank < 0) continue;
        const headers = content.slice(content.indexOf('Byte-Range: '), blank + 2);
        say(member, headers, content.slice(blank + 4, -2));
      }
      rest = rest.slice(taken);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    responses: () => responses,
    close: () => {
      for (const { socket } of members) socket.destroy();
      server.close();
    },
  };
}

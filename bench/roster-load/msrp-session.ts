import { connect, type Socket } from 'node:net';
import { token } from '../harness/join.js';

const BIND_TIMEOUT_MS = 10_000;

/** Connects and sends an empty SEND, which binds the session (RFC 4975 §5.4); what comes later is not looked at. */
export function bindSession(ownPath: string, peerPath: string): Promise<Socket> {
  const [, host = '', port = ''] = /^msrp:\/\/([^/:]+):(\d+)/.exec(peerPath) ?? [];
  const id = token();
  const bind = [
    `MSRP ${id} SEND`,
    `To-Path: ${peerPath}`,
    `From-Path: ${ownPath}`,
    `Message-ID: ${token()}`,
    'Byte-Range: 1-0/0',
    `-------${id}$`,
    '',
  ].join('\r\n');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(bind));
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new Error(`a session could not be bound: ${reason}`));
    };
    const timer = setTimeout(() => fail('no answer'), BIND_TIMEOUT_MS);
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('error', (error) => fail(error.message));
    socket.once('data', (text: string) => {
      if (!text.startsWith(`MSRP ${id} 200`)) return fail(text.split('\r\n', 1)[0] ?? '');
      clearTimeout(timer);
      resolve(socket.resume());
    });
  });
}

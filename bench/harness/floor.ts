import { randomBytes } from 'node:crypto';
import { certificate } from './certificate.js';
import { program } from './compile.js';
import type { Link } from './driver.js';
import { freePort, Subject } from './process.js';
import { System } from './system.js';

/** Of the server's session-ids where the server itself is not measured. */
const SESSION_ID_LENGTH = 16;

const sessionId = (length: number): string => randomBytes(length).toString('hex').slice(0, length);

/**
 * `sessionIdLength` is that of the server, so that the paths of both are equally long and both move the same octets.
 */
export async function startFloor(link: Link, sessionIdLength = SESSION_ID_LENGTH): Promise<System> {
  const port = await freePort();
  const credentials = link === 'tls' ? certificate() : undefined;
  const args = [String(port), link, ...(credentials ? [credentials.cert, credentials.key] : [])];
  const subject = await Subject.start('the floor', [program('floor'), ...args], { ports: [port] });
  const scheme = link === 'tls' ? 'msrps' : 'msrp';
  const transport = link === 'ws' ? 'ws' : 'tcp';
  const joinOne = (index: number) =>
    Promise.resolve({
      link,
      host: '127.0.0.1',
      port,
      ownPath: `${scheme}://127.0.0.1:9/${sessionId(32)};${transport}`,
      peerPath: `${scheme}://127.0.0.1:${port}/${sessionId(sessionIdLength)};${transport}`,
      room: 'sip:bench@localhost',
      from: `sip:p${index}@bench.invalid`,
    });
  return new System('floor', subject, joinOne, () => {});
}

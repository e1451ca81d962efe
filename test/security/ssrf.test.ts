import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Bystanders } from '../support/bystanders.js';
import { Caller, newPath, offer } from '../support/caller.js';
import { LogLines } from '../support/log-lines.js';
import { ServerUnderTest, type ServerUnderTestOptions } from '../support/server.js';

/** Something inside that only the server can reach: how often it was connected to. */
let inside: { server: Server; port: number; connections: number };
let server: ServerUnderTest;
let log: LogLines;

beforeEach(async () => {
  const listener = createServer((socket) => {
    inside.connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  inside = { server: listener, port: (listener.address() as AddressInfo).port, connections: 0 };
});
afterEach(async () => {
  await server?.close();
  await new Promise((resolve) => inside.server.close(resolve));
});

async function start(connect: NonNullable<ServerUnderTestOptions['msrp']>['connect']): Promise<void> {
  log = new LogLines();
  server = await ServerUnderTest.start({ logger: log.logger, msrp: { connect } });
}

/** Calls as somebody who waits at `host` for the room to connect. */
const lure = (room: string, host: string, port = inside.port): Promise<Caller> => {
  const path = `msrp://${host}:${port}/victim1;tcp`;
  return Caller.call(server, room, { path, body: offer({ path, setup: 'passive' }) });
};

const denied = (): unknown[] =>
  log.lines.filter(({ message }) => message.includes('msrp.connect')).map(({ fields }) => fields.address);

// Decimal, octal and hexadecimal forms are names to us, and addresses to the resolver of the system.
test.each(['127.0.0.1', '127.1', '2130706433', '0177.0.0.1', '0x7f.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
  'SSRF, 4975-14.5-01: a=path that names this machine as %s is not connected to',
  async (host) => {
    await start({ deny: ['127.0.0.0/8', '::1'] });
    const bystanders = await Bystanders.in(server);
    const caller = await lure(bystanders.room, host);
    const bye = await caller.answered('BYE');
    // The same as of an address at which nobody listens: what there is inside is not told.
    expect(bye.headers.get('Reason')).toBe('SIP;cause=480;text="connect-failed"');
    expect(inside.connections).toBe(0);
    expect(denied().length).toBeGreaterThan(0);
    await bystanders.undisturbed();
  },
);

test('SSRF: by default a server on loopback connects there, so that a program can be tried', async () => {
  await start(undefined);
  const connected = once(inside.server, 'connection');
  await lure(server.newRoom(), '127.0.0.1');
  await connected;
  expect(denied()).toEqual([]);
});

test.each([
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '169.254.1.1',
  '169.254.169.254',
  '0.0.0.0',
  '224.0.0.1',
  '[fe80::1]',
  '[fd00::1]',
  '[::]',
])('SSRF, 4975-14.5-01: a=path at %s is not connected to by default', async (host) => {
  await start(undefined);
  const bystanders = await Bystanders.in(server);
  const caller = await lure(bystanders.room, host, 80);
  expect((await caller.answered('BYE')).headers.get('Reason')).toBe('SIP;cause=480;text="connect-failed"');
  expect(denied()).toEqual([host.replace(/^\[|\]$/g, '')]);
  await bystanders.undisturbed();
});

test('SSRF: of a path with relays it is the first hop that counts', async () => {
  await start({ deny: ['127.0.0.0/8'] });
  const path = `msrp://127.0.0.1:${inside.port}/relay1;tcp msrp://203.0.113.9:2855/victim1;tcp`;
  const caller = await Caller.call(server, server.newRoom(), { path, body: offer({ path, setup: 'passive' }) });
  await caller.answered('BYE');
  expect(inside.connections).toBe(0);
});

test('SSRF: a re-INVITE leads nowhere else either', async () => {
  await start({ deny: ['127.0.0.0/8'] });
  const caller = await Caller.join(server, server.newRoom());
  const path = newPath(inside.port);
  await caller.reinvite(offer({ path, setup: 'passive' }));
  await caller.answered('BYE');
  expect(inside.connections).toBe(0);
});

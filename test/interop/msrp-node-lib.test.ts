/**
 * A room and msrp-node-lib, a stack that shares nothing with ours. It knows neither CPIM nor NICKNAME, so message/cpim
 * bodies are written by hand over it, and it never sends `a=chatroom`: large messages reach it in one SEND (P-OUT-01),
 * its own come in chunks.
 *
 * Not a dependency, since not every registry has it: `.ci/test.mjs` runs this suite when node_modules has the package or
 * MSRP_NODE_LIB names its folder, and names it as not run otherwise.
 */
import type { TestParticipant } from '../../lib/client/testing.js';
import { Caller, cpim } from '../support/caller.js';
import { freePort } from '../support/free-port.js';
import { ServerUnderTest } from '../support/server.js';

/** What we use of it, as its README describes it. */
interface ForeignSession {
  getDescription(): Promise<string> | string;
  setDescription(sdp: string): Promise<void> | void;
  sendMessage(
    body: string,
    contentType: string,
    sent?: (() => void) | null,
    reported?: (status: number, messageId: string) => void,
  ): boolean;
  on(event: 'message', listener: (message: { body: string; contentType: string }) => void): unknown;
  once(event: 'socketSet', listener: () => void): unknown;
  end(): void;
}

interface ForeignStack {
  Server: { start(done: (error?: Error) => void): void; stop(done: () => void): void };
  SessionController: { createSession(): ForeignSession };
}

const LIBRARY = process.env.MSRP_NODE_LIB ?? 'msrp-node-lib';
const CALLER = 'sip:caller@example.com';

/** Its settings and sessions belong to the module: another instance needs the module anew. */
async function startForeign(setup: 'active' | 'passive'): Promise<ForeignStack> {
  let create: ((config: object) => ForeignStack) | undefined;
  jest.isolateModules(() => {
    create = jest.requireActual<(config: object) => ForeignStack>(LIBRARY);
  });
  const config = { host: '127.0.0.1', port: await freePort(), sessionName: 'foreign', enableHeartbeats: false };
  const stack = create!({ ...config, acceptTypes: 'message/cpim text/plain', setup, forceSetup: true });
  await new Promise<void>((resolve, reject) => {
    stack.Server.start((error) => (error ? reject(error) : resolve()));
  });
  return stack;
}

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterAll(() => server?.close());

describe.each([
  ['it connects to the room', 'active'],
  ['the room connects to it', 'passive'],
] as const)('msrp-node-lib: %s', (_name, setup) => {
  let stack: ForeignStack;
  let session: ForeignSession;
  let room: string;
  let ana: TestParticipant;
  const received: string[] = [];
  let arrived: (() => void) | undefined;

  beforeAll(async () => {
    room = server.newRoom();
    ana = await server.join(room, 'ana');
    stack = await startForeign(setup);
    session = stack.SessionController.createSession();
    session.on('message', ({ body }) => {
      received.push(body);
      arrived?.();
    });
    const connected = new Promise<void>((resolve) => void session.once('socketSet', resolve));
    const offer = await session.getDescription();
    const caller = await Caller.call(server, room, { uri: CALLER, body: offer });
    await session.setDescription(caller.response.body.toString());
    await connected;
  });
  afterAll(async () => {
    await server.clear();
    session?.end();
    await new Promise<void>((resolve) => stack.Server.stop(resolve));
  });

  /** The next message it gets whose text ends so. */
  async function hears(text: string): Promise<string> {
    for (;;) {
      const found = received.find((body) => body.endsWith(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  }

  /** Status of the REPORT about a message it sends. */
  const sends = (text: string): Promise<number> =>
    new Promise((resolve) => {
      expect(session.sendMessage(cpim(CALLER, room, text), 'message/cpim', null, resolve)).toBe(true);
    });

  test.each([
    ['short', 'hello'],
    ['long', 'Grüße '.repeat(8_000)],
  ])(
    '7701-6.1-05, 4975-7.1.3-01: its %s text reaches the room, and a REPORT of success reaches it',
    async (_length, text) => {
      const reported = sends(text);
      const [message] = await ana.events.next('message', (seen) => seen.from === CALLER);
      expect(message.text).toBe(text);
      expect(await reported).toBe(200);
    },
  );

  test.each([
    ['short', 'hello back'],
    ['long', 'lang '.repeat(10_000).trim()],
  ])('7701-6.1-06: a %s text of the room reaches it as it was', async (_length, text) => {
    expect(await ana.participant.send(text)).toMatchObject({ status: 200 });
    expect(await hears(text)).toContain('From: ');
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import type { ByteStreamDelegate, StreamTarget } from '../../../lib/client/msrp/byte-stream.js';
import { NodeSignalling } from '../../../lib/client/node/signalling.js';
import { NodeTransport } from '../../../lib/client/node/transport.js';
import { ChatParticipant } from '../../../lib/client/participant.js';
import type { Call, SignallingDelegate } from '../../../lib/client/sip/signalling.js';
import { ServerUnderTest } from '../../support/server.js';

type Listening = Parameters<NonNullable<NodeTransport['listen']>>[0];

/** Called as a step of joining has begun and is not through yet. */
type OnStep = (step: Step) => void;

const STEPS = ['open', 'listen', 'invite', 'connect'] as const;
type Step = (typeof STEPS)[number];

class TellingSignalling extends NodeSignalling {
  readonly invited: string[] = [];

  constructor(
    proxy: { host: string; port: number },
    private readonly onStep: OnStep,
  ) {
    super({ proxy });
  }

  override open(call: Call, delegate: SignallingDelegate) {
    return this.#told('open', super.open(call, delegate));
  }

  override invite(offer: string) {
    this.invited.push(offer);
    return this.#told('invite', super.invite(offer));
  }

  #told<T>(step: Step, work: Promise<T>): Promise<T> {
    this.onStep(step);
    return work;
  }
}

class TellingTransport extends NodeTransport {
  constructor(private readonly onStep: OnStep) {
    super();
  }

  override listen(options: Listening) {
    const work = super.listen(options);
    this.onStep('listen');
    return work;
  }

  override connect(target: StreamTarget, delegate: ByteStreamDelegate) {
    const work = super.connect(target, delegate);
    this.onStep('connect');
    return work;
  }
}

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start();
});
afterEach(() => server.clear());
afterAll(() => server.close());

/** How many sockets of this process wait for others, or for datagrams. */
const listeners = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap' || kind === 'TCPServerWrap').length;

/** Turns of the event loop in which sockets that were told to close have closed. */
const CLOSING = 20;

test.each(STEPS)('who leaves during the step %s of joining leaves neither call nor sockets behind', async (at) => {
  const room = server.newRoom();
  const bob = await server.join(room, 'bob');
  const before = listeners();
  let left: Promise<void> | undefined;
  const onStep = (step: Step): void => {
    if (step === at) left = alice.leave();
  };
  const signalling = new TellingSignalling(server.sip, onStep);
  const listen = at === 'listen' ? { listen: {} } : {};
  const transport = new TellingTransport(onStep);
  const alice = new ChatParticipant({ uri: 'sip:alice@example.com', signalling, transport, ...listen });
  const closed = jest.fn();
  alice.on('closed', closed);
  await expect(alice.join(room)).rejects.toMatchObject({ code: 'CHAT_ERR_CLOSED' });
  await left;
  expect(closed).toHaveBeenCalledTimes(1);
  // Nothing was asked of the room after the wish to go.
  expect(signalling.invited).toHaveLength(at === 'invite' || at === 'connect' ? 1 : 0);
  for (let n = 0; n < CLOSING && listeners() > before; n++) await turn();
  expect(listeners()).toBe(before);
  await bob.participant.send('who is here?');
  expect([...(server.server.chat.focus.room(room)?.participants.keys() ?? [])]).toHaveLength(1);
});
